//! The checks of a request.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tim_sig::{WebhookError, WebhookToken};
use tim_types::webhook::{Event, Query};
use tim_types::{Printable, SdkAppId};

use crate::delivery::Webhook;
use crate::rejection::Rejection;
use crate::seen::{DeliveryKey, RecentDeliveries, SeenDeliveries};

/// Checks requests, and decodes them into [`Webhook`]s. Clones share what they have seen.
#[derive(Debug, Clone)]
pub struct Receiver {
    sdkappid: SdkAppId,
    tokens: Vec<WebhookToken>,
    tolerance: Duration,
    max_body: usize,
    seen: Arc<dyn SeenDeliveries>,
}

/// A request whose head was accepted; its body comes next. See [`Receiver::check`].
#[derive(Debug)]
#[must_use = "the body is not checked yet"]
pub struct CheckedHead<'a> {
    receiver: &'a Receiver,
    query: Query,
    now: u64,
}

impl Receiver {
    /// Receives the webhooks of this app that are signed with this token. The token is the one in
    /// the console.
    pub fn new(sdkappid: SdkAppId, token: WebhookToken) -> Self {
        Self::without_token(sdkappid).token(token)
    }

    /// Receives the webhooks of an app without a token. Anybody who knows the URL can send such
    /// webhooks, so set a token in the console if you can.
    pub fn without_token(sdkappid: SdkAppId) -> Self {
        Self {
            sdkappid,
            tokens: Vec::new(),
            tolerance: Duration::from_secs(300),
            max_body: 1024 * 1024,
            seen: Arc::new(RecentDeliveries::default()),
        }
    }

    /// Accepts this token too. During a rotation, add the new token before you change it in the
    /// console, and remove the old one afterwards.
    #[must_use]
    pub fn token(mut self, token: WebhookToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Sets how far `RequestTime` may be from now, in the past or in the future; 5 minutes by
    /// default. The service does not document a limit.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets the maximum size of a body, in bytes; 1 MiB by default. The service does not document
    /// a maximum. An event about 100 targets has about 7 KB.
    #[must_use]
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Sets where the keys of deliveries are kept that have been seen;
    /// [`RecentDeliveries::default`] by default.
    #[must_use]
    pub fn seen(self, seen: Arc<dyn SeenDeliveries>) -> Self {
        Self { seen, ..self }
    }

    /// The maximum size of a body, in bytes.
    pub fn body_limit(&self) -> usize {
        self.max_body
    }

    /// Checks a request. `query` is the part of the URL behind `?`, and `now` is in Unix seconds.
    /// The delivery counts as seen afterwards.
    ///
    /// # Errors
    /// [`Rejection`]; send its [`response`](Rejection::response).
    pub fn receive(&self, method: &str, query: &str, body: impl AsRef<[u8]>, now: u64) -> Result<Webhook, Rejection> {
        self.check(method, query, now)?.body(body)
    }

    /// Checks what is known before the body is read. So a server does not read the body of a
    /// request that is not from the service.
    ///
    /// # Errors
    /// [`Rejection`]; send its [`response`](Rejection::response).
    pub fn check(&self, method: &str, query: &str, now: u64) -> Result<CheckedHead<'_>, Rejection> {
        if method != "POST" {
            return Err(Rejection::Method);
        }
        let query = Query::parse(query)?;
        self.check_sign(&query, now)?;
        if query.sdkappid != self.sdkappid {
            return Err(Rejection::App { sdkappid: query.sdkappid });
        }
        Ok(CheckedHead { receiver: self, query, now })
    }

    /// Forgets a delivery, so that the next one with the same key does not count as a duplicate.
    /// Call this if the event could not be handled, and the response asks for a retry.
    pub fn forget(&self, key: &DeliveryKey) {
        self.seen.remove(key);
    }

    /// Tries all tokens in any case, so the time does not tell which one fits.
    fn check_sign(&self, query: &Query, now: u64) -> Result<(), Rejection> {
        if self.tokens.is_empty() {
            return Ok(());
        }
        let (sign, time) = query.sign.as_deref().zip(query.request_time).ok_or(Rejection::Unsigned)?;
        let results = self.tokens.iter().map(|token| token.verify(sign, time, now, self.tolerance));
        results.fold(Err(WebhookError::BadSign), best).map_err(Rejection::Sign)
    }
}

/// The result of two tokens: accepted by one, or else the reason of the one that made the
/// signature.
fn best(a: Result<(), WebhookError>, b: Result<(), WebhookError>) -> Result<(), WebhookError> {
    match (&a, &b) {
        (Ok(()), _) | (_, Err(WebhookError::BadSign)) => a,
        _ => b,
    }
}

impl CheckedHead<'_> {
    /// Checks and decodes the body.
    ///
    /// # Errors
    /// [`Rejection`]; send its [`response`](Rejection::response).
    pub fn body(self, body: impl AsRef<[u8]>) -> Result<Webhook, Rejection> {
        let Self { receiver, query, now } = self;
        let body = body.as_ref();
        if body.len() > receiver.max_body {
            return Err(Rejection::TooLarge { limit: receiver.max_body });
        }
        let text = str::from_utf8(body).map_err(|_| Rejection::Body { problem: "it is not UTF-8".to_owned() })?;
        let (command, event) = decode(text)?;
        if command != query.command {
            return Err(Rejection::Command);
        }
        let key = DeliveryKey::of(&command, body);
        let is_duplicate = receiver.seen.insert(key, now);
        Ok(Webhook { query, event, body: text.to_owned(), key, is_duplicate })
    }
}

/// The name of the event and the event.
fn decode(body: &str) -> Result<(String, Event), Rejection> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "CallbackCommand")]
        command: String,
    }
    // The message of serde can quote the body.
    let problem = |error: serde_json::Error| Rejection::Body { problem: Printable(&error.to_string()).to_string() };
    let Named { command } = serde_json::from_str(body).map_err(problem)?;
    Ok((command, serde_json::from_str(body).map_err(problem)?))
}
