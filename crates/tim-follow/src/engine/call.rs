//! One call, from the request to its result, as a state machine: drivers send and wait, and decide nothing.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::value::RawValue;
use tim_transport::{ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_types::{CALLS_PER_SECOND, DecodeError, Decoded, Empty, Endpoint, Envelope, Paged};

use super::call_state::{CallAction, CallState, Command};
use super::{Engine, Stop};
use crate::error::status_takes_precedence;
use crate::rate_limit::Pending;
use crate::trace::{CallSpan, Span};
use crate::{Error, ErrorKind, Limits};

/// What a driver has to do next.
pub(crate) enum Step<R> {
    /// Sleep this long.
    Wait(Duration),
    /// Wait until this is answered, but no longer than that.
    WaitFor(Pending, Duration),
    /// Send this, in this span, and hand what comes back to [`Call::answer`]. A transport that is not done after `limit` has
    /// ignored the limit of the request: drop it and call [`Call::no_answer`].
    Send { request: Request, limit: Duration, span: Span },
    /// The call is over.
    Done(Result<R, Error>),
}

/// An answer as it came, to a call by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawResponse {
    /// The envelope; its code may be a refusal.
    pub envelope: Envelope,
    /// The whole answer; bytes that are not UTF-8 are replaced by U+FFFD.
    pub text: String,
    /// The whole answer where `text` is not exactly that.
    not_text: Option<Vec<u8>>,
}

impl RawResponse {
    /// The whole answer byte for byte, except that `[redacted]` replaces the signatures of the call.
    pub fn bytes(&self) -> &[u8] {
        self.not_text.as_deref().unwrap_or(self.text.as_bytes())
    }
}

/// How the bytes of an answer are read: what it holds, or why that cannot be read, behind the envelope.
type Read<R> = fn(&[u8]) -> Result<(Result<R, DecodeError>, Envelope), DecodeError>;

/// A page as far as it can be read, and why the next one cannot be asked for.
pub(crate) type PageRead<E> = (<E as Endpoint>::Response, Option<DecodeError>);

/// One call on its way to its result.
pub(crate) struct Call<'a, R> {
    state: CallState<'a>,
    service: &'a str,
    read: Read<R>,
    /// Whether a refusal is a result too, as for a call by name.
    keeps_rejections: bool,
    rejected: Option<R>,
    result: Option<R>,
}

impl Engine {
    /// A call of a command that has a type. Fails when the request is one that the service would refuse.
    pub(crate) fn typed<E: Endpoint>(&self, request: &E, limits: Limits) -> Result<Call<'_, E::Response>, Error> {
        self.call(request, limits, |bytes| {
            let reading = Decoded::<E::Response>::decode(bytes)?;
            let envelope = reading.envelope.clone();
            Ok((reading.into_result(), envelope))
        })
    }

    /// A call for a page, whose entries are of use even when the cursor of the next page cannot be read.
    pub(crate) fn paged<E: Paged>(&self, request: &E, limits: Limits) -> Result<Call<'_, PageRead<E>>, Error> {
        self.call(request, limits, |bytes| {
            let mut reading = Decoded::<E::Response>::decode(bytes)?;
            let envelope = reading.envelope.clone();
            let page = match reading.body.take() {
                Some(body) => Ok((body, reading.problem)),
                None => reading.into_result().map(|body| (body, None)),
            };
            Ok((page, envelope))
        })
    }

    fn call<E: Endpoint, R>(&self, request: &E, limits: Limits, read: Read<R>) -> Result<Call<'_, R>, Error> {
        let fail = |kind| Error::new(E::SERVICE, E::COMMAND, 0, kind);
        request.validate().map_err(|error| fail(ErrorKind::Invalid(error)))?;
        let body = serde_json::to_vec(request)
            .map_err(|_| fail(ErrorKind::InvalidCall("the request cannot be written as JSON")))?;
        let command = Command { service: E::SERVICE, name: E::COMMAND, calls_per_second: E::CALLS_PER_SECOND };
        Ok(Call::new(CallState::new(self, command, body, limits), E::SERVICE, read, false))
    }

    /// A call by name. Its result is the answer as it came, a refusal too.
    pub(crate) fn raw<'a>(
        &'a self,
        service: &'a str,
        name: &'a str,
        body: &str,
        limits: Limits,
    ) -> Result<Call<'a, RawResponse>, Error> {
        let fail = |problem| Error::new(service, name, 0, ErrorKind::InvalidCall(problem));
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        if !is_name(service) || !is_name(name) {
            return Err(fail("service and command are letters, digits and _, for example follow and follow_check"));
        }
        let body = body.trim();
        if !body.starts_with('{') || serde_json::from_str::<&RawValue>(body).is_err() {
            return Err(fail("the body must be a JSON object; write {} for an empty one"));
        }
        let command = Command { service, name, calls_per_second: CALLS_PER_SECOND };
        let read = |bytes: &[u8]| {
            let envelope = Decoded::<Empty>::decode(bytes)?.envelope;
            let text = String::from_utf8_lossy(bytes);
            let not_text = matches!(text, Cow::Owned(_)).then(|| bytes.to_vec());
            let answer = RawResponse { envelope: envelope.clone(), text: text.into_owned(), not_text };
            Ok((Ok(answer), envelope))
        };
        Ok(Call::new(CallState::new(self, command, body.into(), limits), service, read, true))
    }
}

