//! The log of webhook deliveries, and receivers that are added and removed one by one.

use std::time::Duration;

use serde_json::{Value, json};
use tim_emulator::{DeliveryState, Emulator, Webhook};
use tim_sig::WebhookToken;
use tim_types::webhook::Query;

use crate::client::{NOW, admin, admin_ok, call, until};
use crate::webhooks::{MANY, PATIENCE, follow, receiver, settled, start};

fn deliveries(emulator: &Emulator, query: &str) -> Vec<Value> {
    let Value::Array(found) = admin_ok(emulator, "GET", &format!("webhooks/deliveries{query}"), "") else {
        panic!("not a list")
    };
    found
}

fn numbers(emulator: &Emulator, query: &str) -> Vec<u64> {
    deliveries(emulator, query).iter().map(|delivery| delivery["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_delivery_is_recorded_with_its_response() {
    const NO: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nno \x01";
    let (url, got) = receiver(&[NO]);
    let emulator = start(Webhook::to(&url)).await;
    follow(&emulator, "ann", &["bob"]);
    let (_, body) = got.recv_timeout(PATIENCE).unwrap();
    settled(&emulator);
    let mut delivery = admin_ok(&emulator, "GET", "webhooks/deliveries/1", "");
    assert_eq!(deliveries(&emulator, ""), [delivery.clone()]);
    let attempt = &mut delivery["attempts"][0];
    assert!(attempt["duration_us"].take().as_u64().unwrap() > 0);
    let expected = json!({
        "at_ms": NOW * 1000, "duration_us": null, "status": 500, "response": "no \u{1}",
        "error": "the receiver returned HTTP 500 Internal Server Error"
    });
    assert_eq!(attempt.take(), expected);
    let sent: Value = serde_json::from_str(delivery["body"].take().as_str().unwrap()).unwrap();
    assert_eq!(sent, body);
    let query = "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowAdd&contenttype=json\
                 &ClientIP=127.0.0.1&OptPlatform=RESTAPI";
    assert_eq!(
        delivery,
        json!({ "number": 1, "at_ms": NOW * 1000, "receiver": 1, "url": url, "event": "Follow.CallbackAfterFollowAdd",
                "query": query, "body": null, "state": "failed", "resend_of": null, "attempts": [null] })
    );
    let [recorded] = &emulator.webhook_deliveries()[..] else { panic!("one delivery") };
    assert_eq!((recorded.state, recorded.attempts[0].status), (DeliveryState::Failed, Some(500)));
    assert!(recorded.body().contains("bob"));
}

#[tokio::test]
async fn a_resend_has_the_same_body_and_a_new_signature() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url).token("xxxxyyyy")).await;
    follow(&emulator, "ann", &["bob"]);
    let (_, body) = got.recv_timeout(PATIENCE).unwrap();
    emulator.time().advance(Duration::from_secs(60));
    let again = admin_ok(&emulator, "POST", "webhooks/deliveries/1/resend", "");
    assert_eq!((&again["number"], &again["resend_of"], &again["receiver"]), (&json!(2), &json!(1), &json!(1)));
    let (line, sent) = got.recv_timeout(PATIENCE).unwrap();
    assert_eq!(sent, body);
    let query = Query::parse(line.split(['?', ' ']).nth(2).unwrap()).unwrap();
    let (sign, time) = (query.sign.unwrap(), query.request_time.unwrap());
    assert_eq!(time, NOW + 60);
    assert_eq!(WebhookToken::new("xxxxyyyy").verify(&sign, time, time, Duration::ZERO), Ok(()));
    assert_eq!(settled(&emulator).delivered, 2);
    let again = admin_ok(&emulator, "GET", "webhooks/deliveries/2", "");
    assert_eq!((&again["state"], &again["at_ms"]), (&json!("delivered"), &json!((NOW + 60) * 1000)));
}

#[tokio::test]
async fn a_resend_needs_its_delivery_and_its_receiver() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(&url)).await;
    follow(&emulator, "ann", &["bob"]);
    got.recv_timeout(PATIENCE).unwrap();
    settled(&emulator);
    for (path, status, text) in [
        ("webhooks/deliveries/2/resend", 404, "the log has no delivery 2"),
        ("webhooks/deliveries/x/resend", 400, "must be a number"),
    ] {
        let response = admin(&emulator, "POST", path, "");
        assert_eq!(
            (response.status, response.body["error"].as_str().unwrap().contains(text)),
            (status, true),
            "{path}"
        );
    }
    assert_eq!(admin(&emulator, "GET", "webhooks/deliveries/2", "").status, 404);
    emulator.settings().set_webhooks([Webhook::to(&url)]).unwrap();
    let response = admin(&emulator, "POST", "webhooks/deliveries/1/resend", "");
    assert_eq!(response.status, 409);
    assert!(response.body["error"].as_str().unwrap().contains("its receiver 1 was removed"), "{}", response.body);
}

