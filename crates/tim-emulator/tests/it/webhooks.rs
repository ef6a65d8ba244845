//! What a receiver of webhooks gets, and what it cannot do to calls.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tim_emulator::{DeliveryState, Emulator, Fault, FriendResponse, StartError, Status, Webhook, WebhookStatus};
use tim_sig::WebhookToken;
use tim_types::webhook::{self, Query};

use crate::client::{NOW, admin, admin_ok, builder, call, until};

/// Reads one request, `None` when the connection was closed.
pub(crate) fn read(stream: &mut BufReader<impl Read>) -> Option<(String, Value)> {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((first, serde_json::from_slice(&body).unwrap()))
}

/// Starts a receiver. It sends the next of these responses to each request, and then stops
/// responding. Returns its URL and the received requests.
pub(crate) fn receiver(responses: &'static [&'static str]) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/im/hook", listener.local_addr().unwrap());
    let (got, receiver) = channel();
    std::thread::spawn(move || {
        let mut responses = responses.iter();
        let mut hung = Vec::new();
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(request) = read(&mut stream) {
                let _ = got.send(request);
                let Some(response) = responses.next() else { break };
                stream.get_mut().write_all(response.as_bytes()).unwrap();
            }
            hung.push(stream);
        }
    });
    (url, receiver)
}

pub(crate) const OK: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"ActionStatus\":\"OK\",\"ErrorCode\":0,\"ErrorInfo\":\"\"}";
pub(crate) const MANY: &[&str] = &[OK; 100];
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn start(webhook: Webhook) -> Emulator {
    let emulator = builder().webhook(webhook).start().await.unwrap();
    emulator
        .state()
        .import(
            r#"{"account":{"user":"ann"}}
{"account":{"user":"bob"}}
{"account":{"user":"eve"}}"#
                .as_bytes(),
        )
        .unwrap();
    emulator
}

pub(crate) fn follow(emulator: &Emulator, from: &str, to: &[&str]) {
    let items: Vec<_> = to.iter().map(|to| json!({ "To_Account": to })).collect();
    let body = json!({ "From_Account": from, "FollowItem": items });
    assert_eq!(call(emulator, "follow/follow_add", &body.to_string()).code(), 0);
}

pub(crate) fn unfollow(emulator: &Emulator, from: &str, to: &[&str]) {
    let body = json!({ "From_Account": from, "To_Account": to });
    assert_eq!(call(emulator, "follow/follow_delete", &body.to_string()).code(), 0);
}

/// The status of the one webhook when nothing is under way any more.
pub(crate) fn settled(emulator: &Emulator) -> WebhookStatus {
    until(|| emulator.webhooks()[0].waiting == 0);
    emulator.webhooks().remove(0)
}

#[tokio::test]
async fn a_follow_and_an_unfollow_are_told_as_documented() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url)).await;
    follow(&emulator, "ann", &["bob", "nobody", "eve"]);
    unfollow(&emulator, "ann", &["eve", "nobody"]);
    let (first, body) = got.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        first,
        "POST /im/hook?SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowAdd&contenttype=json\
         &ClientIP=127.0.0.1&OptPlatform=RESTAPI HTTP/1.1\r\n"
    );
    let list = json!([{ "To_Account": "bob" }, { "To_Account": "eve" }]);
    let command = "Follow.CallbackAfterFollowAdd";
    assert_eq!(
        body,
        json!({ "CallbackCommand": command, "From_Account": "ann", "FollowList": list, "EventTime": NOW * 1000 })
    );
    let (first, body) = got.recv_timeout(PATIENCE).unwrap();
    let command = "Follow.CallbackAfterFollowDelete";
    assert!(first.contains(&format!("CallbackCommand={command}&")), "{first}");
    assert_eq!(
        body,
        json!({ "CallbackCommand": command, "From_Account": "ann", "To_Account": ["eve"], "EventTime": NOW * 1000 })
    );
    let status = settled(&emulator);
    assert_eq!((status.delivered, status.failed, status.lost, status.last_failure), (2, 0, 0, None));
    assert_eq!(admin_ok(&emulator, "GET", "webhooks", "")[0]["delivered"], 2);
}

