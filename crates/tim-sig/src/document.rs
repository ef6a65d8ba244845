//! The JSON document inside a UserSig, and the text that its HMAC covers.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{Malformed, base64};

/// The longest document that is read, in bytes. Decompression stops there.
pub(crate) const MAX_DOCUMENT: usize = 8 * 1024;

/// The document. Its text fields borrow from the JSON unless they contain escapes.
#[derive(Deserialize)]
pub(crate) struct Document<'a> {
    /// Not covered by the HMAC, and not read by any official library. All of them write `2.0`.
    #[serde(rename = "TLS.ver", default, borrow)]
    pub(crate) version: Cow<'a, str>,
    #[serde(rename = "TLS.identifier", borrow)]
    pub(crate) identifier: Cow<'a, str>,
    // The official Go library omits numbers that are 0.
    #[serde(rename = "TLS.sdkappid", default)]
    pub(crate) sdkappid: u64,
    // Signed, because the official libraries accept a negative validity, which makes an expired signature.
    #[serde(rename = "TLS.expire", default)]
    pub(crate) expire: i64,
    #[serde(rename = "TLS.time", default)]
    pub(crate) time: i64,
    /// Base64. The HMAC covers this text, not the decoded bytes.
    #[serde(rename = "TLS.userbuf", default, borrow)]
    pub(crate) userbuf: Option<Text<'a>>,
    /// Base64 of the HMAC.
    #[serde(rename = "TLS.sig", borrow)]
    pub(crate) sig: Cow<'a, str>,
}

/// A text that can be borrowed. Serde does not borrow for an `Option<Cow<str>>`.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl<'a> Document<'a> {
    /// Reads the JSON inside a signature.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, Malformed> {
        // Checking UTF-8 once and reading a `&str` takes two thirds of the time of `from_slice`, which
        // checks each string.
        let text = str::from_utf8(json).map_err(|_| Malformed::NotADocument)?;
        serde_json::from_str(text).map_err(|_| Malformed::NotADocument)
    }

    /// Decodes the HMAC and the userbuf.
    pub(crate) fn decode_base64(&self) -> Result<([u8; 32], Option<Vec<u8>>), Malformed> {
        let mac = base64::decode_mac(&self.sig).ok_or(Malformed::NotADocument)?;
        let userbuf = self.userbuf_text().map(|text| base64::decode(text).ok_or(Malformed::NotADocument));
        Ok((mac, userbuf.transpose()?))
    }

    /// The userbuf as base64.
    pub(crate) fn userbuf_text(&self) -> Option<&str> {
        self.userbuf.as_ref().map(|text| &*text.0)
    }

    /// The last unix second at which the signature is valid.
    pub(crate) fn valid_until(&self) -> u64 {
        self.time.saturating_add(self.expire).max(0).unsigned_abs()
    }

    /// When the signature was made, in unix seconds.
    pub(crate) fn issued_at(&self) -> u64 {
        self.time.max(0).unsigned_abs()
    }

    /// App, time and validity as text.
    pub(crate) fn numbers<'b>(&self, buffers: &'b mut [itoa::Buffer; 3]) -> [&'b str; 3] {
        let [app, time, expire] = buffers;
        [app.format(self.sdkappid), time.format(self.time), expire.format(self.expire)]
    }

    /// Appends the text that the HMAC covers: one line per field, each with a newline at its end.
    pub(crate) fn signed_text(&self, [app, time, expire]: [&str; 3], text: &mut Vec<u8>) {
        let mut put = |part: &str| text.extend_from_slice(part.as_bytes());
        ["TLS.identifier:", &self.identifier, "\nTLS.sdkappid:", app].into_iter().for_each(&mut put);
        ["\nTLS.time:", time, "\nTLS.expire:", expire, "\n"].into_iter().for_each(&mut put);
        if let Some(userbuf) = self.userbuf_text() {
            ["TLS.userbuf:", userbuf, "\n"].into_iter().for_each(put);
        }
    }

    /// Appends the document as JSON.
    pub(crate) fn write(&self, [app, time, expire]: [&str; 3], json: &mut Vec<u8>) {
        let mut put = |part: &str| json.extend_from_slice(part.as_bytes());
        put(r#"{"TLS.ver":"2.0","TLS.identifier":""#);
        escape(&self.identifier, &mut put);
        [r#"","TLS.sdkappid":"#, app, r#","TLS.expire":"#, expire, r#","TLS.time":"#, time]
            .into_iter()
            .for_each(&mut put);
        // Base64 needs no escapes.
        if let Some(userbuf) = self.userbuf_text() {
            [r#","TLS.userbuf":""#, userbuf, "\""].into_iter().for_each(&mut put);
        }
        [r#","TLS.sig":""#, &self.sig, "\"}"].into_iter().for_each(put);
    }
}

/// Writes a user id inside JSON quotes. It contains no control characters, so only two characters
/// need an escape.
fn escape(text: &str, put: &mut impl FnMut(&str)) {
    for part in text.split_inclusive(['"', '\\']) {
        match part.strip_suffix(['"', '\\']) {
            Some(plain) => [plain, "\\", &part[plain.len()..]].into_iter().for_each(&mut *put),
            None => put(part),
        }
    }
}
