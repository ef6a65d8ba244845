//! Responses that break the documented shapes: what both clients make of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pollster::block_on;
use tim_follow::transport::{BlockingTransport, Moment, Phase, Request, Response, Script, TransportError};
use tim_follow::{
    BatchItem, Client, ErrorCode, ErrorKind, EventKind, Outcome, PageError, SecretKey, blocking, follow, friend,
};

use crate::clients::{OK, config, with_both};

#[test]
fn a_rejection_with_an_odd_body_keeps_its_code() {
    for body in [r#""ResultItem":null"#, r#""ResultItem":"x""#, r#""ResultItem":[7]"#, r#""ResultItem":{}"#] {
        let text = format!(r#"{{{body},"ActionStatus":"FAIL","ErrorCode":30005,"ErrorInfo":"off"}}"#);
        with_both(
            &config(),
            || Script::texts([text.clone()]),
            |client, _| {
                let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
                assert_eq!(error.code(), Some(ErrorCode(30005)), "{text}: {error}");
            },
        );
    }
}

#[test]
fn a_throttled_call_with_an_odd_body_is_retried() {
    let busy = r#"{"ResultItem":null,"ErrorCode":60007}"#.to_owned();
    with_both(
        &config(),
        || Script::texts([busy.clone(), OK.to_owned()]),
        |client, script| {
            client.send(follow::Check::new("alice", ["bob"])).unwrap();
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn an_odd_body_of_a_call_that_was_done_is_an_error() {
    with_both(
        &config(),
        || Script::texts([r#"{"ResultItem":{},"ErrorCode":0}"#]),
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
        || Script::texts([r#"{"ActionStatus":"FAIL","ErrorCode":0,"ErrorInfo":"why"}"#]),
        |client, _| {
            let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Api { .. }));
            let text = error.to_string();
            assert!(text.starts_with("follow_check: the service reported failure without a code (why)"), "{text}");
            assert!(!error.is_retryable() && error.class() == Some(tim_follow::CodeClass::Unknown));
        },
    );
}

/// What becomes of `targets` through both clients, and how many calls that took.
fn with_both_batches<E: tim_follow::Batch + Clone + 'static>(
    request: &E,
    targets: &[&str],
    responses: &[&str],
    check: impl Fn(Vec<BatchItem<E::Outcome>>, usize),
) {
    let script = Script::texts(responses.iter().copied());
    let client = Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let report = block_on(client.batch(request.clone(), targets.to_vec()).collect());
    check(report.items, script.requests().len());

    let script = Script::texts(responses.iter().copied());
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    check(client.batch(request.clone(), targets.to_vec()).collect(), script.requests().len());
}

#[test]
fn an_unreadable_item_is_unknown_with_its_reason_and_the_others_count() {
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":0,"FollowType":3},
        {"To_Account":"b","ResultCode":0,"FollowType":"3"},{"To_Account":"c","ResultCode":30003,"FollowType":"3"},
        {"To_Account":"d","ResultCode":0,"FollowType":1},{"To_Account":"d","FollowType":1}],"ErrorCode":0}"#;
    with_both_batches(&follow::Check::of("alice"), &["a", "b", "c", "d"], &[text], |items, calls| {
        let shown: Vec<_> = items.iter().map(|item| item.outcome.to_string()).collect();
        let unreadable = "unknown: follow_check: ResultItem[1] of the response cannot be read: \
                          `FollowType` is a string, expected i64";
        let contradicted =
            "unknown: follow_check: ResultItem[4] of the response cannot be read: `ResultCode` is missing";
        assert_eq!(shown, ["done", unreadable, "refused with 30003", contradicted]);
        assert_eq!(calls, 1);
        let Outcome::Unknown { why: Some(why) } = &items[1].outcome else { panic!("{items:?}") };
        let ErrorKind::Unreadable(item) = why.kind() else { panic!("{why:?}") };
        assert_eq!((item.index, item.target.as_ref().unwrap().as_str()), (1, "b"));
        assert!(why.may_have_reached_service());
    });
}

#[test]
fn a_code_that_stops_a_batch_stops_it_whatever_the_body_holds() {
    let off = r#"{"ResultItem":[null,{"To_Account":7}],"ActionStatus":"FAIL","ErrorCode":30005}"#;
    let targets: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let script = Script::texts([off; 9]);
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let report: tim_follow::BatchReport<_> = client.batch(follow::Add::of("alice"), targets).in_flight(1).collect();
    assert_eq!((report.refused, report.not_attempted, script.requests().len()), (20, 80, 1));
}

#[test]
fn a_target_that_is_only_in_fail_account_is_rejected_without_a_code() {
    let text = r#"{"InfoItem":[{"To_Account":"a","Relation":"CheckResult_Type_BothWay","ResultCode":0},
        {"To_Account":"b","ResultCode":30003,"ResultInfo":"x"}],"Fail_Account":["a","b","c","nobody"],"ErrorCode":0}"#;
    let request = friend::Check::of("alice", friend::CheckMode::BOTH);
    with_both_batches(&request, &["a", "b", "c"], &[text], |items, calls| {
        let shown: Vec<_> = items.iter().map(|item| item.outcome.to_string()).collect();
        assert_eq!(shown, ["done", "refused with 30003 (x)", "failed without a code"]);
        assert!(matches!(items[2].outcome, Outcome::Refused(_)));
        assert_eq!(calls, 1);
    });
}

const PAGE: &str = r#"{"FollowItem":[{"To_Account":"a","FollowTime":"1702262118"},{"To_Account":"b","FollowTime":1},null,
    {"To_Account":"c","FollowTime":1,"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"\ud800"}]},
    {"To_Account":"\udfff"}],"NextCursor":"1","ErrorCode":0}"#;