#[tokio::test]
async fn a_change_through_the_admin_api_is_told() {
    // All events are about ann first, so they use one connection: the receiver reads one at a time.
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url)).await;
    emulator.state().import(r#"{"friend_request":{"from":"ann","to":"bob"}}"#.as_bytes()).unwrap();
    emulator.state().set_status("ann", "Web", Status::ONLINE).unwrap();
    emulator.state().set_status("ann", "Web", Status::ONLINE).unwrap();
    assert_eq!(call(&emulator, "im_open_login_svc/kick", r#"{"UserID":"ann"}"#).code(), 0);
    for (action, reason, platform) in [("Login", "Register", "Web"), ("Logout", "Unregister", "RESTAPI")] {
        let info = json!({ "Action": action, "To_Account": "ann", "Reason": reason });
        let expected = json!({ "CallbackCommand": "State.StateChange", "EventTime": NOW * 1000, "Info": info });
        let (first, body) = got.recv_timeout(PATIENCE).unwrap();
        assert_eq!(body, expected);
        assert!(first.contains(&format!("&OptPlatform={platform} ")), "{first}");
    }
    emulator.state().respond_to_friend_request("bob", "ann", FriendResponse::Accept).unwrap();
    let (first, body) = got.recv_timeout(PATIENCE).unwrap();
    assert!(first.contains("&OptPlatform=Unknown "), "{first}");
    assert_eq!((&body["ClientCmd"], body["PairList"].as_array().unwrap().len()), (&json!("friend_response"), 2));
    assert_eq!(settled(&emulator).delivered, 3);
}

#[tokio::test]
async fn nothing_is_told_when_nothing_was_done_or_wanted() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url).events(["Follow.CallbackAfterFollowAdd"])).await;
    unfollow(&emulator, "ann", &["bob"]);
    follow(&emulator, "ann", &["nobody"]);
    emulator.faults().add(Fault::code(30006).next(1)).unwrap();
    call(&emulator, "follow/follow_add", r#"{"From_Account":"ann","FollowItem":[{"To_Account":"bob"}]}"#);
    follow(&emulator, "ann", &["eve"]);
    assert_eq!(got.recv_timeout(PATIENCE).unwrap().1["FollowList"], json!([{ "To_Account": "eve" }]));
    assert_eq!(settled(&emulator).delivered, 1);
}

#[tokio::test]
async fn with_a_token_it_is_signed() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url).token("xxxxyyyy")).await;
    follow(&emulator, "ann", &["bob"]);
    let (first, _) = got.recv_timeout(PATIENCE).unwrap();
    let query = Query::parse(first.split(['?', ' ']).nth(2).unwrap()).unwrap();
    let (sign, time) = (query.sign.unwrap(), query.request_time.unwrap());
    let token = WebhookToken::new("xxxxyyyy");
    assert_eq!((time, token.verify(&sign, time, NOW, Duration::ZERO)), (NOW, Ok(())));
    assert!(!format!("{emulator:?} {:?}", Webhook::to("x").token("xxxxyyyy")).contains("xxxxyyyy"));
}

#[tokio::test]
async fn the_events_of_a_user_keep_their_order() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url)).await;
    for _ in 0..20 {
        follow(&emulator, "ann", &["bob"]);
        unfollow(&emulator, "ann", &["bob"]);
    }
    let commands: Vec<_> = (0..40).map(|_| got.recv_timeout(PATIENCE).unwrap().1["FollowList"].is_array()).collect();
    assert!(commands.chunks(2).all(|pair| pair == [true, false]), "{commands:?}");
}

#[tokio::test]
async fn a_wrong_response_is_a_failure_and_is_not_repeated() {
    let (url, got) = receiver(&[
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK,
    ]);
    let emulator = start(Webhook::to(url).retries(3)).await;
    for target in ["bob", "eve", "administrator"] {
        follow(&emulator, "ann", &[target]);
        got.recv_timeout(PATIENCE).unwrap();
    }
    let status = settled(&emulator);
    assert_eq!((status.delivered, status.failed), (1, 2));
    assert!(status.last_failure.unwrap().contains("not JSON"));
}

