//! The error responses of the admin API: an HTTP status and `{"error": ...}`.

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::Json;
use crate::app_settings::InvalidSettings;
use crate::database::DatabaseError;
use crate::redact::redact_str;
use crate::state::StateError;

#[derive(Debug)]
pub(super) struct AdminError {
    status: StatusCode,
    body: Value,
}

impl AdminError {
    /// Redacts signatures: the error can contain a part of the request.
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, body: json!({ "error": redact_str(&error.into()) }) }
    }

    pub(super) fn with_body(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    /// Status 400: the request is invalid.
    pub(super) fn invalid(error: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// Status 500: the emulator failed.
    pub(super) fn failed(error: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<StateError> for AdminError {
    fn from(error: StateError) -> Self {
        let status = match &error {
            error if error.is_busy() => StatusCode::CONFLICT,
            error if error.is_invalid() => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<DatabaseError> for AdminError {
    fn from(error: DatabaseError) -> Self {
        let status = match &error {
            DatabaseError::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            DatabaseError::Failed(_) | DatabaseError::Closed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<InvalidSettings> for AdminError {
    fn from(error: InvalidSettings) -> Self {
        Self::invalid(error)
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
