//! Facts that the console explains: quirks and error codes.

use axum::extract::State as Extract;
use serde_json::{Value, json};
use tim_types::ErrorCode;

use super::request::{Name, NoQuery, Query, number};
use super::{AdminError, App, Json, Reply};
use crate::quirks::Quirks;

/// Lists the quirks with their descriptions, and whether they are on.
pub(super) async fn quirks(Extract(server): App, _: NoQuery) -> Reply {
    let current = json!(server.settings.get().quirks);
    let quirk = |(name, about)| json!({ "name": name, "about": about, "on": current.get(name) });
    Json::of(Quirks::descriptions().map(quirk).collect::<Vec<Value>>())
}

/// Responds with the meaning of a code, and what to do about it. The meaning can depend on the
/// service.
pub(super) async fn error_code(Name(name): Name, query: Query) -> Reply {
    query.only_keys(&["service"])?;
    let code = ErrorCode(number("the code", &name)?);
    let service = query.text("service").unwrap_or_default();
    let (Some(meaning), Some(advice)) = (code.meaning(service), code.advice(service)) else {
        return Err(AdminError::not_found(format!("the code {code} is not documented")));
    };
    Json::of(json!({ "code": code, "meaning": meaning, "advice": advice, "retryable": code.retryable(service) }))
}
