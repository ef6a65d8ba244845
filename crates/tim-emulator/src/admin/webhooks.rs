//! Lists, adds, removes and replaces the receivers of webhooks.

use std::time::Duration;

use axum::extract::State as Extract;
use serde::Deserialize;

use super::request::{JsonBody, JsonList, Name, NoQuery, number};
use super::{AdminError, App, Json, Reply};
use crate::webhook::Webhook;

/// A receiver in the JSON of a request. Responses never contain the token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Receiver {
    url: String,
    token: Option<String>,
    #[serde(default)]
    retries: u32,
    #[serde(default)]
    retry_interval_ms: u64,
    #[serde(default)]
    retry_broken: bool,
    #[serde(default)]
    retry_bad_responses: bool,
    max_waiting: Option<u32>,
    /// The names of the events; all events without this key.
    events: Option<Vec<String>>,
    /// Certificates in PEM.
    #[cfg(feature = "tls")]
    root_certificates: Option<String>,
}

impl From<Receiver> for Webhook {
    fn from(receiver: Receiver) -> Self {
        let mut webhook = Self::to(receiver.url)
            .retries(receiver.retries)
            .retry_interval(Duration::from_millis(receiver.retry_interval_ms))
            .retry_on_broken_connections(receiver.retry_broken)
            .retry_on_bad_responses(receiver.retry_bad_responses);
        if let Some(webhooks) = receiver.max_waiting {
            webhook = webhook.max_waiting(webhooks);
        }
        if let Some(events) = receiver.events {
            webhook = webhook.events(events);
        }
        #[cfg(feature = "tls")]
        if let Some(pem) = receiver.root_certificates {
            webhook = webhook.root_certificates(pem);
        }
        match receiver.token {
            Some(token) => webhook.token(token),
            None => webhook,
        }
    }
}

pub(super) async fn list(Extract(server): App, _: NoQuery) -> Reply {
    Json::of(server.webhooks.status())
}

pub(super) async fn add(Extract(server): App, _: NoQuery, JsonBody(receiver): JsonBody<Receiver>) -> Reply {
    Json::of(server.webhooks.add(receiver.into()).map_err(AdminError::invalid)?)
}

pub(super) async fn remove(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    let id = number("the id of a receiver", &name)?;
    if server.webhooks.remove(id) {
        return Ok(Json::done());
    }
    Err(AdminError::not_found(format!("the receiver {id} does not exist: GET /_emulator/webhooks lists the receivers")))
}

/// Replaces all receivers. The counts of the new receivers start at 0.
pub(super) async fn replace(Extract(server): App, _: NoQuery, JsonList(receivers): JsonList<Receiver>) -> Reply {
    let webhooks = receivers.into_iter().map(Webhook::from).collect();
    server.webhooks.replace(webhooks).map_err(AdminError::invalid)?;
    Json::of(server.webhooks.status())
}

pub(super) async fn reset(Extract(server): App, _: NoQuery) -> Reply {
    server.webhooks.reset();
    Json::of(server.webhooks.status())
}
