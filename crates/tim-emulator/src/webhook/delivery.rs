//! Delivers webhooks. Delivery does not block calls, so a slow or broken receiver delays no call.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::header::{CONTENT_TYPE, HOST};
use tim_types::SdkAppId;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Webhook;
use super::connection::{Connection, Connector, SendError};
use super::counts::{Counts, RunState};
use super::failure::{Failure, FailureKind};
use super::log::DeliveryLog;
use super::record::{Delivery, DeliveryState, Payload, WebhookAttempt};
use super::response::Received;
use super::retry_queue::RetryQueue;
use crate::clock::Clock;

/// Maximum time for the response of a receiver; documented.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends events to one URL, one after another over one connection. Each worker of a URL serves a
/// part of the users.
pub(super) struct DeliveryWorker {
    webhook: Arc<Webhook>,
    connector: Arc<Connector>,
    log: Arc<DeliveryLog>,
    sdkappid: SdkAppId,
    clock: Arc<Clock>,
    counts: Arc<Counts>,
    run_state: watch::Receiver<RunState>,
    queue: UnboundedReceiver<Delivery>,
    /// Whether the queue can still get webhooks.
    is_open: bool,
    retries: RetryQueue,
    connection: Option<Connection>,
    /// Whether the latest attempt had a response; true at the start.
    responds: bool,
}

/// What the workers of a receiver share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) webhook: Arc<Webhook>,
    pub(super) connector: Arc<Connector>,
    pub(super) counts: Arc<Counts>,
    pub(super) log: Arc<DeliveryLog>,
    pub(super) sdkappid: SdkAppId,
    pub(super) clock: Arc<Clock>,
}

impl DeliveryWorker {
    pub(super) fn new(shared: Shared, queue: UnboundedReceiver<Delivery>) -> Self {
        let Shared { webhook, connector, counts, log, sdkappid, clock } = shared;
        Self {
            run_state: counts.watch(),
            webhook,
            connector,
            log,
            sdkappid,
            clock,
            counts,
            queue,
            is_open: true,
            retries: RetryQueue::default(),
            connection: None,
            responds: true,
        }
    }

    /// Delivers events until the receiver is removed or the emulator stops, and no event waits.
    pub(super) async fn run(mut self) {
        while let Some(delivery) = self.next().await {
            self.deliver(delivery).await;
        }
    }

    /// Waits for the next webhook that has to be sent. Returns `None` at the end.
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let is_running = *self.run_state.borrow_and_update() == RunState::Running;
            let now = self.clock.real().elapsed;
            if let Some(delivery) = self.retries.take(now, is_running) {
                return Some(delivery);
            }
            let next_at = self.retries.next_at();
            if !self.is_open && next_at.is_none() {
                return None;
            }
            let pause = next_at.map(|at| at.saturating_sub(now));
            tokio::select! {
                received = self.queue.recv(), if self.is_open && !self.retries.is_full() => match received {
                    Some(delivery) => {
                        if let Some(delivery) = self.retries.admit(delivery) {
                            return Some(delivery);
                        }
                    }
                    None => self.is_open = false,
                },
                () = sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                _ = self.run_state.changed(), if is_running => {}
            }
        }
    }

    /// Sends a webhook. Afterwards it has ended, or waits for a retry. When the emulator stops, a
    /// webhook that would be retried stays in the state waiting, so that it is reported.
    async fn deliver(&mut self, mut delivery: Delivery) {
        let user = delivery.payload.user;
        let result = self.send(&delivery).await;
        let is_retried =
            |failure: &Failure| self.webhook.retries_after(failure.kind) && delivery.retries < self.webhook.retries;
        match (self.counts.run_state(), result) {
            (RunState::Running, Err(failure)) if is_retried(&failure) => {
                delivery.retries += 1;
                let at = self.clock.real().elapsed.saturating_add(self.webhook.retry_interval);
                return self.retries.retry(delivery, at);
            }
            (RunState::Stopping, Err(failure)) if is_retried(&failure) => {}
            (_, result) => {
                let state = if result.is_ok() { DeliveryState::Delivered } else { DeliveryState::Failed };
                // The log comes first, so it is complete when no webhook counts as waiting.
                self.log.ended(delivery.number, state);
                self.counts.ended(result.map_err(|failure| failure.reason));
            }
        }
        self.retries.ended(user);
    }

    /// Makes an attempt, and a second one over a new connection if the receiver closed the
    /// connection that was open: it may have done so before it got the request. If a removed
    /// receiver does not respond, it gets no further attempts.
    async fn send(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        loop {
            if !self.responds && self.counts.run_state() == RunState::Removed {
                return Err(Failure::broken("the receiver was removed, and did not respond before"));
            }
            let (attempt, result) = self.attempt(&delivery.payload).await;
            self.responds = attempt.status.is_some();
            self.log.attempted(delivery.number, attempt);
            self.counts.attempted();
            match result {
                Err(Failure { kind: FailureKind::KeptBroken, .. }) => {}
                result => return result,
            }
        }
    }

    /// Sends the request once.
    async fn attempt(&mut self, payload: &Payload) -> (WebhookAttempt, Result<(), Failure>) {
        let (now, began) = (self.clock.now(), self.clock.real().elapsed);
        let mut query = payload.query(self.sdkappid);
        if let Some(token) = &self.webhook.token {
            query.request_time = Some(now.unix());
            query.sign = Some(token.sign(now.unix()));
        }
        let target = format!("{}?{query}", self.connector.endpoint.path);
        let received = timeout(TIMEOUT, self.request(&target, payload)).await.unwrap_or_else(|_| {
            let reason = format!("no response within {} seconds", TIMEOUT.as_secs());
            Err(Failure { kind: FailureKind::TimedOut, reason })
        });
        let (status, response) = match &received {
            Ok(received) => (Some(received.status.as_u16()), Some(received.text(query.sign.as_deref()))),
            Err(_) => (None, None),
        };
        let failure = received.map_or_else(Some, Received::failure);
        let attempt = WebhookAttempt {
            at_ms: now.unix_ms,
            duration: self.clock.real().elapsed.saturating_sub(began),
            status,
            response,
            error: failure.as_ref().map(|failure| failure.reason.clone()),
        };
        (attempt, failure.map_or(Ok(()), Err))
    }

    async fn request(&mut self, target: &str, payload: &Payload) -> Result<Received, Failure> {
        let mut request = Request::post(target)
            .header(HOST, &self.connector.endpoint.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(payload.body.clone()))
            .map_err(|error| Failure::broken(error.to_string()))?;
        // Takes the connection out of the worker, so that a connection that fails or times out is
        // not used again.
        if let Some(mut connection) = self.connection.take() {
            match connection.send(request).await {
                Ok(response) => return Ok(self.received(Received::read(response, &connection).await, connection)),
                Err(SendError::Failed(failure)) => return Err(failure.of_kept_connection()),
                Err(SendError::NotSent(unsent)) => request = *unsent,
            }
        }
        let mut connection = self.connector.open().await?;
        match connection.send(request).await {
            Ok(response) => Ok(self.received(Received::read(response, &connection).await, connection)),
            Err(SendError::Failed(failure)) => Err(failure),
            Err(SendError::NotSent(_)) => Err(Failure::broken("the receiver closed the connection at once")),
        }
    }

    /// Keeps the connection for the next webhook, if nothing of the response is left on it.
    fn received(&mut self, received: Received, connection: Connection) -> Received {
        if received.is_complete() {
            self.connection = Some(connection);
        }
        received
    }
}
