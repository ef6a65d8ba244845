//! Sends one HTTP request, to a receiver, to an application or to the admin API of an emulator.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Certificate, Client, Method, Url, redirect, retry};
use tim_follow::Printable;

use crate::exit::Failure;
use crate::settings::Settings;
use crate::time;

/// The maximum size of the body of a response, in bytes.
const MAX_RESPONSE: usize = 1 << 20;

/// Headers that belong to one connection, and are not passed on. `Host` and `Content-Length` are
/// made again for each request.
const NOT_PASSED_ON: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Sends requests directly, without a proxy, redirects and retries.
#[derive(Debug, Clone)]
pub(super) struct HttpClient(Client);

/// What a server sent.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// From the start of the request to the end of the response.
    pub(super) took: Duration,
}

/// Why no response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoReplyKind {
    /// Nothing was sent.
    Connect,
    Timeout,
    /// The connection broke, or the response is not valid.
    Lost,
}

/// A request without a response. The text has no URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(super) struct NoReply {
    pub(super) kind: NoReplyKind,
    problem: String,
}

impl HttpClient {
    /// A client that trusts Mozilla's root certificates and that of the settings.
    pub(super) fn new(settings: &Settings) -> Result<Self, Failure> {
        let unusable = |error: reqwest::Error| Failure::usage(format!("cannot use the root certificates: {error}"));
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| Certificate::from_der(root));
        let mut roots = roots.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
        if let Some(pem) = settings.root_pem()? {
            roots.extend(Certificate::from_pem_bundle(pem.as_bytes()).map_err(unusable)?);
        }
        let builder = Client::builder()
            .tls_certs_only(roots)
            // Receivers are on this machine or in its network, and the service uses no proxy.
            .no_proxy()
            // The query contains a signature, which must not be sent to other hosts.
            .redirect(redirect::Policy::none())
            .referer(false)
            // An event that is sent twice would look like a retry of the service.
            .retry(retry::never());
        builder.build().map(Self).map_err(unusable)
    }

    /// Sends a request, and reads the whole response within `limit`.
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        limit: Duration,
    ) -> Result<Reply, NoReply> {
        let start = time::instant();
        let failed = |error: reqwest::Error| no_reply(error, limit);
        let request = self.0.request(method, url).headers(headers).body(body).timeout(limit);
        let mut response = request.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > MAX_RESPONSE {
                return Err(NoReply {
                    kind: NoReplyKind::Lost,
                    problem: "the response is larger than 1 MiB".to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        let took = time::instant().saturating_duration_since(start);
        Ok(Reply { status: response.status().as_u16(), headers: std::mem::take(response.headers_mut()), body, took })
    }
}

fn no_reply(error: reqwest::Error, limit: Duration) -> NoReply {
    let kind = match () {
        () if error.is_timeout() => NoReplyKind::Timeout,
        () if error.is_connect() => NoReplyKind::Connect,
        () => NoReplyKind::Lost,
    };
    // The outer texts only name what was done, and the URL, which contains a signature.
    let error = error.without_url();
    let mut cause = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        cause = inner.to_string();
        source = inner.source();
    }
    let problem = match kind {
        NoReplyKind::Timeout => format!("no response within {} s", limit.as_secs_f64()),
        NoReplyKind::Connect => format!("cannot connect: {}", Printable(&cause)),
        NoReplyKind::Lost => format!("no complete response: {}", Printable(&cause)),
    };
    NoReply { kind, problem }
}

/// The headers that are passed on: those that do not belong to one connection.
pub(super) fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let listed = headers.get_all("connection").iter().filter_map(|value| value.to_str().ok());
    let listed: Vec<String> =
        listed.flat_map(|value| value.split(',')).map(|name| name.trim().to_lowercase()).collect();
    let is_passed_on = |name: &HeaderName| {
        !NOT_PASSED_ON.contains(&name.as_str()) && !listed.iter().any(|listed| listed == name.as_str())
    };
    headers.iter().filter(|(name, _)| is_passed_on(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_connection_are_not_passed_on() {
        let headers = [
            ("host", "listener"),
            ("content-length", "2"),
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("content-type", "application/json"),
            ("x-twice", "1"),
            ("x-twice", "2"),
        ];
        let headers: HeaderMap =
            headers.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).into_iter().collect();
        let kept = end_to_end(&headers);
        let mut names: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        names.sort_unstable();
        assert_eq!(names, [("content-type", "application/json"), ("x-twice", "1"), ("x-twice", "2")]);
    }
}
