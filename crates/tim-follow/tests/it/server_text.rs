//! Texts of the server and of transports are redacted, escaped and cut. Methods return the complete
//! texts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tim_follow::transport::{
    BlockingTransport, ClockReading, MockTransport, Request, Response, TransportError, TransportErrorKind,
};
use tim_follow::{ErrorCode, ErrorKind, EventKind, Outcome, SecretKey, blocking, follow, friend};

use crate::clients::{OK, config, with_both};
use crate::hostile::with_both_batches;

#[test]
fn server_texts_are_escaped_and_cut_and_available_in_full() {
    let info = format!("\\u001b[2J\\n\\u202e{}", "x".repeat(1 << 20));
    let text = format!(
        r#"{{"ErrorCode":30003,"ErrorInfo":"{info}","ErrorDisplay":"try \u0007 later","RequestId":"r\u001b1","ResultItem":null}}"#
    );
    with_both(
        &config(),
        || MockTransport::texts([text.clone()]),
        |client, _| {
            let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains(r"(\u{1b}[2J\n\u{202e}xxx"), "{shown}");
            assert!(shown.ends_with(r", request r\u{1b}1]"), "{shown}");
            for shown in [shown, format!("{error:?}"), format!("{error:#?}"), format!("{:?}", error.kind())] {
                assert!(shown.len() < 2000 && !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
            }
            assert_eq!(error.server_text().unwrap().len(), (1 << 20) + 8);
            assert_eq!((error.display_text(), error.request_id()), (Some("try \u{7} later"), Some("r\u{1b}1")));
        },
    );
    with_both_batches(&follow::Check::template("alice"), &["bob"], &[&text], |items, _| {
        let (shown, debug) = (items[0].outcome.to_string(), format!("{items:?}"));
        assert!(shown.len() < 400 && debug.len() < 1000 && !shown.contains('\u{1b}'), "{shown} {debug}");
        let Outcome::Rejected(rejection) = &items[0].outcome else { panic!("{items:?}") };
        assert_eq!(rejection.info.len(), (1 << 20) + 8);
    });
}

#[test]
fn an_observer_sees_the_request_id_and_the_display_text_of_every_response() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let config = config().observe(move |event| {
        if let EventKind::AttemptEnded { display, request_id, .. } = event.kind {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            into.lock().unwrap().push((owned(display), owned(request_id), event.to_string()));
        }
    });
    let texts = [
        r#"{"ErrorCode":30006,"ErrorDisplay":"busy","RequestId":"r-1"}"#,
        r#"{"ErrorCode":0,"ErrorDisplay":"","RequestId":"r-2"}"#,
    ];
    with_both(
        &config,
        || MockTransport::texts(texts),
        |client, _| {
            client.send(follow::Check::new("alice", ["bob"])).unwrap();
            let seen = std::mem::take(&mut *seen.lock().unwrap());
            let ids: Vec<_> = seen.iter().map(|(display, id, _)| (display.as_deref(), id.as_deref())).collect();
            assert_eq!(ids, [(Some("busy"), Some("r-1")), (None, Some("r-2"))]);
            assert!(seen[1].2.ends_with(", request r-2"), "{}", seen[1].2);
        },
    );
}

#[test]
fn a_call_by_name_returns_broken_bytes_as_they_came() {
    let body = b"{\"ErrorCode\":7,\"Odd\":\"\xff\\ud800\"}".to_vec();
    with_both(
        &config(),
        || MockTransport::new([Ok(Response::new(200, body.clone()))]),
        |client, _| {
            let response = client.call("follow", "follow_get", "{}").unwrap();
            assert_eq!((response.bytes(), response.envelope.code), (body.as_slice(), ErrorCode(7)));
            assert!(response.text.contains("\u{fffd}\\ud800"));
        },
    );
}

/// A transport whose errors show the URL of the request, in their text or only in a cause.
#[derive(Debug)]
struct Chatty {
    script: MockTransport,
    in_detail: bool,
}

impl Chatty {
    fn error(&self, request: &Request) -> TransportError {
        let url = request.expose_url().to_owned();
        let detail = if self.in_detail { format!("{} {}", "x".repeat(250), &url[30..]) } else { "reset".to_owned() };
        TransportError::new(TransportErrorKind::Lost, detail).with_source(std::io::Error::other(url))
    }
}

impl BlockingTransport for Chatty {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        Err(self.error(&request))
    }

    fn sleep(&self, time: Duration) {
        self.script.advance(time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(&self.script)
    }
}

#[test]
fn an_error_of_a_transport_does_not_show_the_signature() {
    for in_detail in [true, false] {
        let events = Arc::new(Mutex::new(String::new()));
        let into = events.clone();
        let config = config().observe(move |event| into.lock().unwrap().push_str(&format!("{event} {event:?}")));
        let chatty = Chatty { script: MockTransport::texts([OK]), in_detail };
        let client = blocking::Client::with_transport(config, Arc::new(chatty)).unwrap();
        let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Transport(_)) && std::error::Error::source(&error).is_none());
        let shown = format!("{error} {error:?} {error:#?} {}", events.lock().unwrap());
        assert!(shown.contains(if in_detail { "xxx" } else { "reset" }), "{shown}");
        // The start of every signature is the same; the rest must not show.
        assert!(!shown.contains("eJyr") && !shown.contains("random="), "{shown}");
    }
}

#[test]
fn a_signature_of_an_earlier_request_of_the_call_is_redacted() {
    // The transport does not show the signature before the request, so the mock returns both in the
    // second response.
    let sign = |now| {
        let signer = tim_sig::Signer::new(1400000000, SecretKey::new("the-secret-key")).unwrap();
        signer.sign("administrator", Duration::from_secs(86_400), now).unwrap()
    };
    let [first, second, other] = [0, 5, 6].map(|later| sign(MockTransport::START_UNIX + later).expose().to_owned());
    let echo = format!(r#"{{"ErrorCode":30003,"ErrorInfo":"{} {second} {other}"}}"#, &first[2..]);
    let script = MockTransport::texts([r#"{"ErrorCode":70001}"#.to_owned(), echo]).latency(Duration::from_secs(5));
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let error = client.send(follow::Check::new("alice", ["bob"])).unwrap_err();
    let urls: Vec<_> = script.requests().iter().map(|request| request.expose_url().to_owned()).collect();
    assert!(urls[0].contains(&first) && urls[1].contains(&second), "{urls:?}");
    assert_eq!(error.server_text(), Some(format!("[redacted] [redacted] {other}").as_str()));
}

#[test]
fn the_targets_of_a_rejected_call_share_its_text() {
    let text = format!(r#"{{"ErrorCode":30001,"ErrorInfo":"{}"}}"#, "x".repeat(1 << 19));
    let targets: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let request = friend::Check::template("alice", friend::CheckMode::BOTH);
    with_both_batches(&request, &targets, &[&text], |items, calls| {
        let infos = items.iter().map(|item| match &item.outcome {
            Outcome::Rejected(rejection) => rejection.info.clone(),
            other => panic!("{other}"),
        });
        let infos: Vec<_> = infos.collect();
        assert_eq!((infos.len(), infos[0].len(), calls), (1000, 1 << 19, 1));
        assert!(infos.iter().all(|info| Arc::ptr_eq(info, &infos[0])));
    });
}
