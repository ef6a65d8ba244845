//! Retries of webhooks: after which failures, when, in which order, and how they end.

use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tim_emulator::{DeliveryState, Emulator, Webhook, WebhookStatus};

use crate::client::{admin, admin_ok, builder, call, until};
use crate::webhooks::{OK, PATIENCE, follow, read, settled, start, unfollow};

const HOUR: Duration = Duration::from_secs(3600);
const ERROR: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}";
const NOT_JSON: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a receiver does with a request.
#[derive(Clone, Copy)]
enum Action {
    Respond(&'static str),
    /// Closes the connection without a response.
    Close,
    /// Closes the connection in the middle of the response.
    Cut,
    /// Responds, and then closes the connection without having announced it.
    RespondAndClose,
}
use Action::{Close, Cut, Respond, RespondAndClose};

/// A receiver that does these things with the requests, in the order of their arrival.
struct Script {
    url: String,
    /// The bodies of the requests, each after its action was done.
    done: Receiver<Value>,
    /// The bodies of the requests in the order of their arrival.
    got: Arc<Mutex<Vec<Value>>>,
}

impl Script {
    fn start(actions: impl IntoIterator<Item = Action, IntoIter: Send + 'static>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/im", listener.local_addr().unwrap());
        let (send, done) = channel();
        let got = Arc::<Mutex<Vec<Value>>>::default();
        let (actions, bodies) = (Arc::new(Mutex::new(actions.into_iter())), Arc::clone(&got));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (actions, bodies, send) = (Arc::clone(&actions), Arc::clone(&bodies), send.clone());
                let mut stream = BufReader::new(stream.unwrap());
                thread::spawn(move || {
                    while let Some((_, body)) = read(&mut stream) {
                        bodies.lock().unwrap().push(body.clone());
                        let action = actions.lock().unwrap().next().expect("an action");
                        let response = match action {
                            Respond(response) => response,
                            RespondAndClose => OK,
                            Close => "",
                            Cut => &OK[..OK.len() - 1],
                        };
                        stream.get_mut().write_all(response.as_bytes()).unwrap();
                        if !matches!(action, Respond(_)) {
                            drop(stream);
                            let _ = send.send(body);
                            return;
                        }
                        let _ = send.send(body);
                    }
                });
            }
        });
        Self { url, done, got }
    }

    fn wait(&self) -> Value {
        self.done.recv_timeout(PATIENCE).unwrap()
    }

    fn got(&self) -> Vec<Value> {
        self.got.lock().unwrap().clone()
    }
}

/// The status and the error of each attempt.
fn attempts(emulator: &Emulator, delivery: usize) -> Vec<(Option<u16>, Option<String>)> {
    let attempts = emulator.webhook_deliveries().remove(delivery).attempts;
    attempts.into_iter().map(|attempt| (attempt.status, attempt.error)).collect()
}

fn counts(status: &WebhookStatus) -> (u64, u64, u64) {
    (status.delivered, status.failed, status.attempts)
}

