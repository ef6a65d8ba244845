//! Responses that are not as documented.

use std::sync::Arc;

use pollster::block_on;
use tim_follow::transport::{MockTransport, Response};
use tim_follow::{
    BatchItem, BatchTemplate, Client, Cursor, ErrorCode, ErrorKind, Outcome, PageError, UserId, blocking, follow,
    friend,
};

use crate::clients::{Either, OK, config, with_both};

#[test]
fn a_rejection_with_an_unreadable_body_keeps_its_code() {
    for body in [r#""ResultItem":null"#, r#""ResultItem":"x""#, r#""ResultItem":[7]"#, r#""ResultItem":{}"#] {
        let text = format!(r#"{{{body},"ActionStatus":"FAIL","ErrorCode":30005,"ErrorInfo":"off"}}"#);
        with_both(
            &config(),
            || MockTransport::texts([text.clone()]),
            |client, _| {
                let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
                assert_eq!(error.code(), Some(ErrorCode(30005)), "{text}: {error}");
            },
        );
    }
}

#[test]
fn a_throttled_call_with_an_unreadable_body_is_retried() {
    let busy = r#"{"ResultItem":null,"ErrorCode":60007}"#.to_owned();
    with_both(
        &config(),
        || MockTransport::texts([busy.clone(), OK.to_owned()]),
        |client, script| {
            client.send(follow::Check::new("alice", ["bob"])).unwrap();
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn a_code_counts_at_any_http_status() {
    let send = |client: Either| client.send(follow::Check::new("alice", ["bob"]));
    let rejected = |code: i64| format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{code},"ErrorInfo":"x"}}"#);
    for (status, code) in [(400, 30005), (403, 12345), (404, 60010), (302, 30005), (500, 30005), (429, 30003)] {
        with_both(
            &config(),
            || MockTransport::new([Ok(Response::new(status, rejected(code)))]),
            |client, _| assert_eq!(send(client).unwrap_err().code(), Some(ErrorCode(code)), "{status}"),
        );
    }
    // A code that is retried; and a status that is retried, with a code that does not decide.
    for (status, code) in [(400, 60007), (503, 60007), (503, 12345), (429, 30006)] {
        with_both(
            &config(),
            || MockTransport::new([Ok(Response::new(status, rejected(code))), Ok(Response::new(200, OK))]),
            |client, script| {
                send(client).unwrap();
                assert_eq!(script.requests().len(), 2, "{status} {code}");
            },
        );
    }
    // Code 0 is not a success if the HTTP status is an error.
    with_both(
        &config(),
        || MockTransport::new([Ok(Response::new(400, OK))]),
        |client, _| assert!(matches!(send(client).unwrap_err().kind(), ErrorKind::Http { status: 400, .. })),
    );
}

#[test]
fn a_success_with_an_unreadable_body_is_an_error() {
    with_both(
        &config(),
        || MockTransport::texts([r#"{"ResultItem":{},"ErrorCode":0}"#]),
        |client, script| {
            let error = client.send(follow::Add::new("alice", ["bob"])).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Decode { status: 200, .. }), "{error:?}");
            assert!(error.to_string().contains("`ResultItem` is not a list"), "{error}");
            assert_eq!(script.requests().len(), 1);
        },
    );
}

#[test]
fn failure_without_a_code_is_reported_as_such() {
    with_both(
        &config(),
        || MockTransport::texts([r#"{"ActionStatus":"FAIL","ErrorCode":0,"ErrorInfo":"reason"}"#]),
        |client, _| {
            let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Api { .. }));
            let text = error.to_string();
            assert!(text.starts_with("follow_check: the service reported failure without a code (reason)"), "{text}");
            assert!(!error.is_retryable() && error.class() == Some(tim_follow::CodeClass::Unknown));
        },
    );
}

/// Sends `targets` in a batch with both clients, and checks the outcomes and the number of calls.
pub(crate) fn with_both_batches<T: BatchTemplate<Target = UserId>>(
    template: &T,
    targets: &[&str],
    responses: &[&str],
    check: impl Fn(Vec<BatchItem<T::Request>>, usize),
) {
    let script = || MockTransport::texts(responses.iter().copied());
    with_both(&config(), script, |client, script| {
        let report = client.batch(template.clone(), targets.to_vec(), 32);
        check(report.items, script.requests().len());
    });
}

#[test]
fn an_unreadable_item_is_unknown_with_a_reason_and_the_others_are_used() {
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":0,"FollowType":3},
        {"To_Account":"b","ResultCode":0,"FollowType":"3"},{"To_Account":"c","ResultCode":30003,"FollowType":"3"},
        {"To_Account":"d","ResultCode":0,"FollowType":1},{"To_Account":"d","FollowType":1}],"ErrorCode":0}"#;
    with_both_batches(&follow::Check::template("alice"), &["a", "b", "c", "d"], &[text], |items, calls| {
        let shown: Vec<_> = items.iter().map(|item| item.outcome.to_string()).collect();
        let unreadable = "result unknown: follow_check: ResultItem[1] of the response cannot be read: \
                          `FollowType` is a string, expected i64";
        let without_code =
            "result unknown: follow_check: ResultItem[4] of the response cannot be read: `ResultCode` is missing";
        assert_eq!(shown, ["done", unreadable, "rejected with 30003", without_code]);
        assert_eq!(calls, 1);
        let Outcome::Unknown { reason: Some(reason) } = &items[1].outcome else { panic!("{items:?}") };
        let ErrorKind::Unreadable(item) = reason.kind() else { panic!("{reason:?}") };
        assert_eq!((item.index, item.target.as_ref().unwrap().as_str()), (1, "b"));
        assert!(reason.may_have_reached_service());
    });
}

