//! What came with a request of the admin API.

use std::borrow::Cow;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::AdminError;

pub(super) struct Request<'a> {
    /// What stands in the variable place of the path.
    pub(super) name: Cow<'a, str>,
    pub(super) body: &'a [u8],
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Request<'a> {
    pub(super) fn new(name: &'a str, query: &'a str, body: &'a [u8]) -> Self {
        let decode = |text: &'a str| percent_decode_str(text).decode_utf8_lossy();
        let pair = |pair: &'a str| pair.split_once('=').unwrap_or((pair, ""));
        let pairs = query.split('&').filter(|text| !text.is_empty()).map(pair);
        Self { name: decode(name), body, query: pairs.map(|(key, value)| (decode(key), decode(value))).collect() }
    }

    /// Refuses keys in the query that the route does not know: a filter with a typo would let all through.
    pub(super) fn only_keys(&self, known: &[&str]) -> Result<(), AdminError> {
        let Some((key, _)) = self.query.iter().find(|(key, _)| !known.contains(&key.as_ref())) else { return Ok(()) };
        Err(AdminError::bad(format!("{key:?} is no key of this query: it takes {}", known.join(", "))))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_ref())
    }

    pub(super) fn number<N: FromStr>(&self, key: &str) -> Result<Option<N>, AdminError> {
        let wrong = |text: &str| AdminError::bad(format!("{key} is {text:?}: it must be a number"));
        self.text(key).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
    }

    /// The body as JSON; an empty one is `{}`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, AdminError> {
        let body = if self.body.trim_ascii().is_empty() { b"{}" } else { self.body };
        serde_json::from_slice(body).map_err(|error| AdminError::bad(format!("the body does not fit: {error}")))
    }
}
