//! Responses about failures of this program and of the application.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;

/// A response about a failure, in the form that the service expects.
pub(super) fn response(status: StatusCode, reason: &str) -> Response {
    let body = serde_json::json!({"ActionStatus": "FAIL", "ErrorCode": status.as_u16(), "ErrorInfo": reason});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
