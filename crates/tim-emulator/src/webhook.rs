//! Webhooks: report follows and unfollows to a backend.

mod counts;
mod delivery;
mod receivers;

pub(crate) use receivers::Webhooks;

use hyper::Uri;
use serde::Serialize;
use tim_sig::WebhookToken;
use tim_types::webhook::Event;

/// Whom to tell of follows and unfollows; see [`Builder::webhook`](crate::Builder::webhook).
///
/// ```
/// use tim_emulator::Webhook;
///
/// let webhook = Webhook::to("http://127.0.0.1:8080/im").token("from the console").retries(2);
/// # let _ = webhook;
/// ```
#[derive(Debug, Clone)]
pub struct Webhook {
    url: String,
    token: Option<WebhookToken>,
    retries: u32,
    follow_add: bool,
    follow_delete: bool,
}

impl Webhook {
    /// POSTs to this URL: `http://`, a host, perhaps a port and a path, and no query, which is added. `https://` is not
    /// spoken.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: url.into(), token: None, retries: 0, follow_add: true, follow_delete: true }
    }

    /// Signs with this token: the URL has `Sign` and `RequestTime` then.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(WebhookToken::new(token)), ..self }
    }

    /// Sends again after a timeout, up to so often. By default never, as without the switch in the console. How often
    /// the service does it with the switch is not documented.
    #[must_use]
    pub fn retries(self, times: u32) -> Self {
        Self { retries: times, ..self }
    }

    /// The switch of Follow.CallbackAfterFollowAdd; on by default.
    #[must_use]
    pub fn follow_add(self, on: bool) -> Self {
        Self { follow_add: on, ..self }
    }

    /// The switch of Follow.CallbackAfterFollowDelete; on by default.
    #[must_use]
    pub fn follow_delete(self, on: bool) -> Self {
        Self { follow_delete: on, ..self }
    }

    fn wants(&self, event: &Event) -> bool {
        match event {
            Event::FollowAdd(_) => self.follow_add,
            Event::FollowDelete(_) => self.follow_delete,
            _ => false,
        }
    }

    /// Where to connect, and the rest of the URL; or what is wrong with it.
    fn endpoint(&self) -> Result<Endpoint, &'static str> {
        let uri: Uri = self.url.parse().map_err(|_| "it is not a URL")?;
        let authority = uri.authority().ok_or("it must begin with http://")?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err("https is not spoken to receivers: use http, or a proxy that adds TLS"),
            _ => return Err("it must begin with http://"),
        }
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err("it must have no user and no query: SdkAppid and the others are added");
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

/// A URL in pieces.
#[derive(Debug)]
struct Endpoint {
    host: String,
    port: u16,
    /// As it is in the header `Host`.
    authority: String,
    path: String,
}

/// The URL of a webhook cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the webhook {url:?} cannot be used: {reason}")]
pub struct InvalidWebhook {
    pub(crate) url: String,
    pub(crate) reason: &'static str,
}

/// A receiver of webhooks, and what became of the webhooks to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookStatus {
    /// The URL, without the query.
    pub url: String,
    /// Whether the webhooks are signed with a token.
    pub signed: bool,
    /// How often one is sent again after a timeout.
    pub retries: u32,
    /// Whether it gets Follow.CallbackAfterFollowAdd.
    pub follow_add: bool,
    /// Whether it gets Follow.CallbackAfterFollowDelete.
    pub follow_delete: bool,
    /// Webhooks with a response of 200 and JSON.
    pub delivered: u64,
    /// Webhooks with another response, or none.
    pub failed: u64,
    /// Webhooks that were not sent because too many were waiting.
    pub lost: u64,
    /// Webhooks that are not sent yet, or have no response yet.
    pub waiting: u64,
    /// Why the last one failed.
    pub last_failure: Option<String>,
}

/// A URL without a name and password before its host, and without its query, which may hold a token.
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
