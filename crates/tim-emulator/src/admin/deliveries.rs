//! The log of webhook deliveries: list, show, clear, send again.

use axum::extract::State as Extract;
use axum::response::Response;
use hyper::StatusCode;
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::calls::listed;
use super::request::{Name, NoQuery, Query, number};
use super::{AdminError, App, Json, Reply};
use crate::webhook::{DeliveryFilter, DeliveryState, ResendError};

/// Responds with the deliveries that match, oldest first.
pub(super) async fn list(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query)?;
    // It takes time to search the text in 8 MiB.
    let find = move || server.webhooks.log().matching(&filter);
    let found = spawn_blocking(find).await.map_err(AdminError::failed)?;
    Ok(listed(StatusCode::OK, "[".to_owned(), found, "]\n"))
}

pub(super) async fn show(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    let number = delivery_number(&name)?;
    let delivery = server.webhooks.log().get(number).ok_or(ResendError::NoDelivery(number))?;
    Json::of(delivery.as_ref())
}

/// Responds with the new delivery.
pub(super) async fn resend(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    let delivery = server.webhooks.resend(delivery_number(&name)?)?;
    Json::of(delivery.as_ref())
}

pub(super) async fn clear(Extract(server): App, _: NoQuery) -> Reply {
    server.webhooks.log().clear();
    Ok(Json::done())
}

fn delivery_number(name: &str) -> Result<u64, AdminError> {
    number("the number of a delivery", name)
}

fn filter(query: &Query) -> Result<DeliveryFilter, AdminError> {
    query.only_keys(&["last", "before", "after", "receiver", "event", "state", "text"])?;
    let text = |key| query.text(key).map(str::to_owned);
    Ok(DeliveryFilter {
        last: query.number("last")?,
        before: query.number("before")?,
        after: query.number("after")?,
        receiver: query.number("receiver")?,
        event: text("event"),
        state: query.text("state").map(state).transpose()?,
        text: query.short("text")?.map(str::to_owned),
    })
}

fn state(text: &str) -> Result<DeliveryState, AdminError> {
    serde_json::from_value(Value::from(text))
        .map_err(|_| AdminError::invalid(format!("state is {text:?}: it must be waiting, delivered, failed or lost")))
}

impl From<ResendError> for AdminError {
    fn from(error: ResendError) -> Self {
        let status = match &error {
            ResendError::NoDelivery(_) => StatusCode::NOT_FOUND,
            ResendError::NoReceiver { .. } => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}