impl<'a, R> Call<'a, R> {
    fn new(flight: CallState<'a>, service: &'a str, read: Read<R>, keeps_rejections: bool) -> Self {
        Self { state: flight, service, read, keeps_rejections: keeps_rejections, rejected: None, result: None }
    }

    /// The same call as part of a batch that `stop` ends.
    pub(crate) fn stopped_by(self, stop: Stop) -> Self {
        Self { state: self.state.stopped_by(stop), ..self }
    }

    /// What ends [`Step::Wait`] and [`Step::Ask`] early.
    pub(crate) fn stop(&self) -> Stop {
        self.state.stop()
    }

    /// The span to drive this call in.
    pub(crate) fn span(&self) -> CallSpan {
        self.state.span()
    }

    /// What to do next.
    pub(crate) fn step(&mut self, now: ClockReading) -> Step<R> {
        if let Some(result) = self.result.take() {
            return Step::Done(Ok(result));
        }
        match self.state.step(now) {
            CallAction::Wait(time) => Step::Wait(time),
            CallAction::WaitFor(asked, at_most) => Step::WaitFor(asked, at_most),
            CallAction::Send(request, span) => {
                let limit = request.time_limit();
                Step::Send { request, limit, span }
            }
            CallAction::Fail(error) => Step::Done(self.rejected.take().ok_or(error)),
        }
    }

    /// Takes what came back.
    pub(crate) fn on_response(&mut self, response: Result<Response, TransportError>, now: ClockReading) {
        self.rejected = None;
        if let Ok(response) = &response {
            self.state.record_status(response.status);
        }
        match self.state.redacted(response).map_err(ErrorKind::Transport).and_then(|response| self.read(&response, now))
        {
            Ok((result, envelope)) if envelope.is_ok() => {
                self.state.on_success(&envelope, now);
                self.result = result;
            }
            Ok((result, envelope)) => {
                self.rejected = result.filter(|_| self.keeps_rejections);
                self.state.on_failure(ErrorKind::rejected(envelope), now);
            }
            Err(kind) => self.state.on_failure(kind, now),
        }
    }

    /// The transport did not end within the time of [`Step::Send`]: the same as a timeout that it reports.
    pub(crate) fn on_timeout(&mut self, limit: Duration, now: ClockReading) {
        let problem = format!("the transport did not end within {limit:?}");
        self.on_response(Err(TransportError::new(TransportErrorKind::Timeout, problem)), now);
    }

    /// A body that cannot be read is an error only when the service did what was asked: a rejection is in the envelope,
    /// whatever the HTTP status is.
    fn read(&self, response: &Response, now: ClockReading) -> Result<(Option<R>, Envelope), ErrorKind> {
        let Response { status, ref body, .. } = *response;
        let body_bytes = body.len();
        if !(200..300).contains(&status) {
            let by_status = ErrorKind::Http { status, body_bytes, retry_after: response.wait(now.unix) };
            return match (self.read)(body) {
                Ok((result, envelope))
                    if !envelope.is_ok() && !status_takes_precedence(&by_status, envelope.code, self.service) =>
                {
                    Ok((result.ok(), envelope))
                }
                _ => Err(by_status),
            };
        }
        let unreadable = |source| ErrorKind::Decode { status, body_bytes, source };
        match (self.read)(body).map_err(unreadable)? {
            (Err(problem), envelope) if envelope.is_ok() => Err(unreadable(problem)),
            (result, envelope) => Ok((result.ok(), envelope)),
        }
    }
}