#[tokio::test]
async fn the_list_is_filtered_and_cleared() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url)).await;
    for target in ["bob", "eve", "administrator"] {
        follow(&emulator, "ann", &[target]);
        got.recv_timeout(PATIENCE).unwrap();
    }
    settled(&emulator);
    for (query, found) in [
        ("", &[1, 2, 3][..]),
        ("?last=2", &[2, 3]),
        ("?before=3&last=1", &[2]),
        ("?after=1", &[2, 3]),
        ("?text=%22EVE%22", &[2]),
        ("?receiver=1&event=Follow.CallbackAfterFollowAdd&state=delivered", &[1, 2, 3]),
        ("?receiver=2", &[]),
        ("?state=lost", &[]),
    ] {
        assert_eq!(numbers(&emulator, query), found, "{query}");
    }
    for (query, text) in
        [("state=done", "waiting, delivered"), ("last=x", "must be a number"), ("code=0", "unknown key")]
    {
        let response = admin(&emulator, "GET", &format!("webhooks/deliveries?{query}"), "");
        assert_eq!(response.status, 400);
        assert!(response.body["error"].as_str().unwrap().contains(text), "{}", response.body);
    }
    emulator.reset().unwrap();
    assert_eq!(numbers(&emulator, "").len(), 3, "a reset keeps the log");
    admin_ok(&emulator, "DELETE", "webhooks/deliveries", "");
    assert!(numbers(&emulator, "").is_empty());
}