/// The documented two seconds pass here, for real.
#[tokio::test]
async fn a_receiver_that_hangs_delays_no_call_and_is_tried_again() {
    let (url, got) = receiver(&[]);
    let emulator = start(Webhook::to(url).retries(1)).await;
    follow(&emulator, "ann", &["bob"]);
    let (first, body) = got.recv_timeout(PATIENCE).unwrap();
    follow(&emulator, "ann", &["eve"]);
    assert!(emulator.calls().iter().all(|call| call.duration < Duration::from_secs(1)));
    assert_eq!(got.recv_timeout(PATIENCE).unwrap(), (first, body), "the same again, before the next");
}

/// The thread of the emulator reads the responses, so it would read this one for two seconds.
#[tokio::test]
async fn a_receiver_that_sends_without_end_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let emulator = start(Webhook::to(format!("http://{}", listener.local_addr().unwrap())).retries(3)).await;
    let receiver = std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        read(&mut stream).unwrap();
        while stream.get_mut().write_all(b"HTTP/1.1 102 Processing\r\n\r\n").is_ok() {}
    });
    follow(&emulator, "ann", &["bob"]);
    let status = settled(&emulator);
    assert_eq!((status.delivered, status.failed), (0, 1));
    assert!(status.last_failure.unwrap().contains("sends too much"));
    receiver.join().unwrap();
    assert_eq!(emulator.webhook_deliveries()[0].attempts.len(), 1);
}

/// Two of the documented seconds pass here, for real.
#[tokio::test]
async fn a_removed_receiver_that_hangs_is_not_tried_again() {
    let (url, got) = receiver(&[]);
    let emulator = start(Webhook::to(url).retries(100)).await;
    follow(&emulator, "ann", &["bob"]);
    follow(&emulator, "ann", &["eve"]);
    got.recv_timeout(PATIENCE).unwrap();
    emulator.settings().set_webhooks([]).unwrap();
    until(|| emulator.webhook_deliveries().iter().all(|delivery| delivery.state == DeliveryState::Failed));
    let attempts: Vec<_> = emulator.webhook_deliveries().iter().map(|delivery| delivery.attempts.len()).collect();
    assert_eq!((attempts, got.try_iter().count()), (vec![1, 0], 0));
}