#[test]
fn a_fatal_code_stops_a_batch_whatever_the_body_contains() {
    let off = r#"{"ResultItem":[null,{"To_Account":7}],"ActionStatus":"FAIL","ErrorCode":30005}"#;
    let targets: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let script = MockTransport::texts([off; 9]);
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let report: tim_follow::BatchReport<_> =
        client.batch(follow::Add::template("alice"), targets).in_flight(1).collect();
    assert_eq!((report.rejected, report.not_attempted, script.requests().len()), (20, 80, 1));
}

#[test]
fn a_target_that_is_only_in_fail_account_is_rejected_without_a_code() {
    let text = r#"{"InfoItem":[{"To_Account":"a","Relation":"CheckResult_Type_BothWay","ResultCode":0},
        {"To_Account":"b","ResultCode":30003,"ResultInfo":"x"}],"Fail_Account":["a","b","c","nobody"],"ErrorCode":0}"#;
    let request = friend::Check::template("alice", friend::CheckMode::BOTH);
    with_both_batches(&request, &["a", "b", "c"], &[text], |items, calls| {
        let shown: Vec<_> = items.iter().map(|item| item.outcome.to_string()).collect();
        assert_eq!(shown, ["done", "rejected with 30003 (x)", "failed without a code"]);
        assert!(matches!(items[2].outcome, Outcome::Rejected(_)));
        assert!(items[0].outcome.is_done() && !items[1].outcome.is_done() && !items[2].outcome.is_done());
        assert_eq!(calls, 1);
    });
}

#[test]
fn a_target_with_code_0_and_no_result_is_retried_and_then_unknown() {
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":0}],"ErrorCode":0}"#;
    with_both_batches(&follow::Check::template("alice"), &["a"], &[text; 8], |items, calls| {
        assert!(matches!(items[0].outcome, Outcome::Unknown { reason: None }), "{}", items[0].outcome);
        assert_eq!(calls, 8);
    });
}

