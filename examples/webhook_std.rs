//! Receives webhooks with only the standard library for HTTP. It shows the steps for any framework.
//!
//! Run `cargo run -p tim-tests --example webhook_std -- TOKEN_FILE`, then
//! `tim emulator --webhook http://127.0.0.1:8080/im --webhook-token-file TOKEN_FILE`, and make a
//! user follow another one.

#![allow(clippy::print_stdout)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tim_sig::WebhookToken;
use tim_types::SdkAppId;
use tim_types::webhook::{self, Event, Query};

const MAX_BODY: u64 = 1024 * 1024;
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the event if the request is from the service, otherwise the HTTP status for the error.
fn check(sdkappid: SdkAppId, token: &WebhookToken, query: &str, body: &[u8], now: u64) -> Result<Event, &'static str> {
    const TOLERANCE: Duration = Duration::from_secs(300);
    let query = Query::parse(query).map_err(|_| "400 Bad Request")?;
    let (sign, time) = query.sign.as_deref().zip(query.request_time).ok_or("403 Forbidden")?;
    token.verify(sign, time, now, TOLERANCE).map_err(|_| "403 Forbidden")?;
    if query.sdkappid != sdkappid {
        return Err("403 Forbidden");
    }
    serde_json::from_slice(body).map_err(|_| "400 Bad Request")
}

/// Handles the requests on one connection until it is closed. The service keeps connections open.
fn serve(stream: TcpStream, sdkappid: SdkAppId, token: &WebhookToken, on_event: impl Fn(Event)) -> io::Result<()> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    while let Some((target, body)) = read(&mut reader)? {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let (status, response) = match check(sdkappid, token, query, &body, now()) {
            Ok(event) => {
                on_event(event);
                ("200 OK", webhook::OK)
            }
            Err(status) => (status, ""),
        };
        write!(writer, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{response}", response.len())?;
    }
    Ok(())
}

/// Reads the target and the body of the next request.
fn read(reader: &mut impl BufRead) -> io::Result<Option<(String, Vec<u8>)>> {
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
    if length > MAX_BODY {
        return Err(io::Error::other("the body is too large"));
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(Some((first.split(' ').nth(1).unwrap_or_default().to_owned(), body)))
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give TOKEN_FILE")?;
    let token = WebhookToken::new(std::fs::read_to_string(file)?.trim());
    for stream in TcpListener::bind("127.0.0.1:8080")?.incoming() {
        let (stream, token) = (stream?, token.clone());
        std::thread::spawn(move || serve(stream, SdkAppId(1400000000), &token, |event| println!("{event:?}")));
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
            let _ = serve(stream, SdkAppId(1400000000), &WebhookToken::new("t0ken"), on_event);
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
        let (token, app) = (WebhookToken::new("t0ken"), SdkAppId(14));
        let body = br#"{"CallbackCommand":"New.Event"}"#;
        let query = |app: u32, sign: &str, time: u64| {
            format!("SdkAppid={app}&CallbackCommand=New.Event&contenttype=json&Sign={sign}&RequestTime={time}")
        };
        let check = |query: &str| check(app, &token, query, body, 1000);
        assert_eq!(check(&query(14, &token.sign(1000), 1000)), Ok(Event::Other));
        assert_eq!(check(&query(15, &token.sign(1000), 1000)), Err("403 Forbidden"));
        assert_eq!(check(&query(14, &token.sign(1000), 1001)), Err("403 Forbidden"));
        assert_eq!(check(&query(14, &token.sign(600), 600)), Err("403 Forbidden"));
        assert_eq!(check("SdkAppid=14&CallbackCommand=New.Event"), Err("403 Forbidden"));
        assert_eq!(check(""), Err("400 Bad Request"));
    }
}
