//! The JSON document inside a UserSig and the text that its HMAC covers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The document. `TLS.ver` is not covered by the HMAC, and no official library looks at it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "TLS.ver", default, borrow)]
    pub(crate) version: Cow<'a, str>,
    #[serde(rename = "TLS.identifier", borrow)]
    pub(crate) identifier: Cow<'a, str>,
    // The official Go library leaves numbers out that are 0.
    #[serde(rename = "TLS.sdkappid", default)]
    pub(crate) sdkappid: u64,
    // Signed: the official libraries take a negative validity, with which people make an expired signature.
    #[serde(rename = "TLS.expire", default)]
    pub(crate) expire: i64,
    #[serde(rename = "TLS.time", default)]
    pub(crate) time: i64,
    /// Base64, as it stands in the signed text too.
    #[serde(rename = "TLS.userbuf", default, skip_serializing_if = "Option::is_none", borrow)]
    pub(crate) userbuf: Option<Cow<'a, str>>,
    /// Base64 of the HMAC.
    #[serde(rename = "TLS.sig", borrow)]
    pub(crate) sig: Cow<'a, str>,
}

impl Document<'_> {
    /// The text under the HMAC: one line a field, each with its line end.
    pub(crate) fn signed_text(&self) -> String {
        let Self { identifier, sdkappid, time, expire, userbuf, .. } = self;
        let userbuf = userbuf.as_ref().map(|userbuf| format!("TLS.userbuf:{userbuf}\n")).unwrap_or_default();
        format!("TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{time}\nTLS.expire:{expire}\n{userbuf}")
    }
}
