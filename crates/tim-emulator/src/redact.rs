//! Replaces UserSigs in data that is kept or shown.
//!
//! A UserSig is recognized by its format, even if it is percent-encoded or has JSON escapes. All
//! other bytes stay unchanged.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode_str;

/// The text that replaces a UserSig.
const REDACTED: &str = "[UserSig]";
/// The minimum length of a text that counts as a UserSig. Real UserSigs have at least 150
/// characters.
const SHORTEST: usize = 80;
/// The maximum number of nested encodings that are decoded.
const MAX_LAYERS: usize = 3;

/// Replaces each text that looks like a UserSig: a long run of base64 characters that starts with
/// the header of zlib data. In a text without such a run, most bytes are skipped.
pub(crate) fn redact(text: &[u8]) -> Cow<'_, [u8]> {
    let runs = runs(text);
    if runs.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut copied = 0;
    for run in runs {
        kept.extend_from_slice(&text[copied..run.start]);
        kept.extend_from_slice(REDACTED.as_bytes());
        copied = run.end;
    }
    kept.extend_from_slice(&text[copied..]);
    Cow::Owned(kept)
}

/// Like [`redact`], for text.
pub(crate) fn redact_str(text: &str) -> Cow<'_, str> {
    match redact(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(kept) => Cow::Owned(String::from_utf8_lossy(&kept).into_owned()),
    }
}

/// Redacts the target of a request line. Any value of the key `usersig` is replaced.
pub(crate) fn redact_target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return redact_str(target).into_owned() };
    let mut kept = path.to_owned();
    for (number, pair) in query.split('&').enumerate() {
        kept.push(if number == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key, value)) if is_usersig(key) && !value.is_empty() => {
                kept.extend([key, "=", REDACTED]);
            }
            _ => kept.push_str(pair),
        }
    }
    match redact_str(&kept) {
        Cow::Borrowed(_) => kept,
        Cow::Owned(redacted) => redacted,
    }
}

/// Whether this key of a query is the key of the signature. The key can be percent-encoded.
pub(crate) fn is_usersig(key: &str) -> bool {
    percent_decode_str(key).decode_utf8_lossy().eq_ignore_ascii_case("usersig")
}

/// Returns the ranges of all UserSigs, in order.
fn runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(window) = text.get(at..at + SHORTEST) {
        // No run that is long enough starts before the last byte that cannot be in one.
        if let Some(last) = window.iter().rposition(|byte| !is_part(*byte)) {
            at += last + 1;
            continue;
        }
        let end = at + text[at..].iter().take_while(|byte| is_part(**byte)).count();
        while at < end {
            match usersig_at(&text[at..end]) {
                Some(length) => {
                    found.push(at..at + length);
                    at += length;
                }
                None => at += 1,
            }
        }
    }
    found
}

/// The length of the UserSig with which `text` starts, plain or encoded.
fn usersig_at(text: &[u8]) -> Option<usize> {
    if !matches!(text.first()?, b'e' | b'%' | b'\\') {
        return None;
    }
    let mut header = [0; 3];
    let (mut characters, mut length, mut layers) = (0, 0, 0);
    loop {
        match decode(text, length, layers) {
            Some((byte, next)) if is_sig(byte) => {
                if let Some(place) = header.get_mut(characters) {
                    *place = byte;
                }
                if characters == 2 && !is_zlib(header) {
                    return None;
                }
                (characters, length) = (characters + 1, next);
            }
            // Another layer does not change the characters before, which start no escape.
            Some((b'%' | b'\\', _)) if layers < MAX_LAYERS => layers += 1,
            _ => return (characters >= SHORTEST).then_some(length),
        }
    }
}

/// Whether base64 with this start is zlib data: the byte 0x78, then one of four bytes for the
/// compression level. The last two bits of the third character belong to the data.
fn is_zlib(base64: [u8; 3]) -> bool {
    matches!(
        base64,
        [b'e', b'A', b'E'..=b'H'] | [b'e', b'F', b'4'..=b'7'] | [b'e', b'J', b'w'..=b'z'] | [b'e', b'N', b'o'..=b'r']
    )
}

/// Returns the character at `at` after decoding this many layers, and the start of the next
/// character. A character that does not fit in a byte becomes 0, which is never in a UserSig.
fn decode(text: &[u8], at: usize, layers: usize) -> Option<(u8, usize)> {
    let Some(inner) = layers.checked_sub(1) else { return Some((*text.get(at)?, at + 1)) };
    let (first, next) = decode(text, at, inner)?;
    let escaped = match first {
        b'%' => number(text, next, inner, 2),
        b'\\' => match decode(text, next, inner) {
            Some((b'u', digits)) => number(text, digits, inner, 4),
            Some((byte @ (b'/' | b'\\'), end)) => Some((byte, end)),
            _ => None,
        },
        _ => None,
    };
    Some(escaped.unwrap_or((first, next)))
}

/// The byte with these hexadecimal digits, and where they end.
fn number(text: &[u8], mut at: usize, layers: usize, digits: usize) -> Option<(u8, usize)> {
    let mut value = 0;
    for _ in 0..digits {
        let (digit, next) = decode(text, at, layers)?;
        value = value * 16 + char::from(digit).to_digit(16)?;
        at = next;
    }
    Some((u8::try_from(value).unwrap_or(0), at))
}

/// Whether a UserSig can contain this character, also one in the alphabet that it is made of.
const fn is_sig(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'_' | b'+' | b'/' | b'=')
}

/// Whether a UserSig, plain or encoded, can contain this character.
fn is_part(byte: u8) -> bool {
    IS_PART[usize::from(byte)]
}

/// A table, because the search looks at a part of every call.
static IS_PART: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = u8::MIN;
    loop {
        table[byte as usize] = is_sig(byte) || matches!(byte, b'%' | b'\\');
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break table,
        }
    }
};

#[cfg(test)]
mod tests;
