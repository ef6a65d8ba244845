//! Delivers webhooks. Delivery does not block calls, so a slow or broken receiver delays no call.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use serde::de::IgnoredAny;
use tim_types::SdkAppId;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::connection::{Connection, reason};
use super::counts::Counts;
use super::log::DeliveryLog;
use super::record::{DeliveryState, Payload, WebhookAttempt};
use super::{Endpoint, Webhook};
use crate::clock::Clock;
use crate::redact::redact;

/// Maximum time for the response of a receiver; documented.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum size of the body of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// An event to deliver.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The number in the log.
    pub(super) number: u64,
    pub(super) payload: Arc<Payload>,
}

/// Sends events to one URL, one after another over one connection. Each worker of a URL serves a
/// part of the users.
pub(super) struct DeliveryWorker {
    pub(super) webhook: Arc<Webhook>,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) waiting: Receiver<Delivery>,
    pub(super) counts: Arc<Counts>,
    pub(super) log: Arc<DeliveryLog>,
    pub(super) sdkappid: SdkAppId,
    pub(super) clock: Arc<Clock>,
    /// Whether the latest attempt had a response; true at the start.
    pub(super) responds: bool,
}

impl DeliveryWorker {
    /// Delivers events until the receiver is removed or the emulator stops, and the queue is empty.
    pub(super) async fn run(mut self) {
        let mut connection = None;
        while let Some(delivery) = self.waiting.recv().await {
            let result = self.deliver(&mut connection, &delivery).await;
            let state = if result.is_ok() { DeliveryState::Delivered } else { DeliveryState::Failed };
            // The log comes first, so it is complete when no webhook counts as waiting.
            self.log.ended(delivery.number, state);
            self.counts.ended(result);
        }
    }

    /// Retries only after a timeout, as the service does with its switch for retries. If a removed
    /// receiver does not respond, it gets no further attempts.
    async fn deliver(&mut self, connection: &mut Option<Connection>, delivery: &Delivery) -> Result<(), String> {
        for _ in 0..=self.webhook.retries {
            if !self.responds && self.counts.is_removed() {
                return Err("the receiver was removed, and did not respond before".to_owned());
            }
            let (attempt, has_timed_out) = self.attempt(connection, &delivery.payload).await;
            self.responds = attempt.status.is_some();
            let result = attempt.error.clone().map_or(Ok(()), Err);
            self.log.attempted(delivery.number, attempt);
            if !has_timed_out {
                return result;
            }
        }
        Err(timed_out())
    }

    /// Sends the request once. Also returns whether there was no response in time.
    async fn attempt(&self, connection: &mut Option<Connection>, payload: &Payload) -> (WebhookAttempt, bool) {
        let (now, began) = (self.clock.now(), self.clock.real().elapsed);
        let mut query = payload.query(self.sdkappid);
        if let Some(token) = &self.webhook.token {
            query.request_time = Some(now.unix());
            query.sign = Some(token.sign(now.unix()));
        }
        let target = format!("{}?{query}", self.endpoint.path);
        let sent = timeout(TIMEOUT, self.send(connection, &target, payload)).await;
        let has_timed_out = sent.is_err();
        let received = sent.unwrap_or_else(|_| Err(timed_out()));
        let attempt = WebhookAttempt {
            at_ms: now.unix_ms,
            duration: self.clock.real().elapsed.saturating_sub(began),
            status: received.as_ref().ok().map(|received| received.status.as_u16()),
            response: received.as_ref().ok().map(|received| received.text(query.sign.as_deref())),
            error: received.map_or_else(Some, Received::error),
        };
        (attempt, has_timed_out)
    }

    async fn send(&self, kept: &mut Option<Connection>, target: &str, payload: &Payload) -> Result<Received, String> {
        let request = Request::post(target)
            .header(HOST, &self.endpoint.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(payload.body.clone()))
            .map_err(|error| error.to_string())?;
        // Takes the connection out of `kept`, so that a connection that fails or times out is not
        // used again. The receiver may have closed a kept connection in the meantime. This is not a
        // failure: the request is sent again over a new connection.
        let reused = match kept.take() {
            Some(mut connection) => connection.send(request.clone()).await.ok().map(|response| (response, connection)),
            None => None,
        };
        let (response, connection) = match reused {
            Some(sent) => sent,
            None => {
                let mut connection = Connection::open(&self.endpoint).await?;
                (connection.send(request).await?, connection)
            }
        };
        let received = Received::read(response).await;
        if received.is_complete() {
            *kept = Some(connection);
        }
        Ok(received)
    }
}

/// The response of a receiver.
struct Received {
    status: StatusCode,
    /// At most [`MAX_RESPONSE`] bytes.
    body: Vec<u8>,
    /// The reason why the body is incomplete.
    incomplete: Option<String>,
}

impl Received {
    async fn read(response: Response<Incoming>) -> Self {
        let (status, mut from, mut body) = (response.status(), response.into_body(), Vec::new());
        let incomplete = loop {
            let data = match from.frame().await {
                None => break None,
                Some(Err(error)) => break Some(reason(&error)),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            let room = MAX_RESPONSE.saturating_sub(body.len());
            body.extend(data.iter().take(room));
            if data.len() > room {
                break Some(format!("the response of the receiver is larger than {MAX_RESPONSE} bytes"));
            }
        };
        Self { status, body, incomplete }
    }

    fn is_complete(&self) -> bool {
        self.incomplete.is_none()
    }

    /// Returns why the webhook counts as failed.
    fn error(self) -> Option<String> {
        if self.incomplete.is_some() {
            return self.incomplete;
        }
        if self.status != StatusCode::OK {
            return Some(format!("the receiver returned HTTP {}", self.status));
        }
        let json = serde_json::from_slice::<IgnoredAny>(&self.body);
        json.err().map(|error| format!("the response of the receiver is not JSON: {error}"))
    }

    /// Returns the body without UserSigs and without the `Sign` of the request.
    fn text(&self, sign: Option<&str>) -> String {
        let text = String::from_utf8_lossy(&redact(&self.body)).into_owned();
        match sign {
            Some(sign) => without_sign(&text, sign),
            None => text,
        }
    }
}

/// Replaces a signature, in upper or lower case.
fn without_sign(text: &str, sign: &str) -> String {
    let (lower, sign) = (text.to_ascii_lowercase(), sign.to_ascii_lowercase());
    let (mut kept, mut copied) = (String::new(), 0);
    for (start, _) in lower.match_indices(&sign) {
        kept.extend([text.get(copied..start).unwrap_or_default(), "[Sign]"]);
        copied = start + sign.len();
    }
    kept + text.get(copied..).unwrap_or_default()
}

fn timed_out() -> String {
    format!("no response within {} seconds", TIMEOUT.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_replaced_in_upper_and_lower_case() {
        assert_eq!(without_sign("关 0aF 0Af0af 0a", "0af"), "关 [Sign] [Sign][Sign] 0a");
        assert_eq!(without_sign("", "0af"), "");
    }
}
