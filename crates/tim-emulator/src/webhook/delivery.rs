//! Sending webhooks, apart from the calls that cause them: a receiver that is slow, broken or gone delays none.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tim_types::SdkAppId;
use tim_types::webhook::{Event, Query};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use super::{Endpoint, Webhook, WebhookStatus};
use crate::clock::Clock;
use crate::lock::locked;

/// How long a receiver may take; documented.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The events of one user go through the same queue, so they keep their order.
const QUEUES: usize = 4;
/// How many may wait in a queue; what comes then is lost.
const MAX_WAITING: usize = 1000;
/// More of an answer is not read.
const MAX_ANSWER: usize = 64 * 1024;

/// Everybody who is told.
#[derive(Debug, Default)]
pub(crate) struct Webhooks(Vec<Hook>);

#[derive(Debug)]
struct Hook {
    webhook: Arc<Webhook>,
    queues: Vec<Sender<Delivery>>,
    status: Arc<Mutex<WebhookStatus>>,
}

/// One event on its way.
#[derive(Debug)]
struct Delivery {
    command: &'static str,
    body: Bytes,
    client_ip: IpAddr,
}

/// What sends the events of some users to one URL, one after another over one connection.
pub(crate) struct DeliveryWorker {
    webhook: Arc<Webhook>,
    endpoint: Arc<Endpoint>,
    waiting: Receiver<Delivery>,
    status: Arc<Mutex<WebhookStatus>>,
    sdkappid: SdkAppId,
    clock: Arc<Clock>,
}

impl Webhooks {
    /// The webhooks, and the queues that are to [`run`](Lane::run); or the URL that is wrong and why.
    pub(crate) fn new(
        webhooks: Vec<Webhook>,
        sdkappid: SdkAppId,
        clock: &Arc<Clock>,
    ) -> Result<(Self, Vec<DeliveryWorker>), (String, &'static str)> {
        let (mut hooks, mut workers) = (Vec::new(), Vec::new());
        for webhook in webhooks {
            let endpoint = Arc::new(webhook.endpoint().map_err(|reason| (shown(&webhook.url), reason))?);
            let status = WebhookStatus {
                url: webhook.url.clone(),
                delivered: 0,
                failed: 0,
                lost: 0,
                waiting: 0,
                last_failure: None,
            };
            let (webhook, status) = (Arc::new(webhook), Arc::new(Mutex::new(status)));
            let mut queues = Vec::new();
            for _ in 0..QUEUES {
                let (sender, waiting) = channel(MAX_WAITING);
                queues.push(sender);
                let (webhook, endpoint, status) = (Arc::clone(&webhook), Arc::clone(&endpoint), Arc::clone(&status));
                workers.push(DeliveryWorker { webhook, endpoint, waiting, status, sdkappid, clock: Arc::clone(clock) });
            }
            hooks.push(Hook { webhook, queues, status });
        }
        Ok((Self(hooks), workers))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What became of them.
    pub(crate) fn status(&self) -> Vec<WebhookStatus> {
        self.0.iter().map(|hook| locked(&hook.status).clone()).collect()
    }

    /// Tells everybody who wants to know; never waits.
    pub(crate) fn send(&self, event: &Event, client_ip: IpAddr) {
        let mut hasher = DefaultHasher::new();
        event.user().hash(&mut hasher);
        let queue = hasher.finish() as usize % QUEUES;
        let body = Bytes::from(serde_json::to_string(event).unwrap_or_default());
        for hook in self.0.iter().filter(|hook| hook.webhook.wants(event)) {
            let notice = Delivery { command: event.command(), body: body.clone(), client_ip };
            let taken = hook.queues[queue].try_send(notice).is_ok();
            let mut status = locked(&hook.status);
            *(if taken { &mut status.waiting } else { &mut status.lost }) += 1;
        }
    }
}

impl DeliveryWorker {
    /// Sends what comes, until the emulator stops.
    pub(crate) async fn run(mut self) {
        let mut connection = None;
        while let Some(notice) = self.waiting.recv().await {
            let sent = self.deliver(&mut connection, &notice).await;
            let mut status = locked(&self.status);
            status.waiting -= 1;
            match sent {
                Ok(()) => status.delivered += 1,
                Err(why) => {
                    status.failed += 1;
                    status.last_failure = Some(why);
                }
            }
        }
    }

    /// Repeats only what took too long, as the service does when it repeats.
    async fn deliver(&self, connection: &mut Option<Connection>, notice: &Delivery) -> Result<(), String> {
        for _ in 0..=self.webhook.retries {
            let target = self.target(notice);
            if let Ok(sent) = timeout(TIMEOUT, self.send(connection, &target, notice)).await {
                return sent;
            }
        }
        Err(format!("no answer within {} seconds", TIMEOUT.as_secs()))
    }

    fn target(&self, notice: &Delivery) -> String {
        let now = self.clock.now().unix();
        let token = self.webhook.token.as_ref();
        let query = Query {
            sdkappid: self.sdkappid,
            command: notice.command.to_owned(),
            content_type: "json".to_owned(),
            client_ip: notice.client_ip.to_string(),
            platform: "RESTAPI".to_owned(),
            sign: token.map(|token| token.sign(now)),
            request_time: token.map(|_| now),
        };
        format!("{}?{query}", self.endpoint.path)
    }

    async fn send(&self, kept: &mut Option<Connection>, target: &str, notice: &Delivery) -> Result<(), String> {
        let request = Request::post(target)
            .header(HOST, &self.endpoint.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(notice.body.clone()))
            .map_err(|error| error.to_string())?;
        // Taken out, so that one that fails, or takes too long, is not used again. One that was kept may have been closed
        // by the receiver just now: that is no failure.
        let reused = match kept.take() {
            Some(mut connection) => {
                connection.send_request(request.clone()).await.ok().map(|answer| (answer, connection))
            }
            None => None,
        };
        let (answer, connection) = match reused {
            Some(answered) => answered,
            None => {
                let mut connection = self.connect().await?;
                let answer = connection.send_request(request).await.map_err(|error| error.to_string())?;
                (answer, connection)
            }
        };
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(|error| error.to_string())?;
        *kept = Some(connection);
        if status != StatusCode::OK {
            return Err(format!("the receiver answered HTTP {status}"));
        }
        let json = serde_json::from_slice::<IgnoredAny>(&body.to_bytes());
        json.map(drop).map_err(|error| format!("the answer of the receiver is not JSON: {error}"))
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

/// A URL for people: without a name and password before its host, and without its query, which may hold a token.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://{rest}"),
        None => url.to_owned(),
    }
}