#[tokio::test]
async fn a_receiver_has_at_most_100_retries() {
    let webhook = |retries| Webhook::to("http://127.0.0.1:9").retries(retries);
    let error = builder().webhook(webhook(101)).start().await.unwrap_err();
    assert!(matches!(error, StartError::Webhook(_)) && error.to_string().contains("101 retries"), "{error}");
    let emulator = start(webhook(100)).await;
    assert!(emulator.settings().set_webhooks([webhook(u32::MAX)]).is_err());
    let body = json!({ "url": "http://127.0.0.1:9", "retries": 101 }).to_string();
    let response = admin(&emulator, "POST", "webhooks", &body);
    assert_eq!(response.status, 400);
    assert!(response.body["error"].as_str().unwrap().contains("at most 100"), "{}", response.body);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_a_failure() {
    // Nobody listens on port 1, and no test gets it.
    let emulator = start(Webhook::to("http://127.0.0.1:1")).await;
    follow(&emulator, "ann", &["bob"]);
    assert_eq!(settled(&emulator).failed, 1);
}

#[tokio::test]
async fn a_receiver_that_closes_after_each_response_gets_all() {
    const CLOSE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let (url, got) = receiver(&[CLOSE; 100]);
    let emulator = start(Webhook::to(url)).await;
    for _ in 0..5 {
        follow(&emulator, "ann", &["bob"]);
    }
    (0..5).for_each(|_| drop(got.recv_timeout(PATIENCE).unwrap()));
    assert_eq!(settled(&emulator).delivered, 5);
}

#[tokio::test]
async fn a_url_that_cannot_be_used_is_said_at_the_start() {
    let error = builder().webhook(Webhook::to("ftp://example.com")).start().await.unwrap_err();
    assert!(matches!(error, StartError::Webhook(_)) && error.to_string().contains("https://"), "{error}");
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn https_needs_a_feature() {
    let error = builder().webhook(Webhook::to("https://example.com")).start().await.unwrap_err();
    assert!(error.to_string().contains("https needs the feature `tls` of tim-emulator"), "{error}");
}

#[test]
fn the_response_of_the_tests_is_the_documented_one() {
    assert!(OK.ends_with(webhook::OK));
}

#[tokio::test]
async fn receivers_change_while_the_emulator_runs() {
    let ((first_url, first), (second_url, second)) = (receiver(MANY), receiver(MANY));
    let emulator = start(Webhook::to(&first_url)).await;
    follow(&emulator, "ann", &["bob"]);
    let put =
        json!([{ "url": second_url, "token": "xxxxyyyy", "retries": 1, "events": ["Follow.CallbackAfterFollowAdd"] }])
            .to_string();
    let status = admin_ok(&emulator, "PUT", "webhooks", &put);
    assert_eq!(
        status,
        json!([{ "id": 2, "url": second_url, "signed": true, "retries": 1, "retry_interval_ms": 0, "retry_broken": false,
                 "retry_bad_responses": false, "max_waiting": 10_000, "events": ["Follow.CallbackAfterFollowAdd"],
                 "delivered": 0, "failed": 0, "lost": 0, "waiting": 0, "attempts": 0, "last_failure": null }])
    );
    unfollow(&emulator, "ann", &["bob"]);
    follow(&emulator, "ann", &["eve"]);
    assert_eq!(first.recv_timeout(PATIENCE).unwrap().1["FollowList"], json!([{ "To_Account": "bob" }]));
    let (line, body) = second.recv_timeout(PATIENCE).unwrap();
    assert_eq!(body["FollowList"], json!([{ "To_Account": "eve" }]));
    assert!(line.contains("&Sign="), "{line}");

    let error = emulator.settings().set_webhooks([Webhook::to("https://u:secret@x")]).unwrap_err().to_string();
    assert!(error.contains("must not have a user name") && !error.contains("secret"), "{error}");
    let error =
        emulator.settings().set_webhooks([Webhook::to("http://x").events(["FriendAdd"])]).unwrap_err().to_string();
    assert!(
        error.contains(r#"the event "FriendAdd" is unknown: use one of "#) && error.contains("Sns.CallbackFriendAdd"),
        "{error}"
    );
    emulator.settings().set_webhooks([]).unwrap();
    follow(&emulator, "bob", &["eve"]);
    assert_eq!(admin_ok(&emulator, "DELETE", "webhooks", "")[0]["url"], first_url);
    follow(&emulator, "eve", &["bob"]);
    assert_eq!(first.recv_timeout(PATIENCE).unwrap().1["From_Account"], "eve");
    emulator.settings().set_webhooks([]).unwrap();
    admin_ok(&emulator, "POST", "reset", r#"{"settings":true}"#);
    assert_eq!(emulator.webhooks()[0].url, first_url);
    drop(emulator);
    assert!(first.try_recv().is_err() && second.try_recv().is_err(), "nobody got more");
}

#[tokio::test]
async fn webhooks_that_wait_are_delivered_at_the_end() {
    let ((removed_url, removed), (url, got)) = (receiver(MANY), receiver(MANY));
    let emulator = start(Webhook::to(removed_url)).await;
    let pairs = || (0..20).for_each(|_| [follow, unfollow].iter().for_each(|call| call(&emulator, "ann", &["bob"])));
    pairs();
    emulator.settings().set_webhooks([Webhook::to(url)]).unwrap();
    pairs();
    emulator.stop().unwrap();
    assert_eq!((removed.try_iter().count(), got.try_iter().count()), (40, 40));
}

/// The second of the stop passes here, for real.
#[tokio::test]
async fn webhooks_that_are_not_delivered_at_the_end_are_reported() {
    let (url, got) = receiver(&[]);
    let (problems, seen) = channel();
    let report = move |problem: &str| problems.send(problem.to_owned()).unwrap();
    let emulator = builder().webhook(Webhook::to(&url)).on_problem(report).start().await.unwrap();
    emulator.state().import("ann,bob\nann,eve\n".as_bytes()).unwrap();
    unfollow(&emulator, "ann", &["bob"]);
    unfollow(&emulator, "ann", &["eve"]);
    got.recv_timeout(PATIENCE).unwrap();
    emulator.settings().set_webhooks([]).unwrap();
    emulator.stop().unwrap();
    assert_eq!(seen.recv().unwrap(), format!("the emulator stopped before 2 webhooks to {url} were delivered"));
}
