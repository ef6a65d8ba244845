//! Batches whose targets have fields, whose calls must not overlap, or which have no
//! `From_Account`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use pollster::block_on;
use serde_json::{Value, json};
use tim_follow::account::ImportMany;
use tim_follow::transport::{MockTransport, Request, Response, TransportError};
use tim_follow::{BatchReport, BatchTemplate, Client, Outcome, blocking, follow};

use crate::clients;
use crate::commands::{AddFriends, DeleteAccounts, Force, KickAll, NewFriend};
use crate::service::Service;
use crate::virtual_time::{InMemory, VirtualTime};

/// A service that accepts all targets, except that the first item of `mallory` is transient. It
/// records the calls, and counts those that overlap with another call of the same user.
#[derive(Debug, Default)]
struct Table(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    calls: Vec<Value>,
    in_flight: HashSet<String>,
    overlaps: usize,
    has_failed: bool,
}

impl Table {
    fn service() -> VirtualTime<Self> {
        VirtualTime::over(Self::default())
    }

    /// The remarks in the calls, in the order of the calls.
    fn remarks(&self) -> Vec<Vec<String>> {
        let friends = |call: &Value| call["AddFriendItem"].as_array().unwrap().clone();
        let remark = |friend: &Value| friend["Remark"].as_str().unwrap().to_owned();
        self.0.lock().unwrap().calls.iter().map(|call| friends(call).iter().map(remark).collect()).collect()
    }
}

impl InMemory for Table {
    fn receive(&self, request: &Request) -> u8 {
        let call: Value = serde_json::from_slice(request.body()).unwrap();
        let mut state = self.0.lock().unwrap();
        if let Some(from) = call["From_Account"].as_str()
            && !state.in_flight.insert(from.to_owned())
        {
            state.overlaps += 1;
        }
        state.calls.push(call);
        3
    }

    fn respond(&self, request: &Request) -> Result<Response, TransportError> {
        let call: Value = serde_json::from_slice(request.body()).unwrap();
        let mut state = self.0.lock().unwrap();
        state.in_flight.remove(call["From_Account"].as_str().unwrap_or_default());
        let (list, key) =
            if call["AddFriendItem"].is_array() { ("AddFriendItem", "To_Account") } else { ("DeleteItem", "UserID") };
        let items = call[list].as_array().unwrap().iter().map(|target| {
            let fails = target[key] == "mallory" && !std::mem::replace(&mut state.has_failed, true);
            json!({ key: target[key], "ResultCode": if fails { 30006 } else { 0 }, "ResultInfo": "" })
        });
        let items: Vec<_> = items.collect();
        Ok(Response::new(200, json!({ "ResultItem": items, "ActionStatus": "OK", "ErrorCode": 0 }).to_string()))
    }
}

/// Sends the targets with both clients.
fn with_both<T: BatchTemplate>(
    template: &T,
    targets: &[impl Into<T::Target> + Clone],
    check: impl Fn(BatchReport<T::Request>, &Table),
) {
    clients::with_both(&Service::config(), Table::service, |client, table| {
        check(client.batch(template.clone(), targets.to_vec(), 32), &table);
    });
}

#[test]
fn the_shared_part_decides_how_many_targets_a_call_takes() {
    for (force, calls) in [(false, 5), (true, 3)] {
        let friend = |number| NewFriend { user: format!("u{number}").into(), remark: String::new() };
        let friends: Vec<_> = (0..10).map(friend).collect();
        with_both(&AddFriends::template("alice", Force(force)), &friends, |report, table| {
            assert!(report.is_complete());
            assert_eq!(table.remarks().len(), calls);
        });
    }
}

#[test]
fn calls_of_a_user_do_not_overlap_if_the_command_is_exclusive() {
    let pairs: Vec<_> = (0..200)
        .map(|number| {
            (format!("from-{}", number % 3), NewFriend { user: format!("u{number}").into(), remark: String::new() })
        })
        .collect();
    with_both(&AddFriends::pairs(Force(false)), &pairs, |report, table| {
        assert!(report.is_complete());
        assert_eq!(table.0.lock().unwrap().overlaps, 0);
        assert_eq!(report.items[7].from, "from-1");
    });
}

#[test]
fn equal_targets_are_sent_once_and_others_of_the_same_user_one_after_the_other() {
    let friends = [("bob", "a"), ("bob", "a"), ("carol", "x"), ("bob", "b"), ("bob", "a"), ("bob", "a")];
    with_both(&AddFriends::template("alice", Force(true)), &friends, |report, table| {
        assert!(report.is_complete());
        let remarks: Vec<_> = report.items.iter().map(|item| item.target.remark.as_str()).collect();
        assert_eq!(remarks, ["a", "a", "x", "b", "a", "a"]);
        assert_eq!(table.remarks(), [vec!["a", "x"], vec!["b"], vec!["a"]]);
    });
}

