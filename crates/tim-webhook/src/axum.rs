//! An extractor and a router for axum.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRef, FromRequest, Request, State};
use axum::response::IntoResponse;
use axum::routing::any;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::{DeliveryKey, Receiver, Rejection, Response, Webhook};

/// The time in which the body has to come. The service waits as long for the whole response.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// A router with one route at `path`, which checks each request and calls `handle` with the
/// webhook.
///
/// If the response of `handle` is not OK, or `handle` panics or is cancelled, the delivery is
/// forgotten, so that a retry is not marked as a duplicate.
///
/// # Panics
/// If `path` is not one that [`Router::route`] takes: it has to start with `/`.
///
/// ```
/// use tim_webhook::{Receiver, SdkAppId, WebhookToken};
///
/// let receiver = Receiver::new(SdkAppId(1400000000), WebhookToken::new("from the console"));
/// let app = tim_webhook::router("/im", receiver, |webhook| async move {
///     if !webhook.is_duplicate {
///         println!("{:?}", webhook.event);
///     }
///     webhook.ok()
/// });
/// # let _: axum::Router = app;
/// ```
pub fn router<H, F>(path: &str, receiver: Receiver, handle: H) -> Router
where
    H: Fn(Webhook) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let respond = |State(receiver): State<Receiver>, webhook: Webhook| async move {
        let mut unhandled = Unhandled { receiver, key: Some(webhook.key) };
        let response = handle(webhook).await;
        if response.is_ok() {
            unhandled.key = None;
        }
        response
    };
    Router::new().route(path, any(respond)).with_state(receiver)
}

/// Forgets a delivery when it is dropped, unless it was handled.
struct Unhandled {
    receiver: Receiver,
    key: Option<DeliveryKey>,
}

impl Drop for Unhandled {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.receiver.forget(key);
        }
    }
}

/// Checks the request with the [`Receiver`] in the state. The body is read only after the head was
/// accepted, up to [`Receiver::body_limit`] and for at most 2 seconds.
impl<S: Send + Sync> FromRequest<S> for Webhook
where
    Receiver: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let receiver = Receiver::from_ref(state);
        let (head, body) = request.into_parts();
        let checked = receiver.check(head.method.as_str(), head.uri.query().unwrap_or_default(), now())?;
        let body = tokio::time::timeout(READ_TIMEOUT, read(body, receiver.body_limit()));
        checked.body(body.await.map_err(|_| Rejection::TooSlow)??)
    }
}

async fn read(body: Body, limit: usize) -> Result<impl AsRef<[u8]>, Rejection> {
    // `Content-Length` tells it before anything is read.
    if body.size_hint().lower() > limit as u64 {
        return Err(Rejection::TooLarge { limit });
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Rejection::TooLarge { limit }),
        Err(_) => Err(Rejection::Incomplete),
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl IntoResponse for Response {
    fn into_response(self) -> axum::response::Response {
        http::Response::<String>::from(self).map(Body::from)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        http::Response::<String>::from(self).map(Body::from)
    }
}
