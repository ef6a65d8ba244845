//! The cases: what the server does, and what the transport must return.

use std::error::Error as _;
use std::io;
use std::time::{Duration, Instant};

use super::TOLERANCE;
use super::server::{BODY, PATH, Reply, SECRET, Server};
use crate::{ClockReading, Request, Response, TransportError, TransportErrorKind};

/// The response limit of the requests, in bytes.
const LIMIT: usize = 1000;
/// The time limit of requests that time out.
const SHORT: Duration = Duration::from_millis(300);

pub(super) struct Case {
    /// What the contract requires, as shown in a violation.
    rule: &'static str,
    reply: Reply,
    expected: Expected,
}

enum Expected {
    /// A response with this status and this many bytes.
    Response(u16, usize),
    /// A response with status 503, `Retry-After: 7` and a `Date`.
    Headers,
    /// An error of this kind.
    Error(TransportErrorKind),
}

const fn case(rule: &'static str, reply: Reply, expected: Expected) -> Case {
    Case { rule, reply, expected }
}

const EXACT: &str = "a response of exactly the limit is accepted";
const OVER: &str = "a response over the limit is `TooLong`";
const ENDLESS: &str = "an endless response is `TooLong`, and reading stops at the limit";
const REDIRECT: &str = "a redirect is returned, not followed";
const LOST: &str = "a connection that breaks after the request is `Lost`";
const POOLED: &str = "a request on a pooled connection that breaks is `Lost`, and is not sent again";
const TIMEOUT: &str = "a request that takes longer than its time limit is `Timeout`";

pub(super) const CASES: &[Case] = &[
    case("a response is returned whole", Reply::Length(200, 20), Expected::Response(200, 20)),
    case("an error status is a response", Reply::Length(404, 20), Expected::Response(404, 20)),
    case("`Retry-After` and `Date` are kept", Reply::Busy, Expected::Headers),
    case(REDIRECT, Reply::Redirect(301), Expected::Response(301, 0)),
    case(REDIRECT, Reply::Redirect(302), Expected::Response(302, 0)),
    case(REDIRECT, Reply::Redirect(303), Expected::Response(303, 0)),
    case(REDIRECT, Reply::Redirect(307), Expected::Response(307, 0)),
    case(REDIRECT, Reply::Redirect(308), Expected::Response(308, 0)),
    case(EXACT, Reply::Length(200, LIMIT), Expected::Response(200, LIMIT)),
    case(EXACT, Reply::Chunked(LIMIT), Expected::Response(200, LIMIT)),
    case(EXACT, Reply::UntilClose(LIMIT), Expected::Response(200, LIMIT)),
    case(OVER, Reply::Length(200, LIMIT + 1), Expected::Error(TransportErrorKind::TooLong)),
    case(OVER, Reply::Chunked(LIMIT + 1), Expected::Error(TransportErrorKind::TooLong)),
    case(OVER, Reply::UntilClose(LIMIT + 1), Expected::Error(TransportErrorKind::TooLong)),
    case(ENDLESS, Reply::Endless(None), Expected::Error(TransportErrorKind::TooLong)),
    case(ENDLESS, Reply::Endless(Some(1 << 60)), Expected::Error(TransportErrorKind::TooLong)),
    case(TIMEOUT, Reply::Silence, Expected::Error(TransportErrorKind::Timeout)),
    case(TIMEOUT, Reply::Drip, Expected::Error(TransportErrorKind::Timeout)),
    case(LOST, Reply::Reset, Expected::Error(TransportErrorKind::Lost)),
    case(LOST, Reply::Close, Expected::Error(TransportErrorKind::Lost)),
    case(LOST, Reply::Half, Expected::Error(TransportErrorKind::Lost)),
    case(LOST, Reply::HalfChunked, Expected::Error(TransportErrorKind::Lost)),
    case(POOLED, Reply::CloseSecond, Expected::Error(TransportErrorKind::Lost)),
    case(
        "a connection that cannot be made is `Connect`",
        Reply::ClosedPort,
        Expected::Error(TransportErrorKind::Connect),
    ),
    case("a URL that cannot be used is `Setup`", Reply::BrokenUrl, Expected::Error(TransportErrorKind::Setup)),
];

/// A running case.
pub(super) struct Run {
    case: &'static Case,
    server: Server,
    /// The target of redirects.
    redirect_target: Server,
    started: Instant,
}