const PAGE: &str = r#"{"FollowItem":[{"To_Account":"a","FollowTime":"1702262118"},{"To_Account":"b","FollowTime":1},null,
    {"To_Account":"c","FollowTime":1,"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"\ud800"}]},
    {"To_Account":"\udfff"}],"NextCursor":"1","ErrorCode":0}"#;
const LAST: &str = r#"{"FollowItem":[{"To_Account":"d"}],"NextCursor":null,"ErrorCode":0}"#;

#[test]
fn a_page_has_its_readable_entries_and_lists_the_others() {
    with_both(
        &config(),
        || MockTransport::texts([PAGE, LAST]),
        |client, _| {
            let pages = client.pages(follow::List::followers("alice"));
            assert_eq!(pages.len(), 2);
            let first = pages[0].as_ref().unwrap();
            assert_eq!(first.items.iter().map(|item| item.user.as_str()).collect::<Vec<_>>(), ["b", "c"]);
            assert_eq!(first.unreadable.iter().map(|item| item.index).collect::<Vec<_>>(), [0, 2, 4]);
            assert_eq!(pages[1].as_ref().unwrap().items[0].user, "d");
        },
    );
    with_both(
        &config(),
        || MockTransport::texts([PAGE]),
        |client, _| {
            let page = client.send(follow::List::followers("alice")).unwrap();
            assert_eq!((page.items.len(), page.unreadable.len()), (2, 3));
        },
    );
}

#[test]
fn items_yields_an_unreadable_entry_as_an_error_and_continues() {
    let names = |items: Vec<Result<follow::ListItem, PageError>>| {
        let name = |item: Result<follow::ListItem, PageError>| match item {
            Ok(item) => item.user.to_string(),
            Err(PageError { position, error, .. }) => match error.kind() {
                ErrorKind::Unreadable(item) => format!("{} at {:?}", item.index, position.as_str()),
                _ => error.to_string(),
            },
        };
        items.into_iter().map(name).collect::<Vec<_>>()
    };
    let script = || MockTransport::texts([LAST.replace("null", "\"0\""), PAGE.to_owned(), LAST.to_owned()]);
    let expected = ["d", "0 at \"0\"", "b", "2 at \"0\"", "c", "4 at \"0\"", "d"];
    let client = blocking::Client::with_transport(config(), Arc::new(script())).unwrap();
    assert_eq!(names(client.pages(follow::List::followers("alice")).items().collect()), expected);
    for prefetch in [false, true] {
        let client = Client::with_transport(config(), Arc::new(script())).unwrap();
        let pages = client.pages(follow::List::followers("alice"));
        let mut items = if prefetch { pages.prefetch() } else { pages }.items();
        let mut found = Vec::new();
        while let Some(item) = block_on(items.next()) {
            found.push(item);
        }
        assert_eq!(names(found), expected);
    }
}

