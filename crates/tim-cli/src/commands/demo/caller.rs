//! The two clients with the same interface, and a record of the last bodies on the wire.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{ClockReading, Request, ReqwestTransport, Response, TransportError, UreqTransport};
use tim_follow::{BlockingTransport, Client, Config, Endpoint, Error, RawResponse, Transport, blocking};
use tokio::runtime::Runtime;

use crate::exit::Failure;

/// Sends calls with one of the clients, and records the bodies.
pub(super) struct Caller<'a> {
    client: Either<'a>,
    tape: Arc<Tape>,
}

enum Either<'a> {
    Asynchronous(&'a Runtime, Client),
    Blocking(blocking::Client),
}

impl<'a> Caller<'a> {
    pub(super) fn asynchronous(runtime: &'a Runtime, config: Config) -> Result<Self, Failure> {
        let transport = ReqwestTransport::new(&config.transport_options()).map_err(tim_follow::ConfigError::from)?;
        let tape = Arc::new(Tape::default());
        let client = Client::with_transport(config, Arc::new(Recorder { transport, tape: tape.clone() }))?;
        Ok(Self { client: Either::Asynchronous(runtime, client), tape })
    }

    pub(super) fn blocking(config: Config) -> Result<Self, Failure> {
        let transport = UreqTransport::new(&config.transport_options()).map_err(tim_follow::ConfigError::from)?;
        let tape = Arc::new(Tape::default());
        let client = blocking::Client::with_transport(config, Arc::new(Recorder { transport, tape: tape.clone() }))?;
        Ok(Self { client: Either::Blocking(client), tape })
    }

    pub(super) fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match &self.client {
            Either::Asynchronous(runtime, client) => runtime.block_on(client.send(request)),
            Either::Blocking(client) => client.send(request),
        }
    }

    pub(super) fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        match &self.client {
            Either::Asynchronous(runtime, client) => runtime.block_on(client.call(service, command, body)),
            Either::Blocking(client) => client.call(service, command, body),
        }
    }

    /// The bodies of the last call, as they were sent.
    pub(super) fn last(&self) -> Exchange {
        self.tape.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The bodies of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Exchange {
    pub(super) request: String,
    pub(super) response: String,
}

#[derive(Debug, Default)]
struct Tape(Mutex<Exchange>);

impl Tape {
    fn record(&self, request: &[u8], response: &Result<Response, TransportError>) {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        let response = response.as_ref().map(|response| text(&response.body)).unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Exchange { request: text(request), response };
    }
}

/// Forwards to another transport and records the bodies, but not the URL, which contains the
/// signature.
#[derive(Debug)]
struct Recorder<T> {
    transport: T,
    tape: Arc<Tape>,
}

#[async_trait]
impl<T: Transport> Transport for Recorder<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = request.body().to_vec();
        let response = self.transport.send(request).await;
        self.tape.record(&sent, &response);
        response
    }

    async fn sleep(&self, time: Duration) {
        self.transport.sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        self.transport.now()
    }
}

impl<T: BlockingTransport> BlockingTransport for Recorder<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = request.body().to_vec();
        let response = self.transport.send(request);
        self.tape.record(&sent, &response);
        response
    }

    fn sleep(&self, time: Duration) {
        self.transport.sleep(time);
    }

    fn now(&self) -> ClockReading {
        self.transport.now()
    }
}