impl Run {
    pub(super) fn start(case: &'static Case) -> io::Result<Self> {
        let redirect_target = Server::start(Reply::Length(200, 0), "")?;
        let server = Server::start(case.reply, &redirect_target.url())?;
        Ok(Self { case, server, redirect_target, started: ClockReading::system().instant })
    }

    pub(super) fn request(&self) -> Request {
        let request = Request::post(self.server.url(), BODY).max_response_bytes(LIMIT as u64);
        if self.case.expected.is_timeout() { request.timeout(SHORT) } else { request }
    }

    /// Whether a request must be sent first, so that the transport has an open connection.
    pub(super) fn needs_warm_up(&self) -> bool {
        matches!(self.case.reply, Reply::CloseSecond)
    }

    /// Returns a violation if the first request got no response.
    pub(super) fn judge_first(&self, result: &Result<Response, TransportError>) -> Option<String> {
        let problem = result.is_err().then(|| describe(result))?;
        Some(format!("{} ({:?}): for the first request, {problem}", self.case.rule, self.case.reply))
    }

    /// Returns the violations of this case.
    pub(super) fn judge(&self, result: Result<Response, TransportError>) -> Vec<String> {
        let took = ClockReading::system().instant.saturating_duration_since(self.started);
        let mut problems = Vec::new();
        if !self.case.expected.is_met(&result) {
            problems.push(describe(&result));
        }
        if self.case.expected.is_timeout() && (took < SHORT * 9 / 10 || took > SHORT.saturating_add(TOLERANCE)) {
            problems.push(format!("it took {took:.1?} with a time limit of {SHORT:?}"));
        }
        if result.as_ref().is_err_and(shows_secret) {
            problems.push("the error shows the query of the URL".to_owned());
        }
        if self.server.sent_everything() {
            problems.push("it continued to read until the server stopped".to_owned());
        }
        if self.redirect_target.was_reached() {
            problems.push("it connected to the host that the response names".to_owned());
        }
        problems.extend(self.judge_requests());
        let with_rule = |problem| format!("{} ({:?}): {problem}", self.case.rule, self.case.reply);
        problems.into_iter().map(with_rule).collect()
    }

    fn judge_requests(&self) -> Vec<String> {
        let requests = self.server.requests();
        let expected = match self.case.reply {
            Reply::ClosedPort | Reply::BrokenUrl => 0,
            Reply::CloseSecond => 2,
            _ => 1,
        };
        let mut problems = Vec::new();
        if requests.len() != expected {
            problems.push(format!("it sent {} requests instead of {expected}", requests.len()));
        }
        for request in requests {
            let request = request.to_ascii_lowercase();
            if !request.starts_with(&format!("post {PATH}?{SECRET} http/1.1\r\n").to_ascii_lowercase()) {
                problems.push("the request is not a POST to the path and query of the URL".to_owned());
            }
            if !request.contains("\r\ncontent-type: application/json\r\n") {
                problems.push("the request lacks `Content-Type: application/json`".to_owned());
            }
            if request.contains("\r\nreferer:") {
                problems.push("the request has a `Referer`".to_owned());
            }
        }
        problems
    }
}

impl Expected {
    fn is_timeout(&self) -> bool {
        matches!(self, Self::Error(TransportErrorKind::Timeout))
    }

    fn is_met(&self, result: &Result<Response, TransportError>) -> bool {
        match (self, result) {
            (Self::Response(status, bytes), Ok(response)) => {
                response.status == *status
                    && response.body.len() == *bytes
                    && response.body.iter().all(|byte| *byte == b'x')
            }
            (Self::Headers, Ok(response)) => {
                let headers = (response.retry_after, response.date);
                response.status == 503 && headers == (Some(Duration::from_secs(7)), Some(1_795_132_800))
            }
            (Self::Error(kind), Err(error)) => error.kind() == *kind,
            _ => false,
        }
    }
}

fn describe(result: &Result<Response, TransportError>) -> String {
    match result {
        Ok(response) => format!(
            "it returned status {} with {} bytes, Retry-After {:?}, Date {:?}",
            response.status,
            response.body.len(),
            response.retry_after,
            response.date
        ),
        Err(error) => format!("it returned an error of kind `{:?}`", error.kind()),
    }
}

fn shows_secret(error: &TransportError) -> bool {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!("{cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    shown.contains(SECRET)
}
