//! Lists, adds, removes and replaces the receivers of webhooks.

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
    /// The names of the events; all events without this key.
    events: Option<Vec<String>>,
}

impl From<Receiver> for Webhook {
    fn from(receiver: Receiver) -> Self {
        let webhook = Self::to(receiver.url).retries(receiver.retries);
        let webhook = match receiver.events {
            Some(events) => webhook.events(events),
            None => webhook,
        };
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
