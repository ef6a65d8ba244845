//! No error, no `Debug`, no panic and no log shows a signature or the key.

mod log;

use std::error::Error as _;
use std::fmt::Debug;
use std::net::TcpListener;

use tim_follow::{Client, Config, Error, ErrorKind, SdkAppId, SecretKey, blocking, follow};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "hunter2-the-secret-key";

fn config(url: &str) -> Config {
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new(KEY)).base_url(url)
}

/// Fails if a text contains the key, a query, or the start that all signatures have in common.
fn shows_no_secret(text: &str) {
    for secret in [KEY, "usersig=", "eJ"] {
        assert!(!text.contains(secret), "{secret:?} is in: {text}");
    }
}

fn error_shows_no_secret(error: &Error) {
    shows_no_secret(&format!("{error} {error:?} {error:#?}"));
    let mut source = cause(error);
    while let Some(cause) = source {
        shows_no_secret(&format!("{cause} {cause:?} {cause:#?}"));
        source = cause.source();
    }
}

/// The cause that a transport error keeps.
fn cause(error: &Error) -> Option<&(dyn std::error::Error + 'static)> {
    match error.kind() {
        ErrorKind::Transport(error) => error.source(),
        _ => None,
    }
}

fn debug_shows_no_secret(value: &dyn Debug) {
    shows_no_secret(&format!("{value:?} {value:#?}"));
}

/// The errors of both clients with this URL, for which every call fails.
async fn failures(url: String) -> [Error; 2] {
    let request = follow::Check::new("alice", ["bob"]);
    let client = Client::new(config(&url)).unwrap();
    debug_shows_no_secret(&client);
    let of_async = client.send(request.clone()).await.unwrap_err();
    let of_blocking = tokio::task::spawn_blocking(move || {
        let client = blocking::Client::new(config(&url)).unwrap();
        debug_shows_no_secret(&client);
        client.send(request).unwrap_err()
    });
    [of_async, of_blocking.await.unwrap()]
}

#[tokio::test]
async fn a_closed_port() {
    // Nobody listens on port 1, and no test gets it.
    for error in failures("http://127.0.0.1:1".to_owned()).await {
        assert!(error.is_retryable(), "{error}");
        assert!(cause(&error).is_some(), "the cause is kept: {error:?}");
        error_shows_no_secret(&error);
    }
}

#[tokio::test]
async fn a_connection_that_breaks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    for error in failures(url).await {
        error_shows_no_secret(&error);
    }
}

#[tokio::test]
async fn tls_to_a_plain_server() {
    let server = MockServer::start().await;
    for error in failures(server.uri().replace("http://", "https://")).await {
        error_shows_no_secret(&error);
    }
}

#[tokio::test]
async fn an_invalid_url() {
    for error in failures("http://[::1".to_owned()).await {
        assert!(!error.is_retryable(), "{error}");
        error_shows_no_secret(&error);
    }
}

#[tokio::test]
async fn rejections_and_responses_of_other_servers() {
    for template in [
        ResponseTemplate::new(502).set_body_string("<html>"),
        ResponseTemplate::new(302).insert_header("Location", "/elsewhere"),
        ResponseTemplate::new(200).set_body_string("{"),
        ResponseTemplate::new(200)
            .set_body_string(r#"{"ActionStatus":"FAIL","ErrorCode":70009,"ErrorInfo":"UserSig verification Failed."}"#),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(template).mount(&server).await;
        for error in failures(server.uri()).await {
            error_shows_no_secret(&error);
        }
    }
}

#[test]
fn settings_and_secrets() {
    debug_shows_no_secret(&config("http://127.0.0.1"));
    debug_shows_no_secret(&SecretKey::new(KEY));
    let signer = tim_sig::Signer::new(1, SecretKey::new(KEY)).unwrap();
    debug_shows_no_secret(&signer);
    debug_shows_no_secret(&signer.sign("alice", std::time::Duration::from_secs(60), 1_700_000_000).unwrap());
}
