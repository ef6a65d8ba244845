//! Requests and responses of the crate http.

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Request, StatusCode};

use crate::{Receiver, Rejection, Response, Webhook};

/// Makes the response to a request: checks it, and calls `handle` with the webhook. `now` is in
/// Unix seconds.
///
/// If the response of `handle` is not OK, the delivery is forgotten, so that a retry is not marked
/// as a duplicate.
///
/// The body has to be in memory. A server should stop reading it at
/// [`Receiver::body_limit`], and should stop waiting for it after 2 seconds.
///
/// ```
/// use tim_webhook::{Receiver, SdkAppId};
///
/// let receiver = Receiver::without_token(SdkAppId(14));
/// let request = http::Request::post("/im?SdkAppid=15&CallbackCommand=Follow.CallbackAfterFollowAdd").body("{}")?;
/// let response = tim_webhook::respond(&receiver, &request, 1_700_000_000, |webhook| webhook.ok());
/// assert_eq!(response.status(), 403);
/// # Ok::<(), http::Error>(())
/// ```
pub fn respond(
    receiver: &Receiver,
    request: &Request<impl AsRef<[u8]>>,
    now: u64,
    handle: impl FnOnce(&Webhook) -> Response,
) -> http::Response<String> {
    let query = request.uri().query().unwrap_or_default();
    match receiver.receive(request.method().as_str(), query, request.body(), now) {
        Ok(webhook) => {
            let response = handle(&webhook);
            if !response.is_ok() {
                receiver.forget(&webhook.key);
            }
            response.into()
        }
        Err(rejection) => rejection.into(),
    }
}

impl From<Response> for http::Response<String> {
    fn from(response: Response) -> Self {
        let mut converted = Self::new(response.body);
        *converted.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        converted.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        converted
    }
}

impl From<Rejection> for http::Response<String> {
    fn from(rejection: Rejection) -> Self {
        let mut converted: Self = rejection.response().into();
        if rejection == Rejection::Method {
            converted.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        converted
    }
}