const LAST: &str = r#"{"FollowItem":[{"To_Account":"d"}],"NextCursor":null,"ErrorCode":0}"#;

#[test]
fn a_page_holds_its_readable_entries_and_names_the_others() {
    with_both(
        &config(),
        || Script::texts([PAGE, LAST]),
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
        || Script::texts([PAGE]),
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
            Err(PageError { cursor, error, .. }) => match error.kind() {
                ErrorKind::Unreadable(item) => format!("{} at {:?}", item.index, cursor.as_str()),
                _ => error.to_string(),
            },
        };
        items.into_iter().map(name).collect::<Vec<_>>()
    };
    let script = || Script::texts([LAST.replace("null", "\"0\""), PAGE.to_owned(), LAST.to_owned()]);
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
    for (next, problem) in [(r#""\ud800""#, "`NextCursor` holds broken text"), ("7", "`NextCursor` is not a string")] {
        let broken = format!(r#"{{"FollowItem":[{{"To_Account":"a"}}],"NextCursor":{next},"ErrorCode":0}}"#);
        with_both(
            &config(),
            || Script::texts([broken.clone()]),
            |client, _| {
                let pages = client.pages(follow::List::followers("alice"));
                assert_eq!((pages.len(), pages[0].as_ref().unwrap().items.len()), (2, 1));
                let PageError { cursor, error, .. } = pages[1].as_ref().unwrap_err();
                assert_eq!(error.to_string(), format!("follow_get: the list cannot continue: {problem}"));
                assert_eq!(cursor.as_str(), "");
            },
        );
        with_both(
            &config(),
            || Script::texts([broken.clone()]),
            |client, _| {
                let error = client.send(follow::List::followers("alice")).unwrap_err();
                assert!(error.to_string().contains(problem), "{error}");
            },
        );
    }
}

#[test]
fn a_plan_of_follows_does_not_miss_an_entry() {
    let list = |user: &str| format!(r#"{{"FollowItem":[{{"To_Account":{user},"FollowTime":"1"}}],"ErrorCode":0}}"#);
    let plan = |text: String| {
        let script = Arc::new(Script::texts([text.clone()]));
        let blocking = blocking::Client::with_transport(config(), script).unwrap().plan_follows("alice", ["a"]);
        let client = Client::with_transport(config(), Arc::new(Script::texts([text]))).unwrap();
        let of_async = block_on(client.plan_follows("alice", ["a"]));
        let shown = |plan: Result<tim_follow::SyncPlan, PageError>| plan.map(|plan| plan.to_string());
        let [first, second] = [shown(blocking), shown(of_async)].map(|plan| plan.map_err(|error| error.to_string()));
        assert_eq!(first, second);
        first
    };
    assert_eq!(plan(list("\"a\"")), Ok("alice: follow 0, unfollow 0, keep 1".to_owned()));
    let error = plan(list("7")).unwrap_err();
    assert!(error.starts_with("follow_get: FollowItem[0] of the response cannot be read"), "{error}");
}

#[test]
fn server_texts_are_escaped_and_cut_and_there_in_full() {
    let info = format!("\\u001b[2J\\n\\u202e{}", "x".repeat(1 << 20));
    let text = format!(
        r#"{{"ErrorCode":30003,"ErrorInfo":"{info}","ErrorDisplay":"try \u0007 later","RequestId":"r\u001b1","ResultItem":null}}"#
    );
    with_both(
        &config(),
        || Script::texts([text.clone()]),
        |client, _| {
            let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains(r"(\u{1b}[2J\n\u{202e}xxx"), "{shown}");
            assert!(shown.ends_with(r", request r\u{1b}1]"), "{shown}");
            for shown in [shown, format!("{error:?}"), format!("{error:#?}"), format!("{:?}", error.kind())] {
                assert!(shown.len() < 2000 && !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
            }
            assert_eq!(error.server_text().unwrap().len(), (1 << 20) + 8);
            assert_eq!((error.display_text(), error.request_id()), (Some("try \u{7} later"), Some("r\u{1b}1")));
        },
    );
    with_both_batches(&follow::Check::of("alice"), &["bob"], &[&text], |items, _| {
        let (shown, debug) = (items[0].outcome.to_string(), format!("{items:?}"));
        assert!(shown.len() < 400 && debug.len() < 1000 && !shown.contains('\u{1b}'), "{shown} {debug}");
        let Outcome::Refused(refusal) = &items[0].outcome else { panic!("{items:?}") };
        assert_eq!(refusal.info.len(), (1 << 20) + 8);
    });
}

#[test]
fn an_observer_sees_the_request_id_and_the_display_text_of_every_response() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let config = config().observe(move |event| {
        if let EventKind::Answered { display, request_id, .. } = event.kind {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            into.lock().unwrap().push((owned(display), owned(request_id), event.to_string()));
        }
    });
    let texts = [
        r#"{"ErrorCode":30006,"ErrorDisplay":"busy","RequestId":"r-1"}"#,
        r#"{"ErrorCode":0,"ErrorDisplay":"","RequestId":"r-2"}"#,
    ];
    with_both(
        &config,
        || Script::texts(texts),
        |client, _| {
            client.send(follow::Check::new("alice", ["bob"])).unwrap();
            let seen = std::mem::take(&mut *seen.lock().unwrap());
            let ids: Vec<_> = seen.iter().map(|(display, id, _)| (display.as_deref(), id.as_deref())).collect();
            assert_eq!(ids, [(Some("busy"), Some("r-1")), (None, Some("r-2"))]);
            assert!(seen[1].2.ends_with(", request r-2"), "{}", seen[1].2);
        },
    );
}

#[test]
fn a_call_by_name_returns_broken_bytes_as_they_came() {
    let body = b"{\"ErrorCode\":7,\"Odd\":\"\xff\\ud800\"}".to_vec();
    with_both(
        &config(),
        || Script::new([Ok(Response::new(200, body.clone()))]),
        |client, _| {
            let answer = client.call("follow", "follow_get", "{}").unwrap();
            assert_eq!((answer.bytes(), answer.envelope.code), (body.as_slice(), ErrorCode(7)));
            assert!(answer.text.contains("\u{fffd}\\ud800"));
        },
    );
}

/// A transport whose errors show the URL of the request, in their text or only in a cause.
#[derive(Debug)]
struct Chatty {
    script: Script,
    in_detail: bool,
}

impl Chatty {
    fn error(&self, request: &Request) -> TransportError {
        let url = request.expose_url().to_owned();
        let detail = if self.in_detail { format!("{} {}", "x".repeat(250), &url[30..]) } else { "reset".to_owned() };
        TransportError::new(Phase::Lost, detail).with_source(std::io::Error::other(url))
    }
}

impl BlockingTransport for Chatty {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        Err(self.error(&request))
    }

    fn sleep(&self, time: Duration) {
        self.script.advance(time);
    }

    fn now(&self) -> Moment {
        BlockingTransport::now(&self.script)
    }
}

