//! A server that sends back the URL of the request, in every encoding, and bytes that are not
//! UTF-8.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tim_follow::{Client, Config, Error, ErrorKind, Event, Limits, Outcome, SdkAppId, SecretKey, blocking, follow};

use crate::either::Either;

/// Makes the HTTP status and the body of a response from the URL of the request.
type Respond = fn(&str) -> (u16, Vec<u8>);

/// Starts a server that responds to every request with `respond`; returns its URL.
fn serve(respond: Respond) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || respond_to_all(&stream.unwrap(), respond));
        }
    });
    url
}

fn respond_to_all(mut stream: &TcpStream, respond: Respond) -> Option<()> {
    let mut request = BufReader::new(stream);
    loop {
        let (mut url, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if request.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(path) = line.strip_prefix("POST ") {
                url = path.split(' ').next()?.to_owned();
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        request.read_exact(&mut vec![0; length]).ok()?;
        SEEN.lock().unwrap().push(usersig(&url).to_owned());
        let (status, body) = respond(&url);
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|c| if c.is_ascii_alphanumeric() { char::from(c).into() } else { format!("%{c:02X}") }).collect()
}

fn usersig(url: &str) -> &str {
    url.split("usersig=").nth(1).unwrap().split('&').next().unwrap()
}

/// The URL plain, percent-encoded once and twice, with lower-case digits, and with JSON escapes.
fn echoes(url: &str) -> String {
    let sig = usersig(url);
    let lower = sig.replace('*', "%2a").replace('-', "%2d").replace('_', "%5f");
    let escaped: String = sig.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect();
    format!("{url} {} {} {lower} {escaped}", percent(url), percent(&percent(url)))
}

/// All signatures that the servers of these tests received.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The number of characters at the start that are the same in all signatures.
const CONSTANT: usize = 41;

fn shows_no_signature(text: &str) {
    for sig in SEEN.lock().unwrap().clone() {
        assert_eq!(shown_part(text, &sig), None, "{text}");
    }
}

/// A run of 12 characters of the signature that is in the text, plain or encoded. The constant
/// start of signatures does not count.
fn shown_part<'a>(text: &str, sig: &'a str) -> Option<&'a str> {
    let decoded = decode(&decode(&decode(text)));
    let mut windows = sig.as_bytes()[CONSTANT - 11..].windows(12).map(|window| str::from_utf8(window).unwrap());
    windows.find(|window| text.contains(window) || decoded.contains(window))
}

/// Removes one layer of percent signs or of JSON escapes.
fn decode(text: &str) -> String {
    let mut parts = text.split(['%', '\\']);
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        let (digits, rest) = match part.strip_prefix('u') {
            Some(json) => (json.get(..4), json.get(4..)),
            None => (part.get(..2), part.get(2..)),
        };
        let c = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match (c, rest) {
            (Some(c), Some(rest)) => decoded.extend([c.to_string().as_str(), rest]),
            _ => decoded.push_str(part),
        }
    }
    decoded
}

#[test]
fn the_check_finds_a_part_of_a_signature() {
    let sig = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwokpuZl5mcUlRYkl*UVQBcUp2YkFBZkpSlaGJgZQAJFJ";
    assert_eq!(decode("a%2a%5Fb\\u0041 %"), "a*_bA ");
    for tail in [sig[60..].to_owned(), percent(&percent(&sig[50..])), echoes(&format!("/?usersig={}", &sig[70..]))] {
        assert!(shown_part(&tail, sig).is_some(), "{tail}");
    }
    assert_eq!(shown_part(&sig[..CONSTANT], sig), None);
}

fn config(url: &str, events: &Arc<Mutex<String>>) -> Config {
    let events = events.clone();
    let observe = move |event: &Event<'_>| events.lock().unwrap().push_str(&format!("{event} {event:?}\n"));
    let limits = Limits::default().max_attempts(1);
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
        .base_url(url)
        .limits(limits)
        .observe(observe)
}

/// Runs `act` with each client, against a server that responds with `respond`. Checks all events.
fn with_both<T: Send + 'static>(respond: Respond, act: impl Fn(Either) -> T) -> [T; 2] {
    let url = serve(respond);
    let events = Arc::new(Mutex::new(String::new()));
    let first = act(Either::Async(Client::new(config(&url, &events)).unwrap()));
    let second = act(Either::Blocking(blocking::Client::new(config(&url, &events)).unwrap()));
    let events = events.lock().unwrap();
    assert!(events.contains("attempt 1"), "{events}");
    shows_no_signature(&events);
    [first, second]
}

