//! The JSON document inside a UserSig and the text that its HMAC covers.

use std::borrow::Cow;

use serde::Deserialize;

use crate::Malformed;
use crate::scan::scan;

/// A signature that unpacks beyond this is refused; the unpacking stops there.
pub(crate) const MAX_DOCUMENT: usize = 8 * 1024;

/// The document. `TLS.ver` is not covered by the HMAC, and no official library looks at it; all write the same.
#[derive(Deserialize)]
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
    #[serde(rename = "TLS.userbuf", default, borrow)]
    pub(crate) userbuf: Option<Cow<'a, str>>,
    /// Base64 of the HMAC.
    #[serde(rename = "TLS.sig", borrow)]
    pub(crate) sig: Cow<'a, str>,
}

impl<'a> Document<'a> {
    /// Reads the JSON inside a signature.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, Malformed> {
        scan(json).map_or_else(|| serde_json::from_slice(json).map_err(|_| Malformed::NotADocument), Ok)
    }
}

impl Document<'_> {
    /// Whether it names the one version there is. Nothing else of a document can be changed without breaking its HMAC.
    pub(crate) fn has_known_version(&self) -> bool {
        self.version == "2.0"
    }

    /// The last unix second at which it is valid.
    pub(crate) fn valid_until(&self) -> u64 {
        self.time.saturating_add(self.expire).max(0).unsigned_abs()
    }

    /// When it was made, in unix seconds.
    pub(crate) fn issued_at(&self) -> u64 {
        self.time.max(0).unsigned_abs()
    }

    /// The app, the time and the validity as text.
    pub(crate) fn numbers<'b>(&self, buffers: &'b mut [itoa::Buffer; 3]) -> [&'b str; 3] {
        let [app, time, expire] = buffers;
        [app.format(self.sdkappid), time.format(self.time), expire.format(self.expire)]
    }

    /// The text under the HMAC: one line a field, each with its line end.
    pub(crate) fn signed_text(&self, numbers: [&str; 3], text: &mut Vec<u8>) {
        let [app, time, expire] = numbers;
        let numbers = ["\nTLS.sdkappid:", app, "\nTLS.time:", time, "\nTLS.expire:", expire, "\n"];
        let mut put = |part: &str| text.extend_from_slice(part.as_bytes());
        put("TLS.identifier:");
        put(&self.identifier);
        numbers.into_iter().for_each(&mut put);
        if let Some(userbuf) = &self.userbuf {
            ["TLS.userbuf:", userbuf, "\n"].into_iter().for_each(put);
        }
    }

    /// The document as JSON.
    pub(crate) fn write(&self, numbers: [&str; 3], json: &mut Vec<u8>) {
        let [app, time, expire] = numbers;
        let mut put = |part: &str| json.extend_from_slice(part.as_bytes());
        put(r#"{"TLS.ver":"2.0","TLS.identifier":""#);
        escape(&self.identifier, &mut put);
        let numbers = [r#"","TLS.sdkappid":"#, app, r#","TLS.expire":"#, expire, r#","TLS.time":"#, time];
        numbers.into_iter().for_each(&mut put);
        // Base64 needs no escapes.
        if let Some(userbuf) = &self.userbuf {
            [r#","TLS.userbuf":""#, userbuf, "\""].into_iter().for_each(&mut put);
        }
        [r#","TLS.sig":""#, &self.sig, "\"}"].into_iter().for_each(put);
    }
}

/// A user id inside JSON quotes. It holds no control characters, so two characters are all that need an escape.
fn escape(text: &str, put: &mut impl FnMut(&str)) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(at);
        put(plain);
        put("\\");
        put(&special[..1]);
        rest = &special[1..];
    }
    put(rest);
}
