//! The status of a receiver.

use std::time::Duration;

use serde::{Serialize, Serializer};

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
    /// The maximum number of retries of a webhook.
    pub retries: u32,
    /// The time between a failed attempt and its retry.
    #[serde(rename = "retry_interval_ms", serialize_with = "serialize_millis")]
    pub retry_interval: Duration,
    /// Whether an attempt whose connection broke is retried.
    pub retry_broken: bool,
    /// Whether an attempt with a bad response is retried.
    pub retry_bad_responses: bool,
    /// The maximum number of webhooks that wait.
    pub max_waiting: u32,
    /// The names of the events that the receiver gets; `None` for all events.
    pub events: Option<Vec<String>>,
    /// The number of delivered webhooks: the response had status 200 and a JSON body.
    pub delivered: u64,
    /// The number of webhooks with another response, or without a response, after the last retry.
    pub failed: u64,
    /// The number of webhooks that were dropped because too many were waiting.
    pub lost: u64,
    /// The number of webhooks that are not sent yet, have no response yet, or wait for a retry.
    pub waiting: u64,
    /// The number of attempts of all webhooks. It is higher than the number of webhooks if some
    /// were sent several times.
    pub attempts: u64,
    /// The reason why the latest failed webhook failed.
    pub last_failure: Option<String>,
}

fn serialize_millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
