use std::error::Error as StdError;

use tim_transport::{TransportError, TransportErrorKind};
use tim_types::{Decoded, Empty};

use super::*;

fn api(code: i64) -> ErrorKind {
    ErrorKind::rejected(Envelope::fail(ErrorCode(code), "Err_X"))
}

fn error(kind: ErrorKind) -> Error {
    Error::new("follow", "follow_add", 1, kind)
}

fn decode_error() -> DecodeError {
    Decoded::<Empty>::decode(b"<html>").unwrap_err()
}

#[test]
fn a_rejection_says_what_it_means_and_what_to_do() {
    let rejected = error(api(30005));
    let text = rejected.to_string();
    assert!(text.starts_with("follow_add: rejected with 30005, "), "{text}");
    assert!(text.contains("(Err_X); "), "{text}");
    assert_eq!(rejected.class(), Some(CodeClass::FeatureDisabled));
    assert!(!rejected.is_retryable());
    let unknown = Error::new("follow", "follow_add", 3, api(1)).at("https://host");
    assert_eq!(
        unknown.to_string(),
        "follow_add: rejected with 1, an undocumented code (Err_X) [https://host, 3 attempts]"
    );
}

#[test]
fn transient_errors_are_retryable() {
    let retryable = |kind| error(kind).is_retryable();
    assert!(retryable(api(30006)) && retryable(ErrorKind::Deadline));
    assert!(retryable(ErrorKind::RateLimited { wait: Duration::from_secs(1) }));
    assert!(!retryable(api(70001)) && !retryable(ErrorKind::CursorStuck));
    let http = |status| ErrorKind::Http { status, body_bytes: 0, retry_after: None };
    assert!(retryable(http(503)) && retryable(http(408)) && retryable(http(429)) && !retryable(http(404)));
    assert!(!retryable(ErrorKind::Decode { status: 200, body_bytes: 6, source: decode_error() }));
}

/// A cause with a cause of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(&'static str, #[source] std::io::Error);

#[test]
fn a_transport_error_names_its_innermost_cause_once() {
    let cause = || Cause("outer", std::io::Error::other("inner\u{1b}"));
    for (transport, reason) in [
        (TransportError::new(TransportErrorKind::Connect, ""), "no connection; check"),
        (TransportError::new(TransportErrorKind::Connect, "name"), "no connection: name; check"),
        (
            TransportError::new(TransportErrorKind::Setup, "TLS").with_source(cause()),
            r"the request could not be created: TLS: inner\u{1b}; check",
        ),
        (
            TransportError::new(TransportErrorKind::Lost, "inner\u{1b}").with_source(cause()),
            r"the connection broke: inner\u{1b}; the service may",
        ),
    ] {
        let text = error(ErrorKind::Transport(transport)).to_string();
        assert!(text.starts_with(&format!("follow_add: {reason}")), "{text}");
    }
}

#[test]
fn no_error_has_a_source_that_display_shows_too() {
    let transport = TransportError::new(TransportErrorKind::Setup, "TLS").with_source(std::io::Error::other("inner"));
    let kinds = [
        ErrorKind::InvalidCall("not a name"),
        ErrorKind::Signing(SignError::EmptyKey),
        ErrorKind::Transport(transport),
        ErrorKind::Http { status: 502, body_bytes: 6, retry_after: None },
        ErrorKind::Decode { status: 200, body_bytes: 6, source: decode_error() },
        ErrorKind::IncompletePage(decode_error()),
        ErrorKind::LimiterUnavailable { reason: "no connection".to_owned() },
        api(30005),
    ];
    for kind in kinds {
        let error = error(kind);
        assert!(error.source().is_none(), "{error}");
    }
}
