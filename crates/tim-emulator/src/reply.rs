//! The HTTP responses under `/v4/`, as they are sent and logged.

use std::time::{Duration, UNIX_EPOCH};

use hyper::HeaderMap;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_LENGTH,
    CONTENT_TYPE, DATE, HeaderName, HeaderValue,
};

use crate::clock::ClockReading;
use crate::faults::BodyFault;

/// The headers that the documents show in their sample response.
const ACCESS_CONTROL: [(HeaderName, HeaderValue); 3] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("X-Requested-With")),
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")),
];

/// The last second that an HTTP date can show, in the year 9999.
const LAST_DATE: u64 = 253_402_300_799;

/// An HTTP response to a call.
#[derive(Debug, PartialEq)]
pub(crate) struct HttpReply {
    pub(crate) status: u16,
    /// All headers except the headers of the connection.
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) delivery: Delivery,
}

/// How the body of a response is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Delivery {
    Whole,
    /// Sends this many bytes and closes the connection.
    Truncated(usize),
    /// Sends the bytes one by one, with this pause before each.
    Slow(Duration),
}

impl HttpReply {
    /// Returns the response of a service.
    pub(crate) fn json(body: String) -> Self {
        let mut headers = access_control();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status: 200, headers, body, delivery: Delivery::Whole }
    }

    /// Returns the response to OPTIONS. A browser sends OPTIONS before a page of another origin can
    /// POST, and reads the headers of the response.
    pub(crate) fn preflight() -> Self {
        Self { status: 200, headers: access_control(), body: String::new(), delivery: Delivery::Whole }
    }

    /// Returns an HTML page, like the page of a proxy that cannot reach its server.
    pub(crate) fn html(status: u16) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body><h1>{status}</h1>\n\
             <p>A fault of the emulator.</p></body></html>\n"
        );
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
        Self { status, headers, body, delivery: Delivery::Whole }
    }

    /// Applies a fault that changes how the body is sent, or its `Content-Type`.
    pub(crate) fn with_fault(mut self, fault: Option<BodyFault>) -> Self {
        match fault {
            // Omits at least the last byte. Otherwise the fault would have no effect.
            Some(BodyFault::Truncated(at)) => {
                self.delivery = Delivery::Truncated(at.min(self.body.len().saturating_sub(1)));
            }
            Some(BodyFault::Slow(pause)) => self.delivery = Delivery::Slow(pause),
            Some(BodyFault::ContentType(value)) => {
                // A fault is validated when it is added, so its value is valid for a header.
                if let Ok(value) = HeaderValue::from_str(&value) {
                    self.headers.insert(CONTENT_TYPE, value);
                }
            }
            None => {}
        }
        self
    }

    /// Adds the length of the body, and the date on the clock of the emulator. Clients compare the
    /// date with their own clock, because a large difference makes signatures invalid.
    pub(crate) fn at(mut self, now: ClockReading) -> Self {
        let date = UNIX_EPOCH + Duration::from_secs(now.unix().min(LAST_DATE));
        self.headers.insert(CONTENT_LENGTH, self.body.len().into());
        if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(date)) {
            self.headers.insert(DATE, date);
        }
        self
    }

    /// Returns the part of the body that is sent in response to this method.
    pub(crate) fn sent(&self, method: &str) -> &[u8] {
        let body = self.body.as_bytes();
        // HTTP has no body in these responses.
        if method == "HEAD" || matches!(self.status, 204 | 304) {
            return &[];
        }
        match self.delivery {
            Delivery::Truncated(at) => body.get(..at).unwrap_or(body),
            Delivery::Whole | Delivery::Slow(_) => body,
        }
    }
}

fn access_control() -> HeaderMap {
    HeaderMap::from_iter(ACCESS_CONTROL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_the_clock_has_a_date() {
        let date = |unix_ms| {
            let reply = HttpReply::preflight().at(ClockReading { unix_ms, elapsed: Duration::ZERO });
            reply.headers[DATE].clone()
        };
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(1_700_000_000_999), "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(date(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn a_fault_replaces_the_content_type() {
        let reply = HttpReply::json("{}".to_owned()).with_fault(Some(BodyFault::ContentType("text/plain".to_owned())));
        let types: Vec<_> = reply.headers.get_all(CONTENT_TYPE).iter().collect();
        assert_eq!(types, ["text/plain"]);
    }
}
