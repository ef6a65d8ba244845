//! One call as a state machine, from the request to the result. Drivers only send and wait.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::value::RawValue;
use tim_transport::{ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_types::{
    CALLS_PER_SECOND, CommandInfo, DecodeError, Decoded, Empty, Endpoint, Envelope, ErrorCode, Paged, ResponseBody,
};

use super::call_state::{CallAction, CallState, Command};
use super::{Engine, Stop};
use crate::error::{Decision, decide_code, status_takes_precedence};
use crate::rate_limit::Pending;
use crate::trace::{CallSpan, Span};
use crate::{Error, ErrorKind, Limits};

/// What the driver of a call has to do next.
pub(crate) enum Step<R> {
    /// Wait this long.
    Wait(Duration),
    /// Wait for the notification, but no longer than this.
    WaitFor(Pending, Duration),
    /// Send this request in this span, and pass the result to [`Call::on_response`]. If the
    /// transport is not done after `limit`, it has ignored the limit of the request: drop the
    /// future and call [`Call::on_timeout`].
    Send { request: Request, limit: Duration, span: Span },
    /// The call is over.
    Done(Result<R, Error>),
}

/// The response to a call by name, as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawResponse {
    /// The envelope. Its code can be that of a rejection.
    pub envelope: Envelope,
    /// The complete body. U+FFFD replaces bytes that are not UTF-8.
    pub text: String,
    /// The complete body, if it is not UTF-8.
    not_utf8: Option<Vec<u8>>,
}

impl RawResponse {
    /// The bytes of the body. Only the signatures of the call are replaced, by `[redacted]`.
    pub fn bytes(&self) -> &[u8] {
        self.not_utf8.as_deref().unwrap_or(self.text.as_bytes())
    }
}

/// Reads a body: its content, or why that cannot be read, and the envelope.
type Read<R> = fn(&[u8]) -> Result<(Result<R, DecodeError>, Envelope), DecodeError>;

/// The readable part of a page and, if the list cannot continue after it, the reason.
pub(crate) type PageRead<E> = (<E as Endpoint>::Response, Option<DecodeError>);

/// One call.
pub(crate) struct Call<'a, R> {
    state: CallState<'a>,
    service: &'a str,
    read: Read<R>,
    /// Whether a rejection is a result too, as for a call by name.
    keeps_rejections: bool,
    rejected: Option<R>,
    result: Option<R>,
}

/// How a client makes calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallOptions {
    pub(crate) limits: Limits,
    /// Whether requests are checked before they are sent.
    pub(crate) validates: bool,
}

impl Engine {
    /// A call with a typed request. Fails if the request is invalid.
    pub(crate) fn typed<E: Endpoint>(&self, request: &E, options: CallOptions) -> Result<Call<'_, E::Response>, Error> {
        self.call(request, options, |bytes| {
            let decoded = Decoded::<E::Response>::decode(bytes)?;
            let mut envelope = decoded.envelope.clone();
            let body = decoded.into_result();
            let is_retried = match decide_code(envelope.code, E::SERVICE) {
                Decision::GiveUp => false,
                Decision::Retry { .. } => E::IDEMPOTENT,
                _ => true,
            };
            let has_targets = body.as_ref().is_ok_and(ResponseBody::reports_rejected_targets);
            if !envelope.is_ok() && has_targets && !is_retried {
                // The rejection only reports that all targets failed. Each target has its own code.
                (envelope.status, envelope.code) = (None, ErrorCode::OK);
            }
            Ok((body, envelope))
        })
    }

    /// A call for a page. Its entries are returned even if the cursor of the next page cannot be
    /// read.
    pub(crate) fn paged<E: Paged>(&self, request: &E, options: CallOptions) -> Result<Call<'_, PageRead<E>>, Error> {
        self.call(request, options, |bytes| {
            let mut decoded = Decoded::<E::Response>::decode(bytes)?;
            let envelope = decoded.envelope.clone();
            let page = match decoded.body.take() {
                Some(body) => Ok((body, decoded.problem)),
                None => decoded.into_result().map(|body| (body, None)),
            };
            Ok((page, envelope))
        })
    }

    fn call<E: Endpoint, R>(&self, request: &E, options: CallOptions, read: Read<R>) -> Result<Call<'_, R>, Error> {
        let fail = |kind| Error::new(E::SERVICE, E::COMMAND, 0, kind);
        if options.validates {
            request.validate().map_err(|error| fail(ErrorKind::Invalid(error)))?;
        }
        let body = serde_json::to_vec(request)
            .map_err(|_| fail(ErrorKind::InvalidCall("the request cannot be written as JSON")))?;
        let (calls_per_second, idempotent) = (E::CALLS_PER_SECOND, E::IDEMPOTENT);
        let command = Command { service: E::SERVICE, name: E::COMMAND, calls_per_second, idempotent };
        Ok(Call::new(CallState::new(self, command, body, options.limits), E::SERVICE, read, false))
    }

    /// A call by name. Its result is the response as it was received, even if the call was
    /// rejected.
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
        let info = CommandInfo::find(service, name);
        let calls_per_second = info.map_or(CALLS_PER_SECOND, |info| info.calls_per_second);
        let idempotent = info.is_some_and(|info| info.idempotent);
        let command = Command { service, name, calls_per_second, idempotent };
        let read = |bytes: &[u8]| {
            let envelope = Decoded::<Empty>::decode(bytes)?.envelope;
            let text = String::from_utf8_lossy(bytes);
            let not_utf8 = matches!(text, Cow::Owned(_)).then(|| bytes.to_vec());
            let response = RawResponse { envelope: envelope.clone(), text: text.into_owned(), not_utf8 };
            Ok((Ok(response), envelope))
        };
        Ok(Call::new(CallState::new(self, command, body.into(), limits), service, read, true))
    }
}

impl<'a, R> Call<'a, R> {
    fn new(state: CallState<'a>, service: &'a str, read: Read<R>, keeps_rejections: bool) -> Self {
        Self { state, service, read, keeps_rejections, rejected: None, result: None }
    }

    /// Makes this call part of a batch: if `stop` is set, the call ends before its first request.
    pub(crate) fn stopped_by(self, stop: Stop) -> Self {
        Self { state: self.state.stopped_by(stop), ..self }
    }

    /// The signal that ends [`Step::Wait`] and [`Step::WaitFor`] early.
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
            CallAction::WaitFor(pending, at_most) => Step::WaitFor(pending, at_most),
            CallAction::Send(request, span) => {
                let limit = request.time_limit();
                Step::Send { request, limit, span }
            }
            CallAction::Fail(error) => Step::Done(self.rejected.take().ok_or(error)),
        }
    }

    /// Takes the result of the transport.
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

    /// Reports that the transport did not end within `limit` of [`Step::Send`]. This counts as a
    /// timeout of the transport.
    pub(crate) fn on_timeout(&mut self, limit: Duration, now: ClockReading) {
        let detail = format!("the transport did not end within {limit:?}");
        self.on_response(Err(TransportError::new(TransportErrorKind::Timeout, detail)), now);
    }

    /// A body that cannot be read is an error only if the call succeeded. A rejection is in the
    /// envelope, whatever the body and the HTTP status are.
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
