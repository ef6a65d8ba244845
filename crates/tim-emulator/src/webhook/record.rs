//! A delivery in the log.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use serde::{Deserialize, Serialize, Serializer};
use tim_types::SdkAppId;
use tim_types::webhook::Query;

use crate::redact::redact;

/// A webhook for one receiver, with the attempts to deliver it. Contains no token and no `Sign`.
/// Each UserSig in it is replaced by `[UserSig]`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The number of the delivery, counted from 1.
    pub number: u64,
    /// The time when the webhook was queued, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// The id of the receiver; see [`WebhookStatus::id`](super::WebhookStatus::id).
    pub receiver: u64,
    /// The URL of the receiver, without the query.
    pub url: String,
    /// The name of the event, for example `Sns.CallbackFriendAdd`.
    pub event: &'static str,
    /// The query of the URL without `Sign` and `RequestTime`. Each attempt creates these two.
    pub query: String,
    /// Whether the webhook was delivered.
    pub state: DeliveryState,
    /// The number of the delivery that this one sends again; `None` for the webhook of a change.
    pub resend_of: Option<u64>,
    /// The attempts, oldest first.
    pub attempts: Vec<WebhookAttempt>,
    #[serde(rename = "body", serialize_with = "serialize_body")]
    pub(super) payload: Arc<Payload>,
}

/// The state of a [`WebhookDelivery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeliveryState {
    /// The webhook is not sent yet, has no response yet, or waits for a retry.
    Waiting,
    /// The response had status 200 and a JSON body.
    Delivered,
    /// The response was another one, or there was no response.
    Failed,
    /// The webhook was dropped because too many were waiting.
    Lost,
}

/// An attempt to deliver a webhook. A connection that the receiver closed before the request was
/// sent is not an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookAttempt {
    /// The time of the attempt, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// The real time that the attempt took.
    #[serde(rename = "duration_us", serialize_with = "serialize_micros")]
    pub duration: Duration,
    /// The HTTP status of the response; `None` without a response.
    pub status: Option<u16>,
    /// The first 64 KiB of the body of the response; `None` without a response.
    pub response: Option<String>,
    /// The reason why the attempt failed; `None` if it succeeded.
    pub error: Option<String>,
}

impl WebhookDelivery {
    /// Returns the body of the webhook.
    pub fn body(&self) -> Cow<'_, str> {
        self.payload.shown()
    }

    /// Returns the approximate size in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let attempts = self.attempts.iter();
        let attempts: usize =
            attempts.map(|attempt| size_of::<WebhookAttempt>() + text(&attempt.response) + text(&attempt.error)).sum();
        size_of::<Self>() + self.url.len() + self.query.len() + self.payload.body.len() + attempts
    }
}

/// A webhook in the queue of a worker.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The number in the log.
    pub(super) number: u64,
    /// The number of retries so far.
    pub(super) retries: u32,
    pub(super) payload: Arc<Payload>,
}

/// The content of a webhook. All receivers share it, and a resend sends it again.
pub(super) struct Payload {
    pub(super) event: &'static str,
    pub(super) body: Bytes,
    pub(super) client_ip: IpAddr,
    /// The value of `OptPlatform`.
    pub(super) platform: &'static str,
    /// A hash of the user of the event. It selects the queue.
    pub(super) user: u64,
}

impl Payload {
    /// Returns the query without a signature.
    pub(super) fn query(&self, sdkappid: SdkAppId) -> Query {
        Query {
            sdkappid,
            command: self.event.to_owned(),
            content_type: "json".to_owned(),
            client_ip: self.client_ip.to_string(),
            platform: self.platform.to_owned(),
            sign: None,
            request_time: None,
        }
    }

    /// Returns the body without UserSigs.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match redact(&self.body) {
            Cow::Borrowed(body) => String::from_utf8_lossy(body),
            Cow::Owned(body) => Cow::Owned(String::from_utf8_lossy(&body).into_owned()),
        }
    }
}

/// Omits the body, which can contain a UserSig.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("event", &self.event).finish_non_exhaustive()
    }
}

fn serialize_body<S: Serializer>(payload: &Payload, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&payload.shown())
}

fn serialize_micros<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