#[tokio::test]
async fn broken_connections_are_retried_only_with_the_option() {
    for (is_on, expected) in [(false, (0, 1, 1)), (true, (1, 0, 3))] {
        let script = Script::start([Close, Cut, Respond(OK)]);
        let emulator = start(Webhook::to(&script.url).retries(2).retry_on_broken_connections(is_on)).await;
        follow(&emulator, "ann", &["bob"]);
        assert_eq!(counts(&settled(&emulator)), expected);
        let attempts = attempts(&emulator, 0);
        assert_eq!(attempts.len() as u64, expected.2);
        assert_eq!(attempts[0].0, None);
        assert!(attempts[0].1.as_ref().unwrap().contains("connection closed"), "{attempts:?}");
        if is_on {
            assert_eq!((attempts[1].0, &attempts[2]), (Some(200), &(Some(200), None)));
            assert!(attempts[1].1.is_some(), "a response that was cut off is a failure");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_as_often_as_set() {
    // Nobody listens on port 1, and no test gets it.
    let emulator = start(Webhook::to("http://127.0.0.1:1").retries(2).retry_on_broken_connections(true)).await;
    follow(&emulator, "ann", &["bob"]);
    assert_eq!(counts(&settled(&emulator)), (0, 1, 3));
    let attempts = attempts(&emulator, 0);
    assert!(attempts.iter().all(|(_, error)| error.as_ref().unwrap().contains("cannot connect")), "{attempts:?}");
    assert_eq!(emulator.webhook_deliveries()[0].state, DeliveryState::Failed);
}

#[tokio::test]
async fn bad_responses_are_retried_only_with_the_option() {
    for (is_on, expected) in [(false, (0, 1, 1)), (true, (1, 0, 3))] {
        let script = Script::start([Respond(ERROR), Respond(NOT_JSON), Respond(OK)]);
        let webhook = Webhook::to(&script.url).retries(2).retry_on_broken_connections(true);
        let emulator = start(webhook.retry_on_bad_responses(is_on)).await;
        follow(&emulator, "ann", &["bob"]);
        assert_eq!(counts(&settled(&emulator)), expected);
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the interval is in real time")]
async fn the_interval_is_between_the_attempts() {
    const INTERVAL: Duration = Duration::from_millis(100);
    let script = Script::start([Close, Close, Respond(OK)]);
    let webhook = Webhook::to(&script.url).retries(2).retry_interval(INTERVAL);
    let emulator = start(webhook.retry_on_broken_connections(true)).await;
    let began = Instant::now();
    follow(&emulator, "ann", &["bob"]);
    assert_eq!(counts(&settled(&emulator)), (1, 0, 3));
    assert!(began.elapsed() >= 2 * INTERVAL, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_retry_delays_later_webhooks_of_its_user_but_not_those_of_others() {
    let script = Script::start([Close].into_iter().chain([Respond(OK); 8]));
    let emulator =
        start(Webhook::to(&script.url).retries(1).retry_interval(HOUR).retry_on_broken_connections(true)).await;
    // More users than queues, so one of them has the queue of ann.
    let others: String = (0..8).map(|n| format!("{{\"account\":{{\"user\":\"u{n}\"}}}}\n")).collect();
    emulator.state().import(others.as_bytes()).unwrap();
    follow(&emulator, "ann", &["bob"]);
    assert_eq!(script.wait()["From_Account"], "ann");
    follow(&emulator, "ann", &["eve"]);
    (0..8).for_each(|n| follow(&emulator, &format!("u{n}"), &["bob"]));
    let mut users: Vec<_> = (0..8).map(|_| script.wait()["From_Account"].to_string()).collect();
    users.sort();
    assert_eq!(users, (0..8).map(|n| format!("\"u{n}\"")).collect::<Vec<_>>());
    until(|| emulator.webhooks()[0].delivered == 8);
    let deliveries = emulator.webhook_deliveries();
    let of_ann: Vec<_> = deliveries[..2].iter().map(|delivery| (delivery.state, delivery.attempts.len())).collect();
    assert_eq!(of_ann, [(DeliveryState::Waiting, 1), (DeliveryState::Waiting, 0)]);
}

#[tokio::test]
async fn each_webhook_arrives_at_least_once_and_in_the_order_of_its_user() {
    const USERS: usize = 8;
    const CHANGES: usize = 20;
    let actions = [Respond(OK), Close, Respond(OK), Respond(ERROR), Cut, Respond(OK), RespondAndClose];
    let script = Script::start(actions.into_iter().cycle());
    let webhook = Webhook::to(&script.url).retries(100).retry_interval(Duration::from_millis(1));
    let emulator = start(webhook.retry_on_broken_connections(true).retry_on_bad_responses(true)).await;
    let users: String = (0..USERS).map(|n| format!("{{\"account\":{{\"user\":\"u{n}\"}}}}\n")).collect();
    emulator.state().import(users.as_bytes()).unwrap();
    for change in 0..CHANGES {
        for user in 0..USERS {
            let item = json!({ "Tag": "Tag_Profile_IM_Nick", "Value": change.to_string() });
            let body = json!({ "From_Account": format!("u{user}"), "ProfileItem": [item] });
            assert_eq!(call(&emulator, "profile/portrait_set", &body.to_string()).code(), 0);
        }
    }
    let status = settled(&emulator);
    let webhooks = (USERS * CHANGES) as u64;
    assert_eq!((status.delivered, status.failed, status.lost), (webhooks, 0, 0));
    let bodies = script.got();
    assert!(bodies.len() as u64 > webhooks, "some arrived twice");
    for user in 0..USERS {
        let name = json!(format!("u{user}"));
        let of_user = bodies.iter().filter(|body| body["From_Account"] == name);
        let mut changes: Vec<_> = of_user.map(|body| body["ProfileItem"][0]["Value"].clone()).collect();
        changes.dedup();
        assert_eq!(changes, (0..CHANGES).map(|change| json!(change.to_string())).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_request_on_a_kept_connection_that_breaks_is_sent_again_and_is_an_attempt() {
    let script = Script::start([Respond(OK), Close, Respond(OK)]);
    let emulator = start(Webhook::to(&script.url)).await;
    follow(&emulator, "ann", &["bob"]);
    settled(&emulator);
    follow(&emulator, "ann", &["eve"]);
    assert_eq!(counts(&settled(&emulator)), (2, 0, 3));
    let attempts = attempts(&emulator, 1);
    assert!(attempts[0].0.is_none() && attempts[0].1.is_some(), "{attempts:?}");
    assert_eq!(attempts[1], (Some(200), None));
    let bodies = script.got();
    assert_eq!((bodies.len(), &bodies[1]), (3, &bodies[2]));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_before_the_request_is_not_an_attempt() {
    let script = Script::start([RespondAndClose, Respond(OK)]);
    let emulator = start(Webhook::to(&script.url)).await;
    follow(&emulator, "ann", &["bob"]);
    script.wait();
    settled(&emulator);
    follow(&emulator, "ann", &["eve"]);
    assert_eq!(counts(&settled(&emulator)), (2, 0, 2));
    assert_eq!(attempts(&emulator, 1), [(Some(200), None)]);
}

#[tokio::test]
async fn the_wait_for_a_retry_ends_when_the_receiver_is_removed() {
    let webhook = |url: &str| Webhook::to(url).retries(1).retry_interval(HOUR);
    let webhook = |url: &str| webhook(url).retry_on_broken_connections(true).retry_on_bad_responses(true);
    // A receiver without a response gets no further attempt. One with a response gets one more.
    for (action, state, number) in [(Close, DeliveryState::Failed, 1), (Respond(ERROR), DeliveryState::Delivered, 2)] {
        let script = Script::start([action, Respond(OK)]);
        let emulator = start(webhook(&script.url)).await;
        follow(&emulator, "ann", &["bob"]);
        script.wait();
        until(|| emulator.webhooks()[0].attempts == 1);
        admin_ok(&emulator, "DELETE", "webhooks/1", "");
        until(|| emulator.webhook_deliveries()[0].state == state);
        assert_eq!(attempts(&emulator, 0).len(), number);
    }
}

#[tokio::test]
async fn webhooks_that_wait_for_a_retry_at_the_end_are_sent_once_more_or_reported() {
    for (actions, reports) in [([Close; 3], 1), ([Close, Respond(OK), Respond(OK)], 0)] {
        let script = Script::start(actions);
        let (problems, seen) = channel();
        let report = move |problem: &str| problems.send(problem.to_owned()).unwrap();
        let webhook = Webhook::to(&script.url).retries(9).retry_interval(HOUR).retry_on_broken_connections(true);
        let emulator = builder().webhook(webhook).on_problem(report).start().await.unwrap();
        emulator.state().import("ann,bob\nann,eve\n".as_bytes()).unwrap();
        unfollow(&emulator, "ann", &["bob"]);
        script.wait();
        until(|| emulator.webhooks()[0].attempts == 1);
        unfollow(&emulator, "ann", &["eve"]);
        emulator.stop().unwrap();
        assert_eq!(script.got().len(), 3);
        let expected = format!("the emulator stopped before 2 webhooks to {} were delivered", script.url);
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), vec![expected; reports]);
    }
}

#[tokio::test]
async fn the_admin_api_sets_and_shows_the_options() {
    let script = Script::start([Close, Respond(OK)]);
    let emulator = start(Webhook::to("http://127.0.0.1:9").events([""; 0])).await;
    let receiver = json!({ "url": script.url, "retries": 1, "retry_interval_ms": 5, "retry_broken": true,
                           "retry_bad_responses": true, "max_waiting": 7 });
    let status = admin_ok(&emulator, "POST", "webhooks", &receiver.to_string());
    for (key, value) in receiver.as_object().unwrap() {
        assert_eq!(&status[key], value, "{key}");
    }
    follow(&emulator, "ann", &["bob"]);
    until(|| emulator.webhooks()[1].delivered == 1);
    assert_eq!(emulator.webhooks()[1].attempts, 2);
    for waiting in [0, 1_000_001] {
        let body = json!({ "url": script.url, "max_waiting": waiting }).to_string();
        let response = admin(&emulator, "POST", "webhooks", &body);
        assert_eq!(response.status, 400);
        assert!(response.body["error"].as_str().unwrap().contains("from 1 to 1000000"), "{}", response.body);
    }
}
