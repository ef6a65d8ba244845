//! Passes an event on to an application, and its response back.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use reqwest::{Method, Url};

use super::super::http::{HttpClient, NoReply, NoReplyKind, Reply, end_to_end};
use super::super::receipt::Receipt;
use super::super::token::Token;
use super::super::url;
use super::failure::response;

/// Passes events on to one application.
pub(super) struct Forward {
    client: HttpClient,
    url: Url,
    timeout: Duration,
    /// What the receipt must not show.
    tokens: Vec<Token>,
}

impl Forward {
    pub(super) fn new(client: HttpClient, url: Url, timeout: Duration, tokens: Vec<Token>) -> Self {
        Self { client, url, timeout, tokens }
    }

    /// Sends the request as it came: the query with its signature, the headers and the body.
    pub(super) async fn send(&self, query: &str, headers: &HeaderMap, body: Vec<u8>) -> (Response, Receipt) {
        let url = url::with_query(&self.url, query);
        let sent = self.client.send(Method::POST, url, end_to_end(headers), body, self.timeout).await;
        let receipt = Receipt::new(sent.as_ref(), &self.tokens);
        (sent.map_or_else(|error| failed(&error), passed_back), receipt)
    }
}

fn passed_back(reply: Reply) -> Response {
    let mut passed_back = Response::new(Body::from(reply.body));
    *passed_back.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *passed_back.headers_mut() = end_to_end(&reply.headers);
    passed_back
}

fn failed(no_reply: &NoReply) -> Response {
    match no_reply.kind {
        NoReplyKind::Timeout => response(StatusCode::GATEWAY_TIMEOUT, "the application did not respond in time"),
        NoReplyKind::Connect => response(StatusCode::BAD_GATEWAY, "cannot connect to the application"),
        NoReplyKind::Lost => response(StatusCode::BAD_GATEWAY, "the application sent no complete response"),
    }
}
