//! Just enough of an HTTP client to send right and wrong bytes.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tim_emulator::{Builder, Emulator, SecretKey};
use tim_sig::Signer;

/// The time at which all these tests play.
pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

pub(crate) fn builder() -> Builder {
    Emulator::builder().secret_key(SecretKey::new(KEY)).clock(|| NOW)
}

pub(crate) async fn start() -> Emulator {
    builder().start().await.unwrap()
}

pub(crate) fn sig(user: &str) -> String {
    sig_of(1_400_000_000, KEY, user, NOW)
}

pub(crate) fn sig_of(app: u32, key: &str, user: &str, time: u64) -> String {
    let signer = Signer::new(app, SecretKey::new(key)).unwrap();
    signer.sign(user, Duration::from_secs(60), time).unwrap().expose().to_owned()
}

/// A query with all that is needed.
pub(crate) fn query() -> String {
    let sig = sig("administrator");
    format!("sdkappid=1400000000&identifier=administrator&usersig={sig}&random=99999999&contenttype=json")
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn code(&self) -> i64 {
        self.body["ErrorCode"].as_i64().unwrap()
    }

    pub(crate) fn info(&self) -> &str {
        self.body["ErrorInfo"].as_str().unwrap()
    }
}

pub(crate) fn connect(emulator: &Emulator) -> TcpStream {
    let stream = TcpStream::connect(emulator.base_url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends a request that asks to close the connection, and reads until the server does so.
pub(crate) fn send_raw(emulator: &Emulator, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(emulator);
    stream.write_all(bytes).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

/// Sends what may be no request at all, and hangs up; the server may be faster.
pub(crate) fn throw(emulator: &Emulator, bytes: &[u8]) {
    let mut stream = connect(emulator);
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

pub(crate) fn send(emulator: &Emulator, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    let response = String::from_utf8(send_raw(emulator, &[head.as_bytes(), body].concat())).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    Reply { status, body: serde_json::from_str(&body).unwrap() }
}

/// The text of a chunked body.
pub(crate) fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return text;
        }
        text.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
}

/// A call with a right URL.
pub(crate) fn call(emulator: &Emulator, path: &str, body: &str) -> Reply {
    call_with(emulator, path, &query(), body)
}

pub(crate) fn call_with(emulator: &Emulator, path: &str, query: &str, body: &str) -> Reply {
    send(emulator, "POST", &format!("/v4/{path}?{query}"), "", body.as_bytes())
}

/// Waits for what another thread is about to do.
pub(crate) fn until(done: impl Fn() -> bool) {
    for _ in 0..20_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it did not happen within 20 seconds");
}

/// A request of the admin API.
pub(crate) fn admin(emulator: &Emulator, method: &str, path: &str, body: &str) -> Reply {
    send(emulator, method, &format!("/_emulator/{path}"), "", body.as_bytes())
}

/// One that is done.
pub(crate) fn admin_ok(emulator: &Emulator, method: &str, path: &str, body: &str) -> Value {
    let response = admin(emulator, method, path, body);
    assert_eq!(response.status, 200, "{method} {path} {body}: {}", response.body);
    response.body
}

/// A directory that is gone after the test.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tim-emulator-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("world.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
