//! The effects of faults on a client.

use std::time::Duration;

use tim_emulator::{Emulator, Fault};

use crate::client::{self, call, connect, query, send_raw, until};

const FOLLOW: &str = r#"{"From_Account":"administrator","FollowItem":[{"To_Account":"bob"},{"To_Account":"eve"}]}"#;
const COUNT: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

async fn start() -> Emulator {
    let emulator = client::start().await;
    emulator
        .state()
        .import(
            r#"{"account":{"user":"bob"}}
{"account":{"user":"eve"}}"#
                .as_bytes(),
        )
        .unwrap();
    emulator
}

/// The bytes that come back for a follow, until the connection closes.
fn raw(emulator: &Emulator) -> String {
    let (query, length) = (query(), FOLLOW.len());
    let head = format!(
        "POST /v4/follow/follow_add?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    String::from_utf8(send_raw(emulator, format!("{head}{FOLLOW}").as_bytes())).unwrap()
}

fn following(emulator: &Emulator) -> u64 {
    let response = call(emulator, "follow/follow_get_info", COUNT);
    response.body["FollowInfo"][0]["FollowingCount"].as_u64().unwrap()
}

#[tokio::test]
async fn a_code_takes_the_place_of_the_response() {
    let emulator = start().await;
    let faults = emulator.faults();
    faults.add(Fault::code(30006).command("follow_add").user("administrator").next(1)).unwrap();
    faults.add(Fault::code(30007).user("nobody")).unwrap();
    let response = call(&emulator, "follow/follow_add", FOLLOW);
    assert_eq!((response.code(), response.body["ErrorDisplay"].as_str()), (30006, Some("")));
    assert_eq!(following(&emulator), 0, "other commands are not hit, and nothing was done");
    assert_eq!(call(&emulator, "follow/follow_add", FOLLOW).code(), 0);

    faults.add(Fault::code(70001).info("over").next(1)).unwrap();
    let response = call(&emulator, "follow/follow_get_info", COUNT);
    assert_eq!((response.code(), response.info(), response.body.get("ErrorDisplay")), (70001, "over", None));
}

#[tokio::test]
async fn a_wrong_call_keeps_its_own_code() {
    let emulator = start().await;
    emulator.faults().add(Fault::code(30006).next(1)).unwrap();
    assert_eq!(call(&emulator, "follow/follow_check", "").code(), 60003);
    assert_eq!(call(&emulator, "follow/follow_check", COUNT).code(), 30006);
}

#[tokio::test]
async fn an_applied_fault_hides_what_was_done() {
    let emulator = start().await;
    for (fault, seen) in
        [(Fault::code(30007), "30007"), (Fault::status(502), "HTTP/1.1 502 Bad Gateway"), (Fault::hang_up(), "")]
    {
        emulator.state().reset().unwrap();
        emulator.state().import("x,bob\nx,eve".as_bytes()).unwrap();
        emulator.faults().add(fault.clone().next(1)).unwrap();
        assert!(raw(&emulator).contains(seen));
        assert_eq!(following(&emulator), 0, "{fault:?}");
        emulator.faults().add(fault.clone().applied().next(1)).unwrap();
        assert!(raw(&emulator).contains(seen));
        assert_eq!(following(&emulator), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_one_without_an_response() {
    let emulator = start().await;
    emulator.faults().add(Fault::hang_up()).unwrap();
    assert_eq!(raw(&emulator), "");
    assert_eq!(emulator.calls().last().unwrap().status(), None);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_json() {
    let emulator = start().await;
    emulator.faults().add(Fault::status(503)).unwrap();
    let response = raw(&emulator);
    assert!(response.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{response}");
    assert!(response.contains("content-type: text/html\r\n") && response.contains("<h1>503</h1>"), "{response}");
}

#[tokio::test]
async fn a_truncated_response_promises_more_than_it_has() {
    let emulator = start().await;
    emulator.faults().add(Fault::truncate(7).next(1)).unwrap();
    let response = raw(&emulator);
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"Resul"#);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(length.parse::<usize>().unwrap() > 100, "{head}");
    assert_eq!(following(&emulator), 2, "it was done");
}

#[tokio::test]
async fn a_slow_or_mislabelled_response_is_whole() {
    let emulator = start().await;
    emulator.faults().add(Fault::slow(Duration::from_micros(10)).next(1)).unwrap();
    assert!(raw(&emulator).ends_with(r#""ErrorDisplay":""}"#));
    emulator.faults().add(Fault::content_type("text/html; charset=gbk")).unwrap();
    let response = raw(&emulator);
    assert!(response.contains("content-type: text/html; charset=gbk\r\n") && response.contains(r#""ErrorCode":0"#));
}

#[tokio::test]
async fn single_items_fail() {
    let emulator = start().await;
    emulator.faults().add(Fault::item_code(30006).target("eve").info("busy").next(1)).unwrap();
    let response = call(&emulator, "follow/follow_add", FOLLOW);
    let item =
        |at: usize| (&response.body["ResultItem"][at]["ResultCode"], &response.body["ResultItem"][at]["ResultInfo"]);
    assert_eq!((response.code(), item(0), item(1)), (0, (&0.into(), &"".into()), (&30006.into(), &"busy".into())));
    assert_eq!(emulator.calls().last().unwrap().faults, [1]);
    assert_eq!(following(&emulator), 1);
}

/// The wait is real, so it is short; which calls wait and how long is tested beside the decision.
#[tokio::test]
async fn a_call_is_done_though_its_client_did_not_wait() {
    use std::io::Write as _;

    let emulator = start().await;
    emulator.faults().add(Fault::latency(Duration::from_millis(30)).next(1)).unwrap();
    let head = format!(
        "POST /v4/follow/follow_add?{} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        query(),
        FOLLOW.len()
    );
    let mut stream = connect(&emulator);
    stream.write_all(format!("{head}{FOLLOW}").as_bytes()).unwrap();
    // Used up, so it is gone.
    until(|| emulator.faults().list().is_empty());
    drop(stream);
    until(|| !emulator.calls().is_empty());
    assert!(emulator.calls()[0].duration >= Duration::from_millis(30));
    assert_eq!(following(&emulator), 2);
}

#[tokio::test]
async fn a_run_repeats_with_its_seed() {
    let run = async |seed| {
        let emulator = client::builder().seed(seed).start().await.unwrap();
        emulator.faults().add(Fault::code(30006).share(0.5)).unwrap();
        (0..20).map(|_| call(&emulator, "follow/follow_get_info", COUNT).code()).collect::<Vec<_>>()
    };
    let codes = run(7).await;
    assert_eq!(codes, run(7).await);
    assert!(codes.contains(&0) && codes.contains(&30006), "{codes:?}");
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let emulator = start().await;
    let error = emulator.faults().add(Fault::code(30006).command("follow_all")).unwrap_err().to_string();
    assert!(error.contains("follow_all") && error.contains("follow_add"), "{error}");
}
