//! What to do about a call that got no usable response.

use tim_transport::TransportErrorKind;

/// The advice for an error of the transport.
pub(super) fn for_transport(phase: TransportErrorKind) -> &'static str {
    match phase {
        TransportErrorKind::Setup => "check the base URL and the options of the transport",
        TransportErrorKind::Connect => "check the network, the proxy and the certificates",
        TransportErrorKind::Lost => "the service may have processed the request; check the network, then send it again",
        TransportErrorKind::Timeout => "the service may have processed the request; send it again, or allow more time",
        TransportErrorKind::TooLong => {
            "the service has probably processed the request; ask for less, or allow longer responses"
        }
        _ => "check the transport",
    }
}

/// The advice for an HTTP response that is not a response of the service.
pub(super) fn for_http(status: u16) -> &'static str {
    match status {
        200..=299 => {
            "check that the base URL leads to the service, and that no proxy or login page responds in its place"
        }
        300..=399 => "the base URL redirects, and redirects are not followed; use the final URL",
        401 | 403 | 407 => "check whether a proxy or gateway requires a login",
        404 | 405 => "check the base URL and the name of the command",
        413 => "send fewer targets in a call",
        429 => "call less often",
        408 | 500..=599 => "send it again later",
        _ => "check the base URL and the proxy",
    }
}
