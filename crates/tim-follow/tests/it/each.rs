//! Batches of commands that take one user per call.

use serde_json::{Value, json};
use tim_follow::account::Kick;
use tim_follow::friend_group::{self, Group};
use tim_follow::profile::Set;
use tim_follow::transport::{MockTransport, Response, TransportErrorKind};
use tim_follow::{BatchReport, Each, ErrorCode, ErrorKind, Outcome, ProfileItem};

use crate::clients::{Scripted, broken, code, config, ok, with_both};

fn body(json: Value) -> Scripted {
    Ok(Response::new(200, json.to_string()))
}

fn set(user: &str, nick: &str) -> Set {
    Set::new(user, [ProfileItem::nick(nick)])
}

/// Sends the profiles with both clients, up to `in_flight` calls at once. The responses have these
/// codes. Checks the targets of the report, and the user and the nickname in each request.
fn with_profiles(
    codes: &[i64],
    profiles: &[Set],
    in_flight: usize,
    sent: &[(&str, &str)],
    check: impl Fn(BatchReport<Each<Set>>),
) {
    let transport = || MockTransport::new(codes.iter().map(|number| if *number == 0 { ok() } else { code(*number) }));
    with_both(&config(), transport, |client, script| {
        let report = client.batch(Each::<Set>::template(), profiles.to_vec(), in_flight);
        let targets: Vec<_> = report.items.iter().map(|item| item.target.clone()).collect();
        assert_eq!(targets, profiles);
        let requests = script.requests();
        let bodies: Vec<Set> = requests.iter().map(|call| serde_json::from_slice(call.body()).unwrap()).collect();
        let expected: Vec<_> = sent.iter().map(|(user, nick)| set(user, nick)).collect();
        assert_eq!(bodies, expected);
        assert!(requests.iter().all(|call| call.endpoint().ends_with("/v4/profile/portrait_set")), "{requests:?}");
        check(report);
    });
}

#[test]
fn each_target_is_one_call_and_has_one_outcome_in_the_order_of_the_input() {
    let profiles = [set("a", "1"), set("b", "2"), set("c", "3"), set("", "4"), set("d", "5")];
    let sent = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "5")];
    with_profiles(&[0, 40601, 0, 0], &profiles, 1, &sent, |report| {
        assert_eq!((report.done, report.rejected, report.not_attempted, report.unknown), (3, 1, 1, 0));
        let Outcome::Rejected(rejection) = &report.items[1].outcome else { panic!("{:?}", report.items[1]) };
        assert_eq!(rejection.code, ErrorCode(40601));
        let Outcome::NotAttempted { reason } = &report.items[3].outcome else { panic!("{:?}", report.items[3]) };
        assert!(reason.to_string().contains("From_Account is empty"), "{reason}");
        let json = serde_json::to_value(&report.items[0]).unwrap();
        assert_eq!(json, json!({ "target": set("a", "1"), "outcome": "done", "result": {} }));
    });
}

#[test]
fn a_transient_code_is_retried() {
    let sent = [("a", "1"), ("a", "1"), ("b", "2")];
    with_profiles(&[30006, 0, 0], &[set("a", "1"), set("b", "2")], 1, &sent, |report| {
        assert!(report.is_complete(), "{:?}", report.items);
    });
}

#[test]
fn a_fatal_code_stops_the_batch() {
    let not_admin = ErrorCode::ACCOUNT_ADMIN_REQUIRED;
    with_profiles(&[not_admin.0, 0], &[set("a", "1"), set("b", "2")], 1, &[("a", "1")], |report| {
        assert!(matches!(&report.items[0].outcome, Outcome::Rejected(rejection) if rejection.code == not_admin));
        assert!(matches!(report.items[1].outcome, Outcome::NotAttempted { .. }), "{:?}", report.items[1]);
    });
}

