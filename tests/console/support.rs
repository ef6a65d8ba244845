//! An emulator with two users, a client for it, and a receiver of webhooks.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use tim_emulator::{Emulator, SecretKey};
use tim_follow::{Config, Error, ErrorCode, Limits, blocking, follow};

pub(crate) const KEY: &str = "the-key-that-no-page-may-show";

/// Starts an emulator in which carol follows dave.
pub(crate) fn emulator() -> Emulator {
    let emulator = Emulator::builder().secret_key(SecretKey::new(KEY)).start_blocking().unwrap();
    emulator.state().import("carol,dave".as_bytes()).unwrap();
    emulator
}

/// Returns a client without retries, so that a test sees the outcome of each call.
pub(crate) fn client(emulator: &Emulator) -> blocking::Client {
    let config = Config::new(emulator.sdkappid(), emulator.admin(), SecretKey::new(KEY));
    let limits = Limits::default().max_attempts(1).attempt_timeout(Duration::from_secs(5));
    blocking::Client::new(config.base_url(emulator.base_url()).limits(limits)).unwrap()
}

/// Sends a follow_check, and returns its code if it failed.
pub(crate) fn check(client: &blocking::Client) -> Option<ErrorCode> {
    client.send(follow::Check::new("carol", ["dave"])).err().as_ref().and_then(Error::code)
}

/// Sends a follow_add, and returns its code if it failed.
pub(crate) fn follow(client: &blocking::Client, from: &str, to: &str) -> Option<ErrorCode> {
    client.send(follow::Add::new(from, [to])).err().as_ref().and_then(Error::code)
}

/// Accepts webhooks, and returns the URL and a receiver of the number of each request.
pub(crate) fn receiver() -> (String, mpsc::Receiver<usize>) {
    receiver_with(r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#)
}

/// Like [`receiver`], with another body in its responses.
pub(crate) fn receiver_with(body: &'static str) -> (String, mpsc::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/im", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while !request.ends_with(b"}") {
                let length = stream.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..length]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).unwrap();
            if sender.send(number + 1).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}
