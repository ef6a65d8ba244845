//! Webhooks: the emulator reports changes to receivers over HTTP.

mod connection;
mod counts;
mod delivery;
mod endpoint;
mod failure;
mod log;
mod receivers;
mod record;
mod response;
mod retry_queue;
mod status;
#[cfg(feature = "tls")]
mod tls;

pub(crate) use log::DeliveryFilter;
pub(crate) use receivers::{ResendError, Webhooks};
pub use record::{DeliveryState, WebhookAttempt, WebhookDelivery};
pub use status::WebhookStatus;

use std::borrow::Cow;
use std::time::Duration;

use tim_sig::WebhookToken;
use tim_types::Printable;
use tim_types::webhook::Event;

use connection::Connector;
use endpoint::{Endpoint, shown};
use failure::FailureKind;

/// A receiver of webhooks; see [`Builder::webhook`](crate::Builder::webhook).
///
/// ```
/// use tim_emulator::Webhook;
///
/// let webhook = Webhook::to("http://127.0.0.1:8080/im")
///     .token("from the console")
///     .retries(2)
///     .events(["Sns.CallbackFriendAdd", "Sns.CallbackFriendDelete"]);
/// # let _ = webhook;
/// ```
#[derive(Debug, Clone)]
pub struct Webhook {
    url: String,
    token: Option<WebhookToken>,
    retries: u32,
    retry_interval: Duration,
    retry_broken: bool,
    retry_bad_responses: bool,
    max_waiting: u32,
    /// The names of the events; `None` for all events.
    events: Option<Vec<String>>,
    #[cfg(feature = "tls")]
    roots: tls::ExtraRoots,
}

impl Webhook {
    /// Sends webhooks to this URL with POST. The URL is `http://` or `https://` and a host,
    /// optionally with a port and a path. The emulator adds the query.
    ///
    /// `https://` needs the feature `tls`. The certificate of the receiver must be valid for the
    /// host. Its root must be one of the system, or of `root_certificates`. The emulator has no
    /// client certificate.
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            retries: 0,
            retry_interval: Duration::ZERO,
            retry_broken: false,
            retry_bad_responses: false,
            max_waiting: 10_000,
            events: None,
            #[cfg(feature = "tls")]
            roots: tls::ExtraRoots::default(),
        }
    }

    /// Trusts the certificates in this PEM text, besides the root certificates of the system. Can
    /// be called several times. Applies only to `https://`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<String>) -> Self {
        self.roots.add(pem.into());
        self
    }

    /// Signs the webhooks with this token. The query then has `Sign` and `RequestTime`.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(WebhookToken::new(token)), ..self }
    }

    /// Retries a webhook up to `times` times after a timeout; 0 by default. The service retries
    /// only if a switch in its console is on. The documents give neither the number of its retries
    /// nor the time between them. More than 100 retries are rejected when the receiver is added.
    #[must_use]
    pub fn retries(self, times: u32) -> Self {
        Self { retries: times, ..self }
    }

    /// Sets the real time between a failed attempt and its retry; 0 by default. A webhook fails if
    /// its receiver is down longer than `retries` times this interval.
    ///
    /// Later webhooks of the same user wait too; those of other users do not. But if 64 webhooks in
    /// one of the four queues wait for a retry, this queue sends no others. When the receiver is
    /// removed or the emulator stops, the wait ends, and each webhook gets at most one more
    /// attempt.
    #[must_use]
    pub fn retry_interval(self, interval: Duration) -> Self {
        Self { retry_interval: interval, ..self }
    }

    /// Also retries a webhook if the connection cannot be opened, or ends before the end of the
    /// response; off by default. The documents of the service mention only timeouts.
    #[must_use]
    pub fn retry_on_broken_connections(self, on: bool) -> Self {
        Self { retry_broken: on, ..self }
    }

    /// Also retries a webhook if the response has another status than 200, no JSON body, or is too
    /// large; off by default. The documents of the service mention only timeouts.
    #[must_use]
    pub fn retry_on_bad_responses(self, on: bool) -> Self {
        Self { retry_bad_responses: on, ..self }
    }

    /// Sets how many webhooks can wait for this receiver, including those that are being sent;
    /// 10000 by default, from 1 to 1000000. Further webhooks are dropped, and counted in
    /// [`WebhookStatus::lost`].
    #[must_use]
    pub fn max_waiting(self, webhooks: u32) -> Self {
        Self { max_waiting: webhooks, ..self }
    }

    /// Sends only the events with these names, for example `Sns.CallbackFriendAdd`; all events by
    /// default. [`Event::COMMANDS`] has the names.
    #[must_use]
    pub fn events<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { events: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    fn wants(&self, command: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.iter().any(|event| event == command))
    }

    fn retries_after(&self, failure: FailureKind) -> bool {
        match failure {
            FailureKind::TimedOut => true,
            FailureKind::Broken | FailureKind::KeptBroken => self.retry_broken,
            FailureKind::BadResponse => self.retry_bad_responses,
        }
    }

    /// Returns what connects to the URL, or an error if an option is invalid.
    fn check(&self) -> Result<Connector, InvalidWebhook> {
        let endpoint = Endpoint::parse(&self.url).map_err(|reason| self.invalid(reason))?;
        self.check_events()?;
        self.check_numbers()?;
        self.connector(endpoint)
    }

    #[cfg(feature = "tls")]
    fn connector(&self, endpoint: Endpoint) -> Result<Connector, InvalidWebhook> {
        let tls = endpoint.is_https.then(|| tls::TlsClient::new(&endpoint.host, &self.roots)).transpose();
        Ok(Connector { tls: tls.map_err(|reason| self.invalid(reason))?, endpoint })
    }

    #[cfg(not(feature = "tls"))]
    fn connector(&self, endpoint: Endpoint) -> Result<Connector, InvalidWebhook> {
        if endpoint.is_https {
            return Err(self.invalid("https needs the feature `tls` of tim-emulator: turn it on, or use http"));
        }
        Ok(Connector { endpoint })
    }

    /// Returns an error if the name of an event is unknown.
    fn check_events(&self) -> Result<(), InvalidWebhook> {
        let mut events = self.events.iter().flatten();
        let Some(unknown) = events.find(|event| !Event::COMMANDS.contains(&event.as_str())) else { return Ok(()) };
        let known = Event::COMMANDS.join(", ");
        Err(self.invalid(format!("the event {:?} is unknown: use one of {known}", Printable(unknown))))
    }

    fn check_numbers(&self) -> Result<(), InvalidWebhook> {
        /// The service makes few retries. Many would keep a receiver that hangs busy for hours.
        const MAX_RETRIES: u32 = 100;
        const MAX_WAITING: u32 = 1_000_000;
        if self.retries > MAX_RETRIES {
            return Err(self.invalid(format!(
                "it has {} retries, but at most {MAX_RETRIES} are possible: use a smaller number",
                self.retries
            )));
        }
        if !(1..=MAX_WAITING).contains(&self.max_waiting) {
            return Err(self.invalid(format!(
                "{} webhooks can wait for it, but the number must be from 1 to {MAX_WAITING}: use another number",
                self.max_waiting
            )));
        }
        Ok(())
    }

    fn invalid(&self, reason: impl Into<Cow<'static, str>>) -> InvalidWebhook {
        InvalidWebhook { url: shown(&self.url), reason: reason.into() }
    }
}

/// The reason why a receiver of webhooks is invalid: its URL, the name of an event, or a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the webhook to {url:?} is invalid: {reason}")]
pub struct InvalidWebhook {
    url: String,
    reason: Cow<'static, str>,
}
