//! Delivers webhooks. Delivery does not block calls, so a slow or broken receiver delays no call.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tim_types::SdkAppId;
use tim_types::webhook::Query;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::counts::Counts;
use super::{Endpoint, Webhook};
use crate::clock::Clock;

/// Maximum time for the response of a receiver; documented.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum size of the body of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// An event to deliver.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) command: &'static str,
    pub(super) body: Bytes,
    pub(super) client_ip: IpAddr,
    /// The value of `OptPlatform`.
    pub(super) platform: &'static str,
}

/// Sends events to one URL, one after another over one connection. Each worker of a URL serves a
/// part of the users.
pub(super) struct DeliveryWorker {
    pub(super) webhook: Arc<Webhook>,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) waiting: Receiver<Delivery>,
    pub(super) counts: Arc<Counts>,
    pub(super) sdkappid: SdkAppId,
    pub(super) clock: Arc<Clock>,
}

impl DeliveryWorker {
    /// Delivers events until the receiver is removed or the emulator stops, and the queue is empty.
    pub(super) async fn run(mut self) {
        let mut connection = None;
        while let Some(delivery) = self.waiting.recv().await {
            let result = self.deliver(&mut connection, &delivery).await;
            self.counts.ended(result);
        }
    }

    /// Retries only after a timeout, as the service does with its switch for retries.
    async fn deliver(&self, connection: &mut Option<Connection>, delivery: &Delivery) -> Result<(), String> {
        for _ in 0..=self.webhook.retries {
            let target = self.target(delivery);
            if let Ok(sent) = timeout(TIMEOUT, self.send(connection, &target, delivery)).await {
                return sent;
            }
        }
        Err(format!("no response within {} seconds", TIMEOUT.as_secs()))
    }

    fn target(&self, delivery: &Delivery) -> String {
        let now = self.clock.now().unix();
        let token = self.webhook.token.as_ref();
        let query = Query {
            sdkappid: self.sdkappid,
            command: delivery.command.to_owned(),
            content_type: "json".to_owned(),
            client_ip: delivery.client_ip.to_string(),
            platform: delivery.platform.to_owned(),
            sign: token.map(|token| token.sign(now)),
            request_time: token.map(|_| now),
        };
        format!("{}?{query}", self.endpoint.path)
    }

    async fn send(&self, kept: &mut Option<Connection>, target: &str, delivery: &Delivery) -> Result<(), String> {
        let request = Request::post(target)
            .header(HOST, &self.endpoint.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(delivery.body.clone()))
            .map_err(|error| error.to_string())?;
        // Takes the connection out of `kept`, so that a connection that fails or times out is not
        // used again. The receiver may have closed a kept connection in the meantime. This is not a
        // failure: the request is sent again over a new connection.
        let reused = match kept.take() {
            Some(mut connection) => {
                connection.send_request(request.clone()).await.ok().map(|response| (response, connection))
            }
            None => None,
        };
        let (response, connection) = match reused {
            Some(sent) => sent,
            None => {
                let mut connection = self.connect().await?;
                let response = connection.send_request(request).await.map_err(|error| error.to_string())?;
                (response, connection)
            }
        };
        let status = response.status();
        let body =
            Limited::new(response.into_body(), MAX_RESPONSE).collect().await.map_err(|error| error.to_string())?;
        *kept = Some(connection);
        if status != StatusCode::OK {
            return Err(format!("the receiver returned HTTP {status}"));
        }
        let json = serde_json::from_slice::<IgnoredAny>(&body.to_bytes());
        json.map(drop).map_err(|error| format!("the response of the receiver is not JSON: {error}"))
    }

    async fn connect(&self) -> Result<Connection, String> {
        let Endpoint { host, port, .. } = &*self.endpoint;
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| error.to_string())?;
        let _ = stream.set_nodelay(true);
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

type Connection = SendRequest<Full<Bytes>>;