/// Four calls may be in flight, but the second one waits for the retry of the first one.
#[test]
fn requests_of_one_user_are_sent_one_after_the_other() {
    let profiles = [set("a", "1"), set("a", "2"), set("a", "1"), set("a", "1")];
    let sent = [("a", "1"), ("a", "1"), ("a", "2"), ("a", "1")];
    with_profiles(&[30006, 0, 0, 0], &profiles, 4, &sent, |report| {
        assert!(report.is_complete(), "{:?}", report.items);
    });
}

#[test]
fn a_lost_response_of_a_command_that_is_not_idempotent_is_unknown() {
    let transport = || MockTransport::new([broken(TransportErrorKind::Lost), ok()]);
    with_both(&config(), transport, |client, script| {
        let report = client.batch(Each::<Kick>::template(), [Kick::new("a"), Kick::new("b")], 1);
        let Outcome::Unknown { reason: Some(reason) } = &report.items[0].outcome else { panic!("{:?}", report.items) };
        assert!(matches!(reason.kind(), ErrorKind::Transport(_)) && !reason.is_retryable(), "{reason}");
        assert!(report.items[1].outcome.is_done(), "{:?}", report.items[1]);
        let requests = script.requests();
        let bodies: Vec<_> = requests.iter().map(|call| String::from_utf8_lossy(call.body())).collect();
        assert_eq!(bodies, [r#"{"UserID":"a"}"#, r#"{"UserID":"b"}"#]);
    });
}

#[test]
fn the_outcome_of_a_list_is_its_response() {
    let groups = |name: &str| json!({ "ErrorCode": 0, "ResultItem": [{ "GroupName": name, "FriendNumber": 2 }] });
    let transport = || MockTransport::new([body(groups("Work")), body(groups("Chess"))]);
    with_both(&config(), transport, |client, _| {
        let owners = ["alice", "bob"].map(friend_group::List::new);
        let report = client.batch(Each::<friend_group::List>::template(), owners, 1);
        let found: Vec<_> = report.items.into_iter().map(|item| item.outcome.into_done().unwrap().groups).collect();
        assert_eq!(found, [[Group::new("Work", 2)], [Group::new("Chess", 2)]]);
    });
}

/// The items are about groups, so a group with the name of the owner is not an item of the target.
#[test]
fn a_list_with_unreadable_items_is_done() {
    let items = json!([{ "GroupName": "alice", "FriendNumber": [] }, 7, { "GroupName": "Work", "FriendNumber": 2 }]);
    let transport = || MockTransport::new([body(json!({ "ErrorCode": 0, "ResultItem": items }))]);
    with_both(&config(), transport, |client, script| {
        let report = client.batch(Each::<friend_group::List>::template(), [friend_group::List::new("alice")], 1);
        let response = report.items[0].outcome.done().unwrap();
        assert_eq!(response.groups, [Group::new("Work", 2)]);
        assert_eq!(response.unreadable.len(), 2);
        assert_eq!(script.requests().len(), 1);
    });
}

/// The items are about friends. The groups were created, although the owner cannot be in them.
#[test]
fn a_call_that_lists_its_owner_as_failed_is_done() {
    let item = json!({ "To_Account": "alice", "ResultCode": 30001, "ResultInfo": "not a friend" });
    let response = json!({ "ErrorCode": 0, "ResultItem": [item], "Fail_Account": ["alice"], "CurrentSequence": 3 });
    let transport = || MockTransport::new([body(response.clone())]);
    with_both(&config(), transport, |client, script| {
        let request = friend_group::Add::new("alice", ["Work"]).friends(["alice"]);
        let report = client.batch(Each::<friend_group::Add>::template(), [request], 1);
        let response = report.items[0].outcome.done().unwrap();
        assert_eq!(response.items[0].code, ErrorCode::BAD_PARAMETER);
        assert_eq!((response.failed.len(), response.sequence), (1, 3));
        assert_eq!(script.requests().len(), 1);
    });
}
