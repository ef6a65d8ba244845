//! Extracts the path, the query and the body of a request. Each failure becomes an [`AdminError`].

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::AdminError;
use crate::body;
use crate::server::Server;

/// The maximum size of a body in bytes, except for an import and a command.
const MAX_BODY: usize = 1024 * 1024;

/// The name in the path of a request.
pub(super) struct Name(pub(super) String);

impl FromRequestParts<Arc<Server>> for Name {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, AdminError> {
        let Path(name) = path(parts, server).await?;
        Ok(Self(name))
    }
}

/// The two names in the path of a request.
pub(super) struct TwoNames(pub(super) String, pub(super) String);

impl FromRequestParts<Arc<Server>> for TwoNames {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, AdminError> {
        let Path((name, other)) = path(parts, server).await?;
        Ok(Self(name, other))
    }
}

/// Decodes the names in the path.
async fn path<T: DeserializeOwned + Send>(parts: &mut Parts, server: &Arc<Server>) -> Result<Path<T>, AdminError> {
    let path = Path::<T>::from_request_parts(parts, server).await;
    path.map_err(|rejection| AdminError::new(rejection.status(), rejection.body_text()))
}

/// The decoded keys and values of a query.
pub(super) struct Query(Vec<(String, String)>);

impl FromRequestParts<Arc<Server>> for Query {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self, AdminError> {
        // A `+` is a space, as in forms and in the queries that browsers build.
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|text| !text.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Ok(Self(pairs.map(|(key, value)| (decode(key), decode(value))).collect()))
    }
}

/// The query of a route without keys.
pub(super) struct NoQuery;

impl FromRequestParts<Arc<Server>> for NoQuery {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, AdminError> {
        Query::from_request_parts(parts, server).await?.only_keys(&[]).map(|()| Self)
    }
}

impl Query {
    /// Rejects unknown keys. Otherwise a filter with a typing error would match everything.
    pub(super) fn only_keys(&self, known: &[&str]) -> Result<(), AdminError> {
        let Some((key, _)) = self.0.iter().find(|(key, _)| !known.contains(&key.as_str())) else { return Ok(()) };
        let hint = if known.is_empty() {
            "this route has none".to_owned()
        } else {
            format!("the keys are {}", known.join(", "))
        };
        Err(AdminError::invalid(format!("the query has the unknown key {key:?}: {hint}")))
    }

    /// Returns the first value of a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn number<N: FromStr>(&self, key: &str) -> Result<Option<N>, AdminError> {
        self.text(key).map(|text| number(key, text)).transpose()
    }

    /// Returns the number with the key `limit`, from 1 to `max`.
    pub(super) fn limit(&self, default: u32, max: u32) -> Result<u32, AdminError> {
        let limit = self.number("limit")?.unwrap_or(default);
        if (1..=max).contains(&limit) {
            return Ok(limit);
        }
        Err(AdminError::invalid(format!("limit is out of range: it must be 1 to {max}")))
    }

    /// Returns the text with the key `search`; empty if the key is missing.
    pub(super) fn search(&self) -> Result<String, AdminError> {
        Ok(self.short("search")?.unwrap_or_default().to_owned())
    }

    /// Returns the value of a key, a text to search for.
    pub(super) fn short(&self, key: &str) -> Result<Option<&str>, AdminError> {
        /// The maximum length of a nickname.
        const MAX: usize = 500;
        match self.text(key) {
            Some(text) if text.len() > MAX => {
                Err(AdminError::invalid(format!("{key} is longer than {MAX} bytes: send a shorter text")))
            }
            text => Ok(text),
        }
    }

    /// Returns the value of a key that is `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, AdminError> {
        let flag = |text: &str| {
            text.parse().map_err(|_| AdminError::invalid(format!("{key} is {text:?}: it must be true or false")))
        };
        self.text(key).map(flag).transpose()
    }
}

pub(super) fn number<N: FromStr>(name: &str, text: &str) -> Result<N, AdminError> {
    text.parse().map_err(|_| AdminError::invalid(format!("{name} is {text:?}: it must be a number")))
}

/// The body as a JSON object. The `Content-Type` is ignored. An empty body means `{}`.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for JsonBody<T> {
    type Rejection = AdminError;

    async fn from_request(request: Request<Body>, _: &Arc<Server>) -> Result<Self, AdminError> {
        let read = read(request, MAX_BODY).await?;
        let json = if read.trim_ascii().is_empty() { b"{}" } else { read.as_ref() };
        // serde reads a struct from an array too, by the order of its fields.
        if json.trim_ascii_start().starts_with(b"[") {
            return Err(AdminError::invalid("the body is invalid: it is an array, but must be an object"));
        }
        parse(json).map(Self)
    }
}

/// The body as a JSON array.
pub(super) struct JsonList<T>(pub(super) Vec<T>);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for JsonList<T> {
    type Rejection = AdminError;

    async fn from_request(request: Request<Body>, _: &Arc<Server>) -> Result<Self, AdminError> {
        let read = read(request, MAX_BODY).await?;
        if read.trim_ascii().is_empty() {
            return Err(AdminError::invalid("the body is empty: send a list, at least []"));
        }
        parse(&read).map(Self)
    }
}

/// Reads a body of at most `max` bytes.
pub(super) async fn read(request: Request<Body>, max: usize) -> Result<Bytes, AdminError> {
    body::read(request.into_body(), max).await.ok_or_else(|| {
        let error = format!("the body is larger than {max} bytes, or incomplete: send less in a request");
        AdminError::new(StatusCode::PAYLOAD_TOO_LARGE, error)
    })
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(json).map_err(|error| AdminError::invalid(format!("the body is invalid: {error}")))
}
