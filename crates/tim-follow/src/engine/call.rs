//! One call, from the request to its result, as a state machine: drivers send and wait, and decide nothing.

use std::time::Duration;

use serde_json::value::RawValue;
use tim_transport::{Moment, Phase, Request, Response, TransportError};
use tim_types::{Answer, CALLS_PER_SECOND, DecodeError, Empty, Endpoint, Envelope};

use super::Engine;
use super::flight::{Command, Flight, Next};
use crate::quota::Asked;
use crate::trace::{CallSpan, Span};
use crate::{Error, ErrorKind, Limits};

/// What a driver has to do next.
pub(crate) enum Step<R> {
    /// Sleep this long.
    Wait(Duration),
    /// Wait until this is answered, but no longer than that.
    Ask(Asked, Duration),
    /// Send this, in this span, and hand what comes back to [`Call::answer`]. A transport that is not done after `limit` has
    /// ignored the limit of the request: drop it and call [`Call::no_answer`].
    Send { request: Request, limit: Duration, span: Span },
    /// The call is over.
    Done(Result<R, Error>),
}

/// An answer as it came, to a call by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The envelope; its code may be a refusal.
    pub envelope: Envelope,
    /// The whole answer.
    pub text: String,
}

/// How the bytes of an answer are read.
type Read<R> = fn(&[u8]) -> Result<(R, Envelope), DecodeError>;

/// One call on its way to its result.
pub(crate) struct Call<'a, R> {
    flight: Flight<'a>,
    read: Read<R>,
    /// Whether a refusal is a result too, as for a call by name.
    keeps_refusals: bool,
    refused: Option<R>,
    result: Option<R>,
}

impl Engine {
    /// A call of a command that has a type. Fails when the request is one that the service would refuse.
    pub(crate) fn typed<E: Endpoint>(&self, request: &E, limits: Limits) -> Result<Call<'_, E::Response>, Error> {
        let fail = |kind| Error::new(E::SERVICE, E::COMMAND, 0, kind);
        request.validate().map_err(|error| fail(ErrorKind::Invalid(error)))?;
        let body = serde_json::to_vec(request)
            .map_err(|_| fail(ErrorKind::InvalidCall("the request cannot be written as JSON")))?;
        let command = Command { service: E::SERVICE, name: E::COMMAND, calls_per_second: E::CALLS_PER_SECOND };
        let read = |bytes: &[u8]| Answer::<E::Response>::decode(bytes).map(|answer| (answer.body, answer.envelope));
        Ok(Call::new(Flight::new(self, command, body, limits), read, false))
    }

    /// A call by name. Its result is the answer as it came, a refusal too.
    pub(crate) fn raw<'a>(
        &'a self,
        service: &'a str,
        name: &'a str,
        body: &str,
        limits: Limits,
    ) -> Result<Call<'a, RawAnswer>, Error> {
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
            let Answer { envelope, .. } = Answer::<Empty>::decode(bytes)?;
            let text = String::from_utf8_lossy(bytes).into_owned();
            Ok((RawAnswer { envelope: envelope.clone(), text }, envelope))
        };
        Ok(Call::new(Flight::new(self, command, body.into(), limits), read, true))
    }
}

impl<'a, R> Call<'a, R> {
    fn new(flight: Flight<'a>, read: Read<R>, keeps_refusals: bool) -> Self {
        Self { flight, read, keeps_refusals, refused: None, result: None }
    }

    /// The span to drive this call in.
    pub(crate) fn span(&self) -> CallSpan {
        self.flight.span()
    }

    /// What to do next.
    pub(crate) fn step(&mut self, now: Moment) -> Step<R> {
        if let Some(result) = self.result.take() {
            return Step::Done(Ok(result));
        }
        match self.flight.step(now) {
            Next::Wait(time) => Step::Wait(time),
            Next::Ask(asked, at_most) => Step::Ask(asked, at_most),
            Next::Send(request, span) => {
                let limit = request.time_limit();
                Step::Send { request, limit, span }
            }
            Next::Fail(error) => Step::Done(self.refused.take().ok_or(error)),
        }
    }

    /// Takes what came back.
    pub(crate) fn answer(&mut self, response: Result<Response, TransportError>, now: Moment) {
        self.refused = None;
        if let Ok(response) = &response {
            self.flight.has_status(response.status);
        }
        match response.map_err(ErrorKind::Transport).and_then(|response| self.read(&response, now)) {
            Ok((result, envelope)) if envelope.is_ok() => {
                self.flight.succeeded(now);
                self.result = Some(result);
            }
            Ok((result, Envelope { code, info, request_id, .. })) => {
                self.refused = self.keeps_refusals.then_some(result);
                let info = info.unwrap_or_default();
                self.flight.failed(ErrorKind::Api { code, info, request_id, fresh_signature: None }, now);
            }
            Err(kind) => self.flight.failed(kind, now),
        }
    }

    /// The transport did not end within the time of [`Step::Send`]: the same as a timeout that it reports.
    pub(crate) fn no_answer(&mut self, limit: Duration, now: Moment) {
        let problem = format!("the transport did not end within {limit:?}");
        self.answer(Err(TransportError::new(Phase::Timeout, problem)), now);
    }

    fn read(&self, response: &Response, now: Moment) -> Result<(R, Envelope), ErrorKind> {
        let Response { status, ref body, .. } = *response;
        let retry_after = response.wait(now.unix);
        let not_an_answer = |source| ErrorKind::Decode { status, body_bytes: body.len(), retry_after, source };
        if !(200..300).contains(&status) {
            return Err(not_an_answer(None));
        }
        (self.read)(body).map_err(|error| not_an_answer(Some(error)))
    }
}