fn errors(respond: Respond) -> [Error; 2] {
    with_both(respond, |client| client.send(follow::Check::new("alice", ["bob"])).unwrap_err())
}

#[test]
fn an_envelope_that_echoes_the_url() {
    let respond: Respond = |url| {
        let text = echoes(url);
        let body = format!(
            r#"{{"ErrorCode":60002,"ErrorInfo":"{text}","ErrorDisplay":"{text}","RequestId":"{text}","ResultItem":[null]}}"#
        );
        (200, body.into())
    };
    for error in errors(respond) {
        let ErrorKind::Api { info, display, request_id, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!(info.matches("[redacted]").count(), 5, "{info}");
        for text in [info, display.as_ref().unwrap(), request_id.as_ref().unwrap(), &format!("{error} {error:?}")] {
            shows_no_signature(text);
        }
    }
}

#[test]
fn a_page_of_html_that_echoes_the_url() {
    for respond in [|url: &str| (502, echoes(url).into()), |url: &str| (200, echoes(url).into())] {
        for error in errors(respond) {
            assert!(matches!(error.kind(), ErrorKind::Http { .. } | ErrorKind::Decode { .. }), "{error:?}");
            shows_no_signature(&format!("{error} {error:?}"));
        }
    }
}

#[test]
fn items_that_echo_the_url() {
    let respond: Respond = |url| {
        let text = echoes(url);
        let items = format!(
            r#"{{"To_Account":"a","ResultCode":30003,"ResultInfo":"{text}"}},{{"To_Account":"b","ResultCode":"{text}"}}"#
        );
        (200, format!(r#"{{"ResultItem":[{items}],"ErrorCode":0}}"#).into())
    };
    let items = with_both(respond, |client| client.batch(follow::Check::template("alice"), ["a", "b"], 32).items);
    for items in items {
        let Outcome::Rejected(rejection) = &items[0].outcome else { panic!("{items:?}") };
        assert_eq!(rejection.info.matches("[redacted]").count(), 5);
        shows_no_signature(&rejection.info);
        let Outcome::Unknown { reason: Some(reason) } = &items[1].outcome else { panic!("{items:?}") };
        assert!(matches!(reason.kind(), ErrorKind::Unreadable(_)), "{reason:?}");
        shows_no_signature(&format!("{items:?} {} {}", items[0].outcome, items[1].outcome));
    }
}

#[test]
fn a_page_with_broken_bytes_and_the_url() {
    let respond: Respond = |url| {
        let nick = [echoes(url).as_bytes(), b"\xff\xed\xa0\x80\\udead"].concat();
        let start = br#"{"FollowItem":[{"To_Account":"a","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":""#;
        let end = b"\"}]},{\"To_Account\":\"b\xff\"},{\"To_Account\":\"c\"}],\"NextCursor\":\"\",\"ErrorCode\":0}";
        (200, [start.as_slice(), &nick, end].concat())
    };
    let pages = with_both(respond, |client| client.pages(follow::List::followers("alice")).remove(0).unwrap());
    for page in pages {
        let nick = page.items[0].profile.as_ref().unwrap()[0].value.as_str().unwrap().to_owned();
        assert!(nick.matches("[redacted]").count() == 5 && nick.ends_with("\u{fffd}"), "{nick}");
        shows_no_signature(&nick);
        assert_eq!((page.items[1].user.as_str(), page.unreadable[0].index), ("c", 1));
    }
}

#[test]
fn a_call_by_name_returns_the_body_unchanged_except_for_the_signature() {
    let respond: Respond = |url| {
        let body = format!("{{ \"ErrorCode\":7, \"Odd\":\"{} \\ud800 ", usersig(url));
        (200, [body.as_bytes(), b"\xff\xfe\"}\n"].concat())
    };
    for response in with_both(respond, |client| client.call("follow", "follow_get", "{}").unwrap()) {
        assert_eq!(response.bytes(), b"{ \"ErrorCode\":7, \"Odd\":\"[redacted] \\ud800 \xff\xfe\"}\n");
        shows_no_signature(&response.text);
    }
}
