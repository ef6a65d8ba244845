use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tim_webhook::{Response, router};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{FOLLOW, OK, follow, receiver};

#[expect(clippy::disallowed_methods, reason = "the router reads the clock too")]
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A receiver whose handler fails for the user `fails` and panics for `panics`, and what it
/// handled: the users, and whether they were duplicates.
async fn serve() -> (std::net::SocketAddr, Arc<Mutex<Vec<(String, bool)>>>) {
    let handled = Arc::<Mutex<Vec<_>>>::default();
    let log = Arc::clone(&handled);
    let app = router("/im", receiver(), move |webhook| {
        let log = Arc::clone(&log);
        async move {
            let user = webhook.event.user().unwrap().to_string();
            log.lock().unwrap().push((user.clone(), webhook.is_duplicate));
            match user.as_str() {
                "fails" => Response::failed("away"),
                "panics" => panic!("the handler panics"),
                _ => webhook.ok(),
            }
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    (address, handled)
}

/// Sends a head and a body, and returns the status and the body of the response.
async fn send(address: std::net::SocketAddr, method: &str, length: usize, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} /im?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}",
        follow(now())
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = String::new();
    // A connection that a handler's panic closed has no response.
    let _ = stream.read_to_string(&mut response).await;
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

async fn send_follow(address: std::net::SocketAddr, user: &str) -> (u16, String) {
    let body = FOLLOW.replace("alice", user);
    send(address, "POST", body.len(), &body).await
}

#[tokio::test]
async fn the_router_handles_events_and_marks_duplicates() {
    let (address, handled) = serve().await;
    for _ in 0..2 {
        assert_eq!(send_follow(address, "alice").await, (200, OK.to_owned()));
        assert_eq!(send_follow(address, "fails").await.0, 500);
        assert_eq!(send_follow(address, "panics").await.0, 0);
    }
    let marks = handled.lock().unwrap().clone();
    let of = |name: &str| marks.iter().filter(|(user, _)| user == name).map(|(_, mark)| *mark).collect::<Vec<_>>();
    assert_eq!((of("alice"), of("fails"), of("panics")), (vec![false, true], vec![false; 2], vec![false; 2]));
}

#[tokio::test]
async fn wrong_requests_do_not_reach_the_handler() {
    let (address, handled) = serve().await;
    assert_eq!(send(address, "GET", FOLLOW.len(), FOLLOW).await.0, 405);
    assert_eq!(send(address, "POST", 10 << 20, "{").await.0, 413, "its length is enough");
    assert_eq!(send(address, "POST", 2, "{}").await.0, 400);
    assert!(handled.lock().unwrap().is_empty());
}

/// The time of the runtime is paused, and passes while everything waits.
#[tokio::test(start_paused = true)]
async fn a_slow_sender_gets_a_timeout() {
    let (address, handled) = serve().await;
    let (status, body) = send(address, "POST", FOLLOW.len(), &FOLLOW[..20]).await;
    assert_eq!(status, 408, "{body}");
    assert!(handled.lock().unwrap().is_empty());
}
