//! Webhooks over HTTPS. The receivers are other emulators: they respond to each request with JSON.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::json;
use tim_emulator::{Emulator, Webhook};

use crate::client::{admin, admin_ok, builder, until};
use crate::webhooks::{OK, follow, settled, start};

/// Starts a receiver. Returns it with the URL for webhooks, and its root certificate in PEM.
async fn secure_receiver() -> (Emulator, String, String) {
    let receiver = builder().tls().start().await.unwrap();
    let (url, root) = (format!("{}/v4/webhook", receiver.base_url()), receiver.root_certificate_pem().unwrap());
    let root = root.to_owned();
    (receiver, url, root)
}

fn last_failure(emulator: &Emulator) -> String {
    let status = settled(emulator);
    assert_eq!((status.delivered, status.failed), (0, 1));
    status.last_failure.unwrap()
}

#[tokio::test]
async fn webhooks_are_delivered_over_https_with_a_trusted_root() {
    let (receiver, url, root) = secure_receiver().await;
    let (_other, _, other_root) = secure_receiver().await;
    // The text can have several certificates, and there can be several texts.
    let webhook = Webhook::to(&url).token("xxxxyyyy").root_certificates(format!("{other_root}\n{root}"));
    let emulator = start(webhook.root_certificates(other_root)).await;
    follow(&emulator, "ann", &["bob"]);
    follow(&emulator, "ann", &["eve"]);
    let status = settled(&emulator);
    assert_eq!((status.delivered, status.attempts, status.last_failure), (2, 2, None));
    let calls = receiver.calls();
    assert!(
        calls.len() == 2 && calls.iter().all(|call| call.request().target().contains("Follow.CallbackAfterFollowAdd"))
    );
}

#[tokio::test]
async fn a_receiver_with_another_root_gets_nothing() {
    let (receiver, url, _) = secure_receiver().await;
    let (_other, _, other_root) = secure_receiver().await;
    let emulator = start(Webhook::to(&url).root_certificates(other_root).retries(1)).await;
    follow(&emulator, "ann", &["bob"]);
    let failure = last_failure(&emulator);
    assert_eq!(
        failure,
        "the TLS handshake failed: invalid peer certificate: UnknownIssuer; give the emulator the root certificate of \
         the receiver"
    );
    let attempts = emulator.webhook_deliveries().remove(0).attempts;
    assert_eq!((attempts.len(), attempts[0].status, attempts[0].error.as_ref()), (1, None, Some(&failure)));
    assert!(receiver.calls().is_empty());
}

/// All addresses 127.x.y.z are of this machine, on Linux only.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_receiver_with_the_certificate_of_another_host_gets_nothing() {
    let receiver = builder().tls().listen((Ipv4Addr::UNSPECIFIED, 0).into()).start().await.unwrap();
    let root = receiver.root_certificate_pem().unwrap();
    let url = format!("https://127.0.0.2:{}/v4/webhook", receiver.listen_address().port());
    let emulator = start(Webhook::to(url).root_certificates(root)).await;
    follow(&emulator, "ann", &["bob"]);
    let failure = last_failure(&emulator);
    assert!(failure.contains("certificate not valid for name \"127.0.0.2\""), "{failure}");
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn a_failed_handshake_is_retried_as_a_broken_connection() {
    let (_other, _, root) = secure_receiver().await;
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap());
    thread::spawn(move || {
        for stream in plain.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(OK.as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let webhook = Webhook::to(url).root_certificates(root);
    let emulator = start(webhook.retries(1).retry_on_broken_connections(true)).await;
    follow(&emulator, "ann", &["bob"]);
    let failure = last_failure(&emulator);
    assert!(failure.starts_with("the TLS handshake failed: "), "{failure}");
    assert!(failure.ends_with("use http:// if the receiver has no TLS"), "{failure}");
    assert_eq!(emulator.webhooks()[0].attempts, 2);
}

#[tokio::test]
async fn the_admin_api_takes_root_certificates() {
    let (receiver, url, root) = secure_receiver().await;
    let emulator = start(Webhook::to("http://127.0.0.1:9").events([""; 0])).await;
    let body = json!({ "url": url, "root_certificates": root });
    admin_ok(&emulator, "POST", "webhooks", &body.to_string());
    follow(&emulator, "ann", &["bob"]);
    until(|| emulator.webhooks()[1].delivered == 1);
    assert_eq!(receiver.calls().len(), 1);
    for (key, value, text) in
        [("root_certificates", "x", "none in PEM"), ("url", "https://a..b/", "neither a DNS name")]
    {
        let mut body = body.clone();
        body[key] = value.into();
        let response = admin(&emulator, "POST", "webhooks", &body.to_string());
        assert_eq!(response.status, 400);
        assert!(response.body["error"].as_str().unwrap().contains(text), "{}", response.body);
    }
}
