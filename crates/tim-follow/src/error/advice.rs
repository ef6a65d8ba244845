//! Why a call got no usable response, and what to do.

use tim_transport::TransportErrorKind;

/// What to do about a 2xx response that cannot be read.
pub(super) const DECODE: &str =
    "check that the base URL leads to the service, and that no proxy or login page responds in its place";

/// What to do about a response of the service whose body cannot be read.
pub(super) const BODY: &str = "update this crate, or check the response type of a command of your own";

/// What to do about an error of the transport.
pub(super) fn for_transport(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Setup => "check the base URL and the options of the transport",
        TransportErrorKind::Connect => "check the network, the proxy and the certificates",
        TransportErrorKind::Certificate => {
            "trust the root certificate of the emulator (the file of `tim emulator --tls-root`) or of a proxy that \
             decrypts TLS; otherwise check the base URL and the clock of this machine"
        }
        TransportErrorKind::Lost => "the service may have processed the request; check the network, then send it again",
        TransportErrorKind::Timeout => "the service may have processed the request; send it again, or allow more time",
        TransportErrorKind::TooLong => {
            "the service has probably processed the request; ask for less, or allow longer responses"
        }
        _ => "check the transport",
    }
}

/// What to do about an HTTP status other than 2xx.
pub(super) fn for_http(status: u16) -> &'static str {
    match status {
        300..=399 => "the base URL redirects, and redirects are not followed; use the final URL",
        401 | 403 | 407 => "check whether a proxy or gateway requires a login",
        404 | 405 => "check the base URL and the name of the command",
        413 => "send fewer targets in a call",
        429 => "call less often",
        408 | 500..=599 => "send it again later",
        _ => "check the base URL and the proxy",
    }
}
