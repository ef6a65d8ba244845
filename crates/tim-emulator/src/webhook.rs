//! Webhooks: the emulator reports changes to receivers over HTTP.

mod connection;
mod counts;
mod delivery;
mod log;
mod receivers;
mod record;

pub(crate) use log::DeliveryFilter;
pub(crate) use receivers::{ResendError, Webhooks};
pub use record::{DeliveryState, WebhookAttempt, WebhookDelivery};

use std::borrow::Cow;

use hyper::Uri;
use serde::Serialize;
use tim_sig::WebhookToken;
use tim_types::Printable;
use tim_types::webhook::Event;

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
    /// The names of the events; `None` for all events.
    events: Option<Vec<String>>,
}

impl Webhook {
    /// Sends webhooks to this URL with POST. The URL is `http://` and a host, optionally with a
    /// port and a path. The emulator adds the query. `https://` is not supported.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: url.into(), token: None, retries: 0, events: None }
    }

    /// Signs the webhooks with this token. The query then has `Sign` and `RequestTime`.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(WebhookToken::new(token)), ..self }
    }

    /// Retries a webhook up to `times` times after a timeout; 0 by default. The service retries
    /// only if a switch in its console is on. The documents do not give the number of its retries.
    /// More than 100 retries are rejected when the receiver is added.
    #[must_use]
    pub fn retries(self, times: u32) -> Self {
        Self { retries: times, ..self }
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

    /// Returns an error if the name of an event is unknown.
    fn check_events(&self) -> Result<(), InvalidWebhook> {
        let mut events = self.events.iter().flatten();
        let Some(unknown) = events.find(|event| !Event::COMMANDS.contains(&event.as_str())) else { return Ok(()) };
        let known = Event::COMMANDS.join(", ");
        let reason = format!("the event {:?} is unknown: use one of {known}", Printable(unknown));
        Err(InvalidWebhook { url: shown(&self.url), reason: reason.into() })
    }

    fn check_retries(&self) -> Result<(), InvalidWebhook> {
        /// The service makes few retries. Many would keep a receiver that hangs busy for hours.
        const MAX: u32 = 100;
        if self.retries <= MAX {
            return Ok(());
        }
        let reason = format!("it has {} retries, but at most {MAX} are possible: use a smaller number", self.retries);
        Err(InvalidWebhook { url: shown(&self.url), reason: reason.into() })
    }

    /// Parses the URL, or returns why it is invalid.
    fn endpoint(&self) -> Result<Endpoint, &'static str> {
        let uri: Uri = self.url.parse().map_err(|_| "it is not a URL: write it like http://127.0.0.1:8080/im")?;
        let authority = uri.authority().ok_or("it must start with http://")?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err("https is not supported: use http, or a proxy that adds TLS"),
            _ => return Err("it must start with http://"),
        }
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err("it must not have a user name or a query: the emulator adds the query itself");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err("it has no host");
        }
        let port = match authority.as_str().strip_prefix(authority.host()).map(|port| port.trim_start_matches(':')) {
            None | Some("") => 80,
            Some(port) => port.parse().map_err(|_| "its port must be a number up to 65535")?,
        };
        Ok(Endpoint { host, port, authority: authority.to_string(), path: uri.path().to_owned() })
    }
}

/// The parts of a URL.
#[derive(Debug)]
struct Endpoint {
    host: String,
    port: u16,
    /// The value of the header `Host`.
    authority: String,
    path: String,
}

/// The reason why a receiver of webhooks is invalid: its URL, the name of an event, or the number
/// of retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the webhook to {url:?} is invalid: {reason}")]
pub struct InvalidWebhook {
    url: String,
    reason: Cow<'static, str>,
}

/// A receiver of webhooks, with the number of webhooks that were delivered to it or failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookStatus {
    /// The id of the receiver. It is unique while the emulator runs.
    pub id: u64,
    /// The URL, without the query.
    pub url: String,
    /// Whether the webhooks are signed with a token.
    pub signed: bool,
    /// The maximum number of retries of a webhook after a timeout.
    pub retries: u32,
    /// The names of the events that the receiver gets; `None` for all events.
    pub events: Option<Vec<String>>,
    /// The number of delivered webhooks: the response had status 200 and a JSON body.
    pub delivered: u64,
    /// The number of webhooks with another response, or without a response.
    pub failed: u64,
    /// The number of webhooks that were dropped because too many were waiting.
    pub lost: u64,
    /// The number of webhooks that are not sent yet, or have no response yet.
    pub waiting: u64,
    /// The reason why the latest failed webhook failed.
    pub last_failure: Option<String>,
}

/// Returns the URL without the user name and the password before the host, and without the query,
/// which can contain a token.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked_early() {
        for url in ["http://127.0.0.1:8080/im", "http://host", "http://[::1]:9/", "http://a-b.example/x/y"] {
            assert!(Webhook::to(url).endpoint().is_ok(), "{url}");
        }
        let endpoint = Webhook::to("http://[::1]").endpoint().unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.path.as_str()), ("::1", 80, "/"));
        for url in [
            "",
            "x",
            "/x",
            "127.0.0.1:80",
            "https://a",
            "ftp://a",
            "http://a?x=1",
            "http://u:p@a",
            "http://a b",
            "http://a:65536/",
            "http://:80/",
        ] {
            assert!(Webhook::to(url).endpoint().is_err(), "{url}");
        }
    }
}