#[test]
fn an_error_of_a_transport_does_not_show_the_signature() {
    for in_detail in [true, false] {
        let events = Arc::new(Mutex::new(String::new()));
        let into = events.clone();
        let config = config().observe(move |event| into.lock().unwrap().push_str(&format!("{event} {event:?}")));
        let chatty = Chatty { script: Script::texts([OK]), in_detail };
        let client = blocking::Client::with_transport(config, Arc::new(chatty)).unwrap();
        let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Transport(_)) && std::error::Error::source(&error).is_none());
        let shown = format!("{error} {error:?} {error:#?} {}", events.lock().unwrap());
        assert!(shown.contains(if in_detail { "xxx" } else { "reset" }), "{shown}");
        // The start of every signature is the same; the rest must not show.
        assert!(!shown.contains("eJyr") && !shown.contains("random="), "{shown}");
    }
}

#[test]
fn a_signature_of_an_earlier_request_of_the_call_is_redacted() {
    // The transport does not show the signature before the request, so the script echoes both in the second response.
    let sign = |now| {
        let signer = tim_sig::Signer::new(1400000000, SecretKey::new("the-secret-key")).unwrap();
        signer.sign("administrator", Duration::from_secs(86_400), now).unwrap()
    };
    let [first, second, other] = [0, 5, 6].map(|later| sign(Script::START_UNIX + later).expose().to_owned());
    let echo = format!(r#"{{"ErrorCode":30003,"ErrorInfo":"{} {second} {other}"}}"#, &first[2..]);
    let script = Script::texts([r#"{"ErrorCode":70001}"#.to_owned(), echo]).taking(Duration::from_secs(5));
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
    let urls: Vec<_> = script.requests().iter().map(|request| request.expose_url().to_owned()).collect();
    assert!(urls[0].contains(&first) && urls[1].contains(&second), "{urls:?}");
    assert_eq!(error.server_text(), Some(format!("[redacted] [redacted] {other}").as_str()));
}

#[test]
fn the_targets_of_a_rejected_call_share_its_text() {
    let text = format!(r#"{{"ErrorCode":30001,"ErrorInfo":"{}"}}"#, "x".repeat(1 << 19));
    let targets: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let request = friend::Check::of("alice", friend::CheckMode::BOTH);
    with_both_batches(&request, &targets, &[&text], |items, calls| {
        let infos = items.iter().map(|item| match &item.outcome {
            Outcome::Refused(refusal) => refusal.info.clone(),
            other => panic!("{other}"),
        });
        let infos: Vec<_> = infos.collect();
        assert_eq!((infos.len(), infos[0].len(), calls), (1000, 1 << 19, 1));
        assert!(infos.iter().all(|info| Arc::ptr_eq(info, &infos[0])));
    });
}
