//! Receives webhooks with only the standard library for HTTP. It shows the steps for any framework.
//!
//! Run `cargo run -p tim-tests --example webhook_std -- TOKEN_FILE`, then
//! `tim emulator --webhook http://127.0.0.1:8080/im --webhook-token-file TOKEN_FILE`, and make a
//! user follow another one.

#![allow(clippy::print_stdout)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tim_webhook::webhook::Event;
use tim_webhook::{Receiver, Response, SdkAppId, WebhookToken};

const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// Handles the requests on one connection until it is closed. The service keeps connections open.
fn serve(stream: TcpStream, receiver: &Receiver, on_event: impl Fn(Event)) -> io::Result<()> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    while let Some((line, body)) = read(&mut reader, receiver.body_limit())? {
        let Response { status, body, .. } = respond(receiver, &line, &body, now(), &on_event);
        let head = format!("HTTP/1.1 {status} \r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
        write!(writer, "{head}\r\n\r\n{body}")?;
    }
    Ok(())
}

/// `line` is the request line, for example `POST /im?SdkAppid=... HTTP/1.1`.
fn respond(receiver: &Receiver, line: &str, body: &[u8], now: u64, on_event: impl Fn(Event)) -> Response {
    let (method, target) = line.split_once(' ').unwrap_or((line, ""));
    let target = target.split(' ').next().unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    match receiver.receive(method, query, body, now) {
        Ok(webhook) => {
            if !webhook.is_duplicate {
                on_event(webhook.event.clone());
            }
            webhook.ok()
        }
        Err(rejection) => rejection.response(),
    }
}

/// Reads the request line and the body of the next request. Of a body that is too large, it reads
/// one byte more than the limit, and [`respond`] rejects it.
fn read(reader: &mut impl BufRead, limit: usize) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut head = reader.take(64 * 1024);
    let (mut first, mut length) = (String::new(), 0);
    if head.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut line = String::new();
    while head.read_line(&mut line)? > 0 && line != "\r\n" {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(u64::MAX);
        }
        line.clear();
    }
    let mut body = Vec::new();
    reader.take(length.min(limit as u64 + 1)).read_to_end(&mut body)?;
    Ok(Some((first, body)))
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give TOKEN_FILE")?;
    let token = WebhookToken::new(std::fs::read_to_string(file)?.trim());
    // The app of the emulator.
    let receiver = Receiver::new(SdkAppId(1400000000), token);
    for stream in TcpListener::bind("127.0.0.1:8080")?.incoming() {
        let (stream, receiver) = (stream?, receiver.clone());
        std::thread::spawn(move || serve(stream, &receiver, |event| println!("{event:?}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tim_emulator::{Emulator, Webhook};
    use tim_follow::{Config, blocking::Client, follow};

    use super::*;

    #[test]
    fn a_follow_and_an_unfollow_arrive() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/im", listener.local_addr().unwrap());
        let (sender, events) = channel();
        std::thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            let on_event = |event| sender.send(event).unwrap();
            let receiver = Receiver::new(SdkAppId(1400000000), WebhookToken::new("t0ken"));
            let _ = serve(stream, &receiver, on_event);
        });
        let emulator = Emulator::builder().webhook(Webhook::to(url).token("t0ken")).start_blocking().unwrap();
        emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes()).unwrap();
        let config = Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone());
        let client = Client::new(config.base_url(emulator.base_url())).unwrap();
        client.send(follow::Add::new("administrator", ["bob"])).unwrap();
        client.send(follow::Delete::new("administrator", ["bob"])).unwrap();

        assert!(matches!(events.recv().unwrap(), Event::FollowAdd(event) if event.to[0] == "bob"));
        assert!(matches!(events.recv().unwrap(), Event::FollowDelete(event) if event.to[0] == "bob"));
    }

    #[test]
    fn requests_of_others_are_rejected() {
        let token = WebhookToken::new("t0ken");
        let receiver = Receiver::new(SdkAppId(14), token.clone());
        let status = |app: u32, sign: &str, time: u64| {
            let line = format!(
                "POST /im?SdkAppid={app}&CallbackCommand=New.Event&Sign={sign}&RequestTime={time} HTTP/1.1\r\n"
            );
            respond(&receiver, &line, br#"{"CallbackCommand":"New.Event"}"#, 1000, |_| {}).status
        };
        assert_eq!(status(14, &token.sign(1000), 1000), 200);
        assert_eq!(status(15, &token.sign(1000), 1000), 403);
        assert_eq!(status(14, &token.sign(1000), 1001), 403);
        assert_eq!(status(14, &token.sign(600), 600), 403);
        assert_eq!(respond(&receiver, "GET /im HTTP/1.1", b"", 1000, |_| {}).status, 405);
        assert_eq!(respond(&receiver, "", b"", 1000, |_| {}).status, 405);
    }
}
