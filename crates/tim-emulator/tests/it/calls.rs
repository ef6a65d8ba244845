//! Recorded calls in the Rust API: on the wire, found, waited for and exported.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tim_emulator::{CallFilter, CallFormat, Fault};

use crate::client::{self, call, query, send};

const CHECK: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator","bob"]}"#;
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_request_is_recorded_byte_for_byte() {
    let emulator = client::start().await;
    let body = "{ \"To_Account\":[\"bob\"],\"From_Account\" : \"administrator\",\r\n \"x\":1,\"x\":\"\\u5173\" }";
    let target = format!("/v4/{CHECK}?b=2&{}&a=%41+", query());
    send(&emulator, "POST", &target, "X-One: 1\r\nx-two:  2\t3 \r\nX-One: 4\r\n", body.as_bytes());
    let calls = emulator.calls();
    let request = calls[0].request();
    assert_eq!(request.body(), body.as_bytes());
    assert_eq!(request.target(), target.replace(&client::sig("administrator"), "[UserSig]"));
    assert_eq!((request.method(), request.version()), ("POST", "HTTP/1.1"));
    let headers: Vec<_> = request.headers().map(|(name, value)| (name, str::from_utf8(value).unwrap())).collect();
    let length = body.len().to_string();
    let expected = [
        ("host", "localhost"),
        ("connection", "close"),
        ("content-length", length.as_str()),
        ("x-one", "1"),
        ("x-one", "4"),
        ("x-two", "2\t3"),
    ];
    assert_eq!(headers, expected);
    assert_eq!(
        (calls[0].code, &calls[0].item_codes[..], &calls[0].targets[..]),
        (Some(0), &[30003][..], &["bob".to_owned()][..])
    );
}

#[tokio::test]
async fn a_truncated_response_is_recorded_as_it_was_sent() {
    let emulator = client::start().await;
    emulator.faults().add(Fault::truncate(7)).unwrap();
    client::throw(
        &emulator,
        format!("POST /v4/{CHECK}?{} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{BODY}", query(), BODY.len())
            .as_bytes(),
    );
    let calls = emulator.wait_for_calls(&CallFilter::new(), 1, LONG).await.unwrap();
    assert_eq!((calls[0].response().unwrap().body(), calls[0].code), (&b"{\"Resul"[..], Some(0)));
}

/// HTTP has no body in these responses.
#[tokio::test]
async fn a_response_without_a_body_is_recorded_without_one() {
    let emulator = client::start().await;
    let last = |method: &str| {
        let head = format!("{method} /v4/{CHECK}?{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", query());
        let sent =
            client::send_raw(&emulator, format!("{head}Content-Length: {}\r\n\r\n{BODY}", BODY.len()).as_bytes());
        let sent = String::from_utf8(sent).unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let calls = emulator.calls();
        let recorded = calls.last().unwrap().response().unwrap();
        assert_eq!(str::from_utf8(recorded.body()).unwrap(), body, "{method}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::as_bytes);
        assert_eq!(recorded.header("content-length"), length, "{method}: {head}");
        body.len()
    };
    assert_eq!(last("HEAD"), 0);
    assert!(last("POST") > 0);
    for status in [204, 304] {
        emulator.faults().add(Fault::status(status).next(1)).unwrap();
        assert_eq!(last("POST"), 0, "{status}");
    }
}

#[tokio::test]
async fn calls_are_found_by_target_and_item_code() {
    let emulator = client::start().await;
    call(&emulator, CHECK, BODY);
    call(&emulator, CHECK, "");
    let found =
        |filter: CallFilter| emulator.calls_matching(&filter).iter().map(|call| call.number).collect::<Vec<_>>();
    assert_eq!(found(CallFilter::new().target("bob")), [1]);
    assert_eq!(found(CallFilter::new().code(30003)), [1]);
    assert_eq!(found(CallFilter::new().code(60003)), [2]);
    assert_eq!(found(CallFilter::new().last(1)), [2]);
}

#[tokio::test]
async fn a_wait_ends_with_the_last_call() {
    let emulator = client::start().await;
    call(&emulator, CHECK, BODY);
    call(&emulator, CHECK, "");
    let filter = CallFilter::new().code(0);
    let late = async {
        tokio::task::yield_now().await;
        call(&emulator, CHECK, BODY);
    };
    let (calls, ()) = tokio::join!(emulator.wait_for_calls(&filter, 2, LONG), late);
    assert_eq!(calls.unwrap().iter().map(|call| call.number).collect::<Vec<_>>(), [1, 3]);
}

/// Time of the runtime of the test does not move the timeout: it would end at once.
#[tokio::test(start_paused = true)]
async fn the_timeout_is_real_time() {
    let emulator = client::start().await;
    let filter = CallFilter::new();
    let wait = emulator.wait_for_calls(&filter, 1, LONG);
    let sent = async {
        tokio::time::advance(2 * LONG).await;
        call(&emulator, CHECK, BODY);
        pending::<()>().await;
    };
    tokio::select! {
        calls = wait => assert_eq!(calls.unwrap().len(), 1),
        () = sent => {}
    }
}

/// A runtime of a few lines, without tokio.
#[test]
fn a_wait_needs_no_runtime_of_tokio() {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let emulator = client::builder().start_blocking().unwrap();
    let filter = CallFilter::new().code(5);
    let mut wait = pin!(emulator.wait_for_calls(&filter, 1, Duration::from_millis(20)));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let error = loop {
        match wait.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => break result.unwrap_err(),
            Poll::Pending => thread::park(),
        }
    };
    assert!(error.to_string().starts_with("timed out after 20ms: 0 of 1 calls matched (code=5)"), "{error}");
}

#[tokio::test]
async fn a_blocking_wait_works_with_and_without_a_runtime() {
    let emulator = client::start().await;
    let timeout = Duration::from_millis(20);
    assert_eq!(emulator.wait_for_calls_blocking(&CallFilter::new(), 1, timeout).unwrap_err().matched(), 0);
    thread::scope(|scope| {
        let wait = scope.spawn(|| emulator.wait_for_calls_blocking(&CallFilter::new(), 2, LONG));
        call(&emulator, CHECK, BODY);
        call(&emulator, CHECK, BODY);
        assert_eq!(wait.join().unwrap().unwrap().len(), 2);
    });
}

#[tokio::test]
async fn calls_are_exported() {
    let emulator = client::start().await;
    call(&emulator, CHECK, BODY);
    call(&emulator, CHECK, "");
    let export = |filter: CallFilter, format| {
        let mut bytes = Vec::new();
        emulator.export_calls(&filter, format, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(export(CallFilter::new(), CallFormat::Ndjson).lines().count(), 2);
    let har: Value = serde_json::from_str(&export(CallFilter::new().code(60003), CallFormat::Har)).unwrap();
    let entry = &har["log"]["entries"][0];
    let url = entry["request"]["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/v4/{CHECK}?", emulator.base_url())), "{url}");
    assert!(entry["response"]["content"]["text"].as_str().unwrap().contains("60003"));
}

#[tokio::test]
async fn a_function_gets_each_call_after_it_is_recorded() {
    let (sender, numbers) = std::sync::mpsc::channel();
    let builder = client::builder().on_call(move |call| sender.send(call.number).unwrap());
    let emulator = builder.start().await.unwrap();
    for _ in 0..3 {
        call(&emulator, CHECK, BODY);
    }
    assert_eq!(numbers.recv_timeout(LONG).unwrap(), 1);
    drop(emulator);
    assert_eq!(numbers.iter().collect::<Vec<_>>(), [2, 3]);
}