#[test]
fn a_cursor_with_broken_text_ends_the_list_after_its_page() {
    for (next, problem) in
        [(r#""\ud800""#, "`NextCursor` contains broken text"), ("7", "`NextCursor` is not a position")]
    {
        let broken = format!(r#"{{"FollowItem":[{{"To_Account":"a"}}],"NextCursor":{next},"ErrorCode":0}}"#);
        with_both(
            &config(),
            || MockTransport::texts([broken.clone()]),
            |client, _| {
                let pages = client.pages(follow::List::followers("alice"));
                assert_eq!((pages.len(), pages[0].as_ref().unwrap().items.len()), (2, 1));
                let PageError { position, error, .. } = pages[1].as_ref().unwrap_err();
                assert_eq!(error.to_string(), format!("follow_get: the list cannot continue: {problem}"));
                assert_eq!(position.as_str(), "");
            },
        );
        with_both(
            &config(),
            || MockTransport::texts([broken.clone()]),
            |client, _| {
                let error = client.send(follow::List::followers("alice")).unwrap_err();
                assert!(error.to_string().contains(problem), "{error}");
            },
        );
    }
}

#[test]
fn an_incomplete_page_is_not_the_last_one() {
    let item = r#""FollowItem":[{"To_Account":"a"}]"#;
    for (page, problem) in [
        (format!(r#"{item},"NextCursor":7"#), "`NextCursor` is not a position"),
        (format!(r#"{item},"NextCursor":"1","NextCursor":"2""#), "`NextCursor` occurs twice with different values"),
        (format!(r#"{item},"NextCursor":"1","NextCursor":7"#), "`NextCursor` occurs twice with different values"),
        (r#""FollowItem":{},"NextCursor":"1""#.to_owned(), "`FollowItem` is not a list"),
    ] {
        with_both(
            &config(),
            || MockTransport::texts([format!(r#"{{{page},"ErrorCode":0}}"#)]),
            |client, _| {
                let pages = client.pages(follow::List::followers("alice").start_at(Cursor::new("0")));
                let first = pages[0].as_ref().unwrap();
                assert_eq!((first.next.as_ref(), first.is_last()), (None, false), "{page}");
                assert_eq!(first.problem.as_ref().unwrap().to_string(), problem);
                // The next position is unknown, so the list can be resumed at the start of this
                // page.
                let PageError { position, error, .. } = pages[1].as_ref().unwrap_err();
                assert_eq!((position.as_str(), pages.len()), ("0", 2));
                assert!(error.to_string().ends_with(problem), "{error}");
            },
        );
    }
    with_both(
        &config(),
        || MockTransport::texts([LAST]),
        |client, _| assert!(client.pages(follow::List::followers("alice"))[0].as_ref().unwrap().is_last()),
    );
}

#[test]
fn an_unreadable_item_without_a_target_is_the_reason_for_missing_items() {
    let good = r#"{"To_Account":"b","ResultCode":0,"ResultInfo":""}"#;
    for (item, outcome) in [
        ("null", "ResultItem[0] of the response cannot be read: it is null, not an object"),
        (r#"{"To_Account":[1]}"#, "ResultItem[0] of the response cannot be read: in `To_Account`: expected a string"),
    ] {
        let text = format!(r#"{{"ResultItem":[{item},{good},7],"ErrorCode":0}}"#);
        with_both_batches(&follow::Add::template("alice"), &["a", "b", "c"], &[&text], |items, calls| {
            for (item, expected) in items.iter().zip([Some(outcome), None, Some(outcome)]) {
                match (&item.outcome, expected) {
                    (Outcome::Done(()), None) => {}
                    (Outcome::Unknown { reason: Some(reason) }, Some(expected)) => {
                        assert!(reason.to_string().contains(expected), "{reason}");
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(calls, 1);
        });
    }
    let text = r#"{"ResultItem":[{"To_Account":12,"ResultCode":0,"ResultInfo":""}],"ErrorCode":0}"#;
    with_both_batches(&follow::Add::template("alice"), &["12"], &[text], |items, calls| {
        let Outcome::Unknown { reason: Some(reason) } = &items[0].outcome else { panic!("{items:?}") };
        assert!(reason.to_string().contains("`To_Account` is 12, expected a string"), "{reason}");
        assert_eq!(calls, 1);
    });
}

#[test]
fn a_plan_of_follows_uses_unreadable_entries_that_name_their_user() {
    let list = |user: &str| {
        let text = format!(r#"{{"FollowItem":[{{"To_Account":{user},"FollowTime":"1"}}],"ErrorCode":0}}"#);
        move || MockTransport::texts([text.clone()])
    };
    with_both(&config(), list("\"a\""), |client, _| {
        let plan = client.plan_follows("alice", &["a"]).unwrap();
        assert_eq!(plan.to_string(), "alice: follow 0, unfollow 0, keep 1");
    });
    with_both(&config(), list("[7]"), |client, _| {
        let error = client.plan_follows("alice", &["a"]).unwrap_err().to_string();
        assert!(error.starts_with("follow_get: FollowItem[0] of the response cannot be read"), "{error}");
    });
}
