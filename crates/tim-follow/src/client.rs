//! The asynchronous client.

use std::sync::Arc;

use tim_transport::Transport;
use tim_types::{Cursor, Endpoint, Paged};

use crate::engine::{Call, Engine, RawAnswer, Step};
use crate::pages::{Page, PageError, Walk};
use crate::{Config, ConfigError, Error, Limits};

/// Sends the calls of one app. Clones are cheap and share connections and signature.
#[derive(Debug, Clone)]
pub struct Client {
    engine: Arc<Engine>,
    limits: Limits,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// A client on reqwest. It works inside a tokio runtime.
    ///
    /// # Errors
    /// A setting that cannot work; see [`ConfigError`].
    #[cfg(feature = "reqwest")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = tim_transport::ReqwestTransport::new(&config.transport_options())?;
        Self::with_transport(config, Arc::new(transport))
    }

    /// A client on a transport of your own.
    ///
    /// # Errors
    /// A setting that cannot work; see [`ConfigError`].
    pub fn with_transport(config: Config, transport: Arc<dyn Transport>) -> Result<Self, ConfigError> {
        let limits = config.limits;
        let engine = Arc::new(Engine::new(config, transport.now())?);
        Ok(Self { engine, limits, transport })
    }

    /// The same client, sharing everything, with other bounds for its calls.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// Sends one call and waits for its result.
    ///
    /// A result does not say that every target was done: look at the result of each item.
    ///
    /// # Errors
    /// [`Error`] says what happened. A request that the service would refuse is not sent.
    pub async fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.limits)?).await
    }

    /// Walks through a list, page by page, from where `request` starts.
    pub fn pages<E: Paged>(&self, request: E) -> Pages<E> {
        Pages { client: self.clone(), walk: Walk::new(request) }
    }

    /// Sends any command by name with a body in JSON and returns the answer as it came, a refusal too.
    ///
    /// # Errors
    /// There was no answer of the service, or `body` is no JSON object.
    pub async fn call(&self, service: &str, command: &str, body: &str) -> Result<RawAnswer, Error> {
        self.drive(self.engine.raw(service, command, body, self.limits)?).await
    }

    async fn drive<R>(&self, mut call: Call<'_, R>) -> Result<R, Error> {
        loop {
            match call.step(self.transport.now()) {
                Step::Wait(time) => self.transport.sleep(time).await,
                Step::Send(request) => {
                    let answer = self.transport.send(request).await;
                    call.answer(answer, self.transport.now());
                }
                Step::Done(result) => return result,
            }
        }
    }
}

/// A list on its way, page by page.
#[derive(Debug)]
pub struct Pages<E> {
    client: Client,
    walk: Walk<E>,
}

impl<E: Paged> Pages<E> {
    /// The next page; `None` after the last one, and after an error.
    ///
    /// The error holds the cursor from which a new walk can go on.
    pub async fn next(&mut self) -> Option<Result<Page<E::Item>, PageError>> {
        let request = match self.walk.request()? {
            Ok(request) => request,
            Err(error) => return Some(Err(error)),
        };
        let answer = match self.client.engine.typed(request, self.client.limits) {
            Ok(call) => self.client.drive(call).await,
            Err(error) => Err(error),
        };
        Some(self.walk.page(answer))
    }

    /// Where the next page starts.
    pub fn cursor(&self) -> &Cursor {
        self.walk.cursor()
    }
}