#[test]
fn a_target_keeps_its_order_when_an_earlier_one_of_the_same_user_is_retried() {
    let friends = [("mallory", "a"), ("mallory", "b")];
    with_both(&AddFriends::template("alice", Force(true)), &friends, |report, table| {
        assert!(report.is_complete());
        assert_eq!(table.remarks(), [["a"], ["a"], ["b"]]);
    });
}

#[test]
fn a_target_that_waits_for_another_one_is_not_attempted_when_the_batch_stops() {
    let client = Client::with_transport(Service::config(), Arc::new(Table::service())).unwrap();
    let mut outcomes = client.batch(AddFriends::template("alice", Force(true)), [("mallory", "a"), ("mallory", "b")]);
    // The first poll starts the call of the first target.
    let poll = std::pin::pin!(outcomes.next()).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(poll.is_pending());
    outcomes.stop();
    let report = block_on(outcomes.collect());
    assert!(matches!(report.items[0].outcome, Outcome::Rejected(_)), "{:?}", report.items[0]);
    assert!(matches!(report.items[1].outcome, Outcome::NotAttempted { .. }), "{:?}", report.items[1]);
}

#[test]
fn a_batch_needs_no_from_account() {
    with_both(&DeleteAccounts::template(), &["a", "b", "c", ""], |report, table| {
        assert_eq!((report.done, report.not_attempted), (3, 1));
        let calls = table.0.lock().unwrap().calls.clone();
        assert_eq!(calls[0], json!({ "DeleteItem": [{ "UserID": "a" }, { "UserID": "b" }] }));
        let Outcome::NotAttempted { reason } = &report.items[3].outcome else { panic!("{:?}", report.items[3]) };
        assert!(reason.to_string().contains("DeleteItem[].UserID is empty"), "{reason}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["items"][0], json!({ "target": "a", "outcome": "done", "result": null }));
    });
}

#[test]
fn a_report_serializes() {
    with_both(&AddFriends::template("alice", Force(true)), &[("bob", "a")], |report, _| {
        let item = json!({
            "from": "alice", "target": { "To_Account": "bob", "Remark": "a" }, "outcome": "done", "result": null
        });
        let expected = json!({ "items": [item], "done": 1, "rejected": 0, "not_attempted": 0, "unknown": 0 });
        assert_eq!(serde_json::to_value(&report).unwrap(), expected);
    });
}

/// Compiles only if every public type of a batch can be named in a struct field.
#[allow(dead_code)]
struct Held {
    outcomes:
        tim_follow::Outcomes<tim_follow::Template<AddFriends>, tim_follow::FromIter<std::vec::IntoIter<NewFriend>>>,
    blocking: blocking::Outcomes<tim_follow::PairTemplate<AddFriends>, std::vec::IntoIter<(String, NewFriend)>>,
    report: BatchReport<DeleteAccounts>,
}

#[test]
fn an_invalid_target_does_not_separate_the_targets_of_a_user() {
    let friends = [("bob", "a"), ("bob", "invalid"), ("bob", "b")];
    with_both(&AddFriends::template("alice", Force(true)), &friends, |report, table| {
        assert_eq!((report.done, report.not_attempted), (2, 1));
        assert_eq!(table.remarks(), [["a"], ["b"]]);
    });
}

/// The response lists only the accounts that failed.
#[test]
fn a_target_that_a_response_may_omit_is_done() {
    let response = r#"{"ActionStatus":"OK","ErrorCode":0,"FailAccounts":["carl"]}"#;
    let script = MockTransport::texts([response]);
    let client = Client::with_transport(Service::config(), Arc::new(script.clone())).unwrap();
    let report = block_on(client.batch(ImportMany::template(), ["bob", "carl"]).collect());
    assert!(report.items[0].outcome.is_done(), "{:?}", report.items[0]);
    assert!(matches!(report.items[1].outcome, Outcome::Rejected(_)), "{:?}", report.items[1]);
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn a_target_of_a_command_that_is_not_idempotent_is_not_retried() {
    let transient = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":30006}],"ErrorCode":0}"#;
    for response in [transient, r#"{"ErrorCode":0}"#] {
        let script = MockTransport::texts([response, response]);
        let client = Client::with_transport(Service::config(), Arc::new(script.clone())).unwrap();
        let report = block_on(client.batch(KickAll::template(), ["bob"]).collect());
        assert_eq!((report.done, script.requests().len()), (0, 1), "{:?}", report.items);
    }
}

#[test]
fn borrowed_pairs_are_pairs() {
    let pairs = vec![("alice".to_owned(), "bob".to_owned())];
    let script = MockTransport::texts([r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0}],"ErrorCode":0}"#]);
    let client = Client::with_transport(Service::config(), Arc::new(script)).unwrap();
    assert!(block_on(client.batch(follow::Add::pairs(), &pairs).collect()).is_complete());
}