#[tokio::test]
async fn neither_the_token_nor_a_signature_is_recorded() {
    // The receiver returns the request line, with the signature for the time of the tests.
    let sign = WebhookToken::new("xxxxyyyy").sign(NOW);
    let sig = crate::client::sig("ann");
    let text = format!("{{\"line\":\"/im?Sign={sign}\",\"sig\":\"{sig}\"}}");
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    let responses: &'static [&'static str] = vec![&*response.leak(); 2].leak();
    let (url, got) = receiver(responses);
    let emulator = start(Webhook::to(url).token("xxxxyyyy")).await;
    let item = json!({ "Tag": "Tag_Profile_IM_SelfSignature", "Value": sig });
    let body = json!({ "From_Account": "ann", "ProfileItem": [item] }).to_string();
    assert_eq!(call(&emulator, "profile/portrait_set", &body).code(), 0);
    let (_, sent) = got.recv_timeout(PATIENCE).unwrap();
    assert!(sent.to_string().contains(&sig), "the receiver gets the text as it is");
    settled(&emulator);
    admin_ok(&emulator, "POST", "webhooks/deliveries/1/resend", "");
    assert_eq!(got.recv_timeout(PATIENCE).unwrap().1, sent, "also when it is sent again");
    settled(&emulator);
    let shown = format!("{:?}{:?}", deliveries(&emulator, ""), emulator.webhook_deliveries());
    assert!(shown.contains("[Sign]") && shown.contains("[UserSig]"), "{shown}");
    for secret in ["xxxxyyyy", sign.as_str(), sig.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_large_response_is_cut() {
    let text = "x".repeat(100_000);
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    let (url, _got) = receiver(vec![&*response.leak()].leak());
    let emulator = start(Webhook::to(url)).await;
    follow(&emulator, "ann", &["bob"]);
    settled(&emulator);
    let attempt = &emulator.webhook_deliveries()[0].attempts[0];
    assert_eq!((attempt.status, attempt.response.as_ref().unwrap().len()), (Some(200), 64 * 1024));
    assert!(attempt.error.as_ref().unwrap().contains("larger than 65536 bytes"));
}

/// The documented two seconds pass here, for real, twice.
#[tokio::test]
async fn each_retry_is_an_attempt() {
    let (url, got) = receiver(&[]);
    let emulator = start(Webhook::to(url).retries(1)).await;
    follow(&emulator, "ann", &["bob"]);
    got.recv_timeout(PATIENCE).unwrap();
    assert_eq!(emulator.webhook_deliveries()[0].state, DeliveryState::Waiting);
    settled(&emulator);
    let delivery = &emulator.webhook_deliveries()[0];
    let attempts = delivery.attempts.iter().map(|attempt| (attempt.status, attempt.error.as_deref()));
    let timed_out = (None, Some("no response within 2 seconds"));
    assert_eq!((delivery.state, attempts.collect::<Vec<_>>()), (DeliveryState::Failed, vec![timed_out; 2]));
    assert!(delivery.attempts.iter().all(|attempt| attempt.duration >= Duration::from_secs(2)));
}

#[tokio::test]
async fn webhooks_beyond_the_maximum_are_recorded_as_lost() {
    let (url, got) = receiver(&[]);
    let emulator = start(Webhook::to(url).retries(100).max_waiting(3)).await;
    follow(&emulator, "ann", &["bob"]);
    got.recv_timeout(PATIENCE).unwrap();
    // One webhook is at the receiver, and two wait.
    let resend = || admin_ok(&emulator, "POST", "webhooks/deliveries/1/resend", "");
    assert_eq!((&resend()["state"], &resend()["state"]), (&json!("waiting"), &json!("waiting")));
    let last = resend();
    assert_eq!((&last["state"], &last["number"]), (&json!("lost"), &json!(4)));
    let status = &emulator.webhooks()[0];
    assert_eq!((status.lost, status.waiting), (1, 3));
    assert_eq!(numbers(&emulator, "?state=lost"), [4]);
}

#[tokio::test]
async fn receivers_are_added_and_removed_one_by_one() {
    let ((first_url, first), (second_url, second)) = (receiver(MANY), receiver(MANY));
    let emulator = start(Webhook::to(&first_url)).await;
    let added = admin_ok(&emulator, "POST", "webhooks", &json!({ "url": second_url, "token": "xxxxyyyy" }).to_string());
    assert_eq!((&added["id"], &added["url"], &added["signed"]), (&json!(2), &json!(second_url), &json!(true)));
    assert_eq!(admin_ok(&emulator, "GET", "webhooks", "").as_array().unwrap().len(), 2);
    follow(&emulator, "ann", &["bob"]);
    first.recv_timeout(PATIENCE).unwrap();
    second.recv_timeout(PATIENCE).unwrap();
    admin_ok(&emulator, "DELETE", "webhooks/1", "");
    follow(&emulator, "ann", &["eve"]);
    second.recv_timeout(PATIENCE).unwrap();
    until(|| emulator.webhooks()[0].waiting == 0);
    let status = emulator.webhooks();
    assert_eq!((status.len(), status[0].id, status[0].delivered), (1, 2, 2));
    assert!(first.try_recv().is_err(), "a removed receiver gets no later event");

    assert_eq!(admin(&emulator, "DELETE", "webhooks/1", "").status, 404);
    for (body, text) in [("{}", "url"), (r#"{"url":"ftp://x"}"#, "must start with http"), ("[]", "array")] {
        let response = admin(&emulator, "POST", "webhooks", body);
        assert_eq!(response.status, 400);
        assert!(response.body["error"].as_str().unwrap().contains(text), "{}", response.body);
    }
    emulator.settings().set_webhooks((0..100).map(|_| Webhook::to(&second_url))).unwrap();
    assert_eq!(emulator.webhooks()[0].id, 3, "ids are not used again");
    let response = admin(&emulator, "POST", "webhooks", &json!({ "url": second_url }).to_string());
    assert!(response.body["error"].as_str().unwrap().contains("already 100 receivers"), "{}", response.body);
    assert!(emulator.settings().set_webhooks((0..101).map(|_| Webhook::to(&second_url))).is_err());
}

#[tokio::test]
async fn a_removed_receiver_gets_the_webhooks_that_wait() {
    let (url, got) = receiver(MANY);
    let emulator = start(Webhook::to(url)).await;
    (0..20).for_each(|_| follow(&emulator, "ann", &["bob"]));
    admin_ok(&emulator, "DELETE", "webhooks/1", "");
    (0..20).for_each(|_| drop(got.recv_timeout(PATIENCE).unwrap()));
    until(|| emulator.webhook_deliveries().iter().all(|delivery| delivery.state == DeliveryState::Delivered));
}
