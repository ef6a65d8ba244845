//! Takes the signature of a call out of what the server sent back.
//!
//! A proxy or a gateway may echo the URL of the request, as it was or encoded. Only the signature is replaced; all other
//! bytes stay as they are.

use std::iter::from_fn;
use std::mem::replace;

use memchr::{memchr2_iter, memmem};

/// Stands where the signature was.
const REDACTED: &[u8] = b"[redacted]";
/// A beginning of the signature of this length is replaced too, as in a URL that was cut.
const SHORTEST: usize = 24;
/// How many characters of the signature the quick search looks for.
const PREFIX: usize = 4;
/// How often a character may be percent-encoded, one encoding in the other.
const MAX_NESTED: usize = 3;

/// Replaces each occurrence of `usersig`: plain, percent-encoded, with JSON escapes, or both, in upper or lower case.
pub(super) fn redact(body: Vec<u8>, usersig: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut copied = 0;
    for start in candidates(&body, usersig.as_bytes()) {
        if let Some(end) = matches_at(&body, start, usersig.as_bytes()).filter(|_| start >= copied) {
            out.extend_from_slice(&body[copied..start]);
            out.extend_from_slice(REDACTED);
            copied = end;
        }
    }
    if copied == 0 {
        return body;
    }
    out.extend_from_slice(&body[copied..]);
    out
}

/// Where the signature may start, in order. Either its first characters are plain, or one of them is an escape, so few
/// places have to be looked at.
fn candidates<'a>(body: &'a [u8], usersig: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let prefix = usersig.get(..PREFIX).unwrap_or(usersig);
    let mut plain = memmem::find_iter(body, prefix).peekable();
    let mut seen = 0;
    let escapes = memchr2_iter(b'%', b'\\', body);
    let mut escaped =
        escapes.flat_map(move |at| at.saturating_sub(PREFIX - 1).max(replace(&mut seen, at + 1))..=at).peekable();
    from_fn(move || match (plain.peek(), escaped.peek()) {
        (Some(first), Some(other)) if first <= other => plain.next(),
        (Some(_), None) => plain.next(),
        _ => escaped.next(),
    })
}

/// Where the signature, or a long beginning of it, ends when it starts at `start`.
fn matches_at(body: &[u8], start: usize, usersig: &[u8]) -> Option<usize> {
    let mut end = start;
    for (matched, expected) in usersig.iter().enumerate() {
        match decoded(body, end).filter(|(byte, _)| byte == expected) {
            Some((_, after)) => end = after,
            None => return (matched >= SHORTEST).then_some(end),
        }
    }
    Some(end)
}

/// The character at this place without its percent encodings (there may be several, one in the other), and where the
/// next one starts.
fn decoded(body: &[u8], at: usize) -> Option<(u8, usize)> {
    let (mut byte, mut end) = unescaped(body, at)?;
    for _ in 0..MAX_NESTED {
        match percent_decoded(body, end).filter(|_| byte == b'%') {
            Some(inner) => (byte, end) = inner,
            None => break,
        }
    }
    Some((byte, end))
}

/// The byte that two hexadecimal digits at this place stand for.
fn percent_decoded(body: &[u8], at: usize) -> Option<(u8, usize)> {
    let (high, after) = unescaped(body, at)?;
    let (low, after) = unescaped(body, after)?;
    Some((hex(high)? << 4 | hex(low)?, after))
}

/// The character at this place without its JSON escape, and where the next one starts.
fn unescaped(body: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = body.get(at..)?;
    let Some(digits) = rest.strip_prefix(b"\\u").and_then(|rest| rest.get(..4)) else {
        return Some((*rest.first()?, at + 1));
    };
    let value = digits.iter().try_fold(0_u16, |value, digit| Some(value << 4 | u16::from(hex(*digit)?)))?;
    Some((u8::try_from(value).ok()?, at + 6))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIG: &str = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiU*-_";

    fn redacted(body: &str) -> String {
        String::from_utf8(redact(body.into(), SIG)).unwrap()
    }

    fn encode(text: &str, one: impl Fn(u8) -> String) -> String {
        text.bytes().map(one).collect()
    }

    fn is_plain(byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
    }

    #[test]
    fn a_signature_is_replaced_in_every_encoding() {
        let percent = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let encodings = [
            SIG.to_owned(),
            encode(SIG, percent),
            encode(SIG, percent).to_lowercase().replace(&SIG[..SIG.len() - 3].to_lowercase(), &SIG[..SIG.len() - 3]),
            encode(&encode(SIG, percent), |byte| if byte == b'%' { "%25".into() } else { char::from(byte).into() }),
            encode(SIG, |byte| format!("%{byte:02x}")),
            encode(SIG, |byte| format!("\\u{byte:04x}")),
            encode(SIG, |byte| format!("\\u{byte:04X}")),
            encode(SIG, |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("\\u{byte:04X}") }),
            encode(&encode(SIG, percent), |byte| if byte == b'%' { "\\u0025".into() } else { char::from(byte).into() }),
        ];
        for encoded in encodings {
            let body = format!("{{\"e\\u0065\":\"100% eJyr usersig={encoded}&x={encoded}\"}}");
            let expected = "{\"e\\u0065\":\"100% eJyr usersig=[redacted]&x=[redacted]\"}";
            assert_eq!(redacted(&body), expected, "{encoded}");
            assert_eq!(redacted(&encoded), "[redacted]");
        }
    }

    #[test]
    fn a_signature_that_was_cut_is_replaced() {
        let (half, _) = SIG.split_at(SIG.len() / 2);
        assert_eq!(redacted(&format!("\"{half}\"")), "\"[redacted]\"");
        assert_eq!(redacted(&format!("{half}{SIG}")), "[redacted][redacted]");
        let (start, _) = SIG.split_at(SHORTEST - 1);
        assert_eq!(redacted(start), start);
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for body in
            ["", "e", "%", "\\", "\\u", "\\u00", "%e", "eJyr", "eJ%79", "{\"a\":\"\\u0065\\u004a%79 100%\\\\\"}"]
        {
            assert_eq!(redacted(body), body);
        }
        let bytes = [b"\xff\xfe%".as_slice(), SIG.as_bytes(), b"\xff"].concat();
        assert_eq!(redact(bytes, SIG), b"\xff\xfe%[redacted]\xff");
        assert_eq!(redacted(&"%25".repeat(100_000)), "%25".repeat(100_000));
        assert_eq!(redacted(&"\\".repeat(100_000)), "\\".repeat(100_000));
    }
}
