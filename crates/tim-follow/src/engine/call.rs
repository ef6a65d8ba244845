//! One call, from the request to its result, as a state machine: drivers send and wait, and decide nothing.

use serde_json::value::RawValue;
use tim_transport::{Moment, Request, Response, TransportError};
use tim_types::{Answer, DecodeError, Empty, Endpoint, Envelope};

use super::Engine;
use crate::{Error, ErrorKind};

/// What a driver has to do next.
pub(crate) enum Step<R> {
    /// Send this and hand what comes back to [`Call::answer`].
    Send(Request),
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

/// One call on its way to its result.
pub(crate) struct Call<'a, R> {
    engine: &'a Engine,
    service: &'a str,
    command: &'a str,
    body: Vec<u8>,
    read: fn(&[u8]) -> Result<Reading<R>, DecodeError>,
    attempts: u32,
    result: Option<Result<R, ErrorKind>>,
}

/// What a body says.
enum Reading<R> {
    Result(R),
    Refusal(Envelope),
}

impl Engine {
    /// A call of a command that has a type. Fails when the request is one that the service would refuse.
    pub(crate) fn typed<E: Endpoint>(&self, request: &E) -> Result<Call<'_, E::Response>, Error> {
        let fail = |kind| Error::new(E::SERVICE, E::COMMAND, 0, kind);
        request.validate().map_err(|error| fail(ErrorKind::Invalid(error)))?;
        let body = serde_json::to_vec(request)
            .map_err(|_| fail(ErrorKind::InvalidCall("the request cannot be written as JSON")))?;
        Ok(Call::new(self, E::SERVICE, E::COMMAND, body, |bytes| {
            let Answer { body, envelope } = Answer::<E::Response>::decode(bytes)?;
            Ok(if envelope.is_ok() { Reading::Result(body) } else { Reading::Refusal(envelope) })
        }))
    }

    /// A call by name. Its result is the answer as it came, a refusal too.
    pub(crate) fn raw<'a>(
        &'a self,
        service: &'a str,
        command: &'a str,
        body: &str,
    ) -> Result<Call<'a, RawAnswer>, Error> {
        let fail = |problem| Error::new(service, command, 0, ErrorKind::InvalidCall(problem));
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        if !is_name(service) || !is_name(command) {
            return Err(fail("service and command are letters, digits and _, for example follow and follow_check"));
        }
        let body = body.trim();
        if !body.starts_with('{') || serde_json::from_str::<&RawValue>(body).is_err() {
            return Err(fail("the body must be a JSON object; write {} for an empty one"));
        }
        Ok(Call::new(self, service, command, body.as_bytes().to_vec(), |bytes| {
            let Answer { envelope, .. } = Answer::<Empty>::decode(bytes)?;
            Ok(Reading::Result(RawAnswer { envelope, text: String::from_utf8_lossy(bytes).into_owned() }))
        }))
    }
}

impl<'a, R> Call<'a, R> {
    fn new(
        engine: &'a Engine,
        service: &'a str,
        command: &'a str,
        body: Vec<u8>,
        read: fn(&[u8]) -> Result<Reading<R>, DecodeError>,
    ) -> Self {
        Self { engine, service, command, body, read, attempts: 0, result: None }
    }

    /// What to do next.
    pub(crate) fn step(&mut self, now: Moment) -> Step<R> {
        if let Some(result) = self.result.take() {
            let fail = |kind| Error::new(self.service, self.command, self.attempts, kind);
            return Step::Done(result.map_err(fail));
        }
        match self.engine.url(self.service, self.command, now) {
            Ok(url) => {
                self.attempts += 1;
                Step::Send(Request::post(url, self.body.as_slice()).timeout(self.engine.attempt_timeout))
            }
            Err(error) => {
                let kind = ErrorKind::Signing(error);
                Step::Done(Err(Error::new(self.service, self.command, self.attempts, kind)))
            }
        }
    }

    /// Takes what came back.
    pub(crate) fn answer(&mut self, response: Result<Response, TransportError>) {
        self.result = Some(response.map_err(ErrorKind::Transport).and_then(|response| self.judge(&response)));
    }

    fn judge(&self, response: &Response) -> Result<R, ErrorKind> {
        let not_an_answer =
            |source| ErrorKind::Decode { status: response.status, body_bytes: response.body.len(), source };
        if !(200..300).contains(&response.status) {
            return Err(not_an_answer(None));
        }
        match (self.read)(&response.body).map_err(|error| not_an_answer(Some(error)))? {
            Reading::Result(result) => Ok(result),
            Reading::Refusal(Envelope { code, info, request_id, .. }) => {
                Err(ErrorKind::Api { code, info: info.unwrap_or_default(), request_id })
            }
        }
    }
}
