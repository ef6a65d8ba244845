//! Reading a document in the layout that signing libraries write. Every other layout is left to serde_json.

use std::borrow::Cow;

use crate::document::Document;

/// The document, when it is an object with each of the known keys at most once, with no more white space than one blank
/// after a colon or comma and a line end at the end, no escapes, and no number below 0 or over 18 digits. `None` says
/// nothing but that this is for serde_json to read.
pub(crate) fn scan(json: &[u8]) -> Option<Document<'_>> {
    let json = json.strip_suffix(b"\n").unwrap_or(json);
    // Without a branch, many bytes are looked at in one step.
    if json.iter().fold(false, |escapes, byte| escapes | (*byte == b'\\') | (*byte < b' ')) {
        return None;
    }
    let text = str::from_utf8(json).ok()?;
    let mut scan = Scan { text, at: 0 };
    let (mut version, mut identifier, mut userbuf, mut sig) = (None, None, None, None);
    let (mut sdkappid, mut expire, mut time) = (None, None, None);
    scan.take(b"{")?;
    loop {
        scan.take(b"\"TLS.")?;
        match (json.get(scan.at)?, json.get(scan.at + 1)?) {
            (b'v', _) => scan.once(b"ver\":", &mut version, Scan::string)?,
            (b'i', _) => scan.once(b"identifier\":", &mut identifier, Scan::string)?,
            (b's', b'd') => scan.once(b"sdkappid\":", &mut sdkappid, Scan::number)?,
            (b'e', _) => scan.once(b"expire\":", &mut expire, Scan::number)?,
            (b't', _) => scan.once(b"time\":", &mut time, Scan::number)?,
            (b'u', _) => scan.once(b"userbuf\":", &mut userbuf, Scan::string)?,
            _ => scan.once(b"sig\":", &mut sig, Scan::string)?,
        }
        if scan.take(b",").is_none() {
            break;
        }
        scan.blank();
    }
    scan.take(b"}")?;
    (scan.at == json.len()).then_some(Document {
        version: version.unwrap_or_default().into(),
        identifier: identifier?.into(),
        sdkappid: sdkappid.unwrap_or(0).unsigned_abs(),
        expire: expire.unwrap_or(0),
        time: time.unwrap_or(0),
        userbuf: userbuf.map(Cow::Borrowed),
        sig: sig?.into(),
    })
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Goes on behind these bytes, when they are the next ones.
    #[inline(always)]
    fn take<const N: usize>(&mut self, bytes: &[u8; N]) -> Option<()> {
        let found = self.rest().first_chunk() == Some(bytes);
        self.at += if found { N } else { 0 };
        found.then_some(())
    }

    #[inline(always)]
    fn blank(&mut self) {
        let _ = self.take(b" ");
    }

    /// The rest of a key, and the value for it, when it had none yet.
    #[inline(always)]
    fn once<T, const N: usize>(
        &mut self,
        key: &[u8; N],
        place: &mut Option<T>,
        value: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<()> {
        self.take(key)?;
        self.blank();
        let value = value(self)?;
        place.replace(value).is_none().then_some(())
    }

    /// What is between two quotes.
    #[inline(always)]
    fn string(&mut self) -> Option<&'a str> {
        self.take(b"\"")?;
        let start = self.at;
        let end = start + self.rest().iter().position(|byte| *byte == b'"')?;
        self.at = end + 1;
        self.text.get(start..end)
    }

    #[inline(always)]
    fn number(&mut self) -> Option<i64> {
        let rest = self.rest();
        let (mut number, mut count) = (0_i64, 0);
        while let Some(digit @ b'0'..=b'9') = rest.get(count) {
            number = number.wrapping_mul(10).wrapping_add((digit - b'0').into());
            count += 1;
        }
        self.at += count;
        // A number of more digits, or one that starts with a zero, is not for this place.
        (matches!(count, 1..=18) && (rest[0] != b'0' || count == 1)).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What both ways read, or that one of them reads nothing.
    fn both(json: &[u8]) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let told = |document: Document<'_>| {
            let Document { version, identifier, sdkappid, expire, time, userbuf, sig } = document;
            vec![format!("{version:?} {identifier:?} {sdkappid} {expire} {time} {userbuf:?} {sig:?}")]
        };
        (scan(json).map(told), serde_json::from_slice(json).ok().map(told))
    }

    #[test]
    fn the_layouts_of_the_libraries_are_read() {
        for json in [
            r#"{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.expire":60,"TLS.time":1700000000,"TLS.sig":"x"}"#,
            r#"{"TLS.ver": "2.0", "TLS.identifier": "a b", "TLS.sdkappid": 0, "TLS.expire": 60, "TLS.time": 1, "TLS.sig": "x"}"#,
            "{\"TLS.sig\":\"x\",\"TLS.userbuf\":\"\",\"TLS.identifier\":\"中文\",\"TLS.time\":999999999999999999}\n",
        ] {
            let (ours, serde) = both(json.as_bytes());
            assert!(ours.is_some() && ours == serde, "{json}");
        }
    }

    #[test]
    fn the_rest_is_left_alone() {
        let fine = r#"{"TLS.identifier":"a","TLS.time":1,"TLS.sig":"x"}"#;
        assert!(scan(fine.as_bytes()).is_some());
        for (from, to) in [
            ("\"a\"", "\"\\u0061\""),
            ("\"a\"", "\"\t\""),
            (":1", ":-1"),
            (":1", ":01"),
            (":1", ":1.0"),
            (":1", ":1e3"),
            (":1", ":1000000000000000000"),
            (":1", ":"),
            (",", ",,"),
            (",", ",  "),
            ("}", ",}"),
            ("}", "} "),
            ("TLS.time", "TLS.other"),
            ("TLS.time", "TLS.sig"),
            ("TLS.sig", "TLS.ver"),
        ] {
            let json = fine.replacen(from, to, 1);
            assert!(scan(json.as_bytes()).is_none(), "{json}");
        }
        assert!(scan(b"{\"TLS.identifier\":\"\xff\",\"TLS.sig\":\"x\"}").is_none());
    }

    proptest! {
        /// What is read here, serde_json reads alike: pieces of documents in any order, and bytes changed at random.
        #[test]
        fn serde_json_agrees(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "\"", ":", ",", " ", "\n", "TLS.", "\"TLS.sig\":\"x\"", "\"TLS.identifier\":\"é\"", "\"TLS.time\":",
                "\"TLS.expire\":7", "\"TLS.sdkappid\":1400000000,", "0", "1", "-", "99999999999999999", "null", "\\", "\u{1}",
            ]), 0..12),
            noise in prop::collection::vec((any::<usize>(), any::<u8>()), 0..3),
        ) {
            let whole = ["{\"TLS.identifier\":\"a\",\"TLS.sig\":\"x\"", &pieces.concat(), "}"].concat();
            for mut json in [pieces.concat().into_bytes(), whole.into_bytes()] {
                for (at, byte) in &noise {
                    if let Some(at) = at.checked_rem(json.len()) {
                        json[at] = *byte;
                    }
                }
                let (ours, serde) = both(&json);
                prop_assert!(ours.is_none() || ours == serde, "{:?}", String::from_utf8_lossy(&json));
            }
        }
    }
}
