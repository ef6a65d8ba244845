//! Removes the UserSigs of a call from what the server or the transport sent back.
//!
//! A proxy or a gateway can echo the URL of the request: whole, cut, in pieces, or encoded. Only
//! runs of the UserSig are replaced; all other bytes stay as they are.

use std::error::Error;
use std::ops::Range;

use memchr::memmem;
use tim_sig::UserSig;
use tim_transport::TransportError;
use tim_types::Printable;

/// Replaces a run.
const REDACTED: &[u8] = b"[redacted]";
/// The shortest run that is replaced, in characters.
const SHORTEST: usize = 24;
/// Each run of [`SHORTEST`] characters contains a block of this length that starts at a multiple of
/// it.
const BLOCK: usize = SHORTEST / 2;
/// The number of characters with which all UserSigs start: the compressed names of the first keys.
const CONSTANT: usize = 41;
/// At most this many characters at the end depend on the key: 44 characters of HMAC with 8 bits
/// each, a back-reference that ends in them, the end of the document, a checksum of 32 bits and the
/// padding. The rest holds the app, the user and the times.
const KEYED: usize = 76;
/// How many encodings inside each other are decoded.
const MAX_LAYERS: usize = 8;
/// A text without a break is searched in parts of this length, which bounds the memory.
const PART: usize = 64 << 10;
/// The parts overlap, so that a run at the end of one is found in the next.
const OVERLAP: usize = 4 << 10;

/// Replaces each run of at least 24 characters of one of the UserSigs that reaches beyond their
/// constant start: plain, or encoded with percent signs, JSON escapes, numeric HTML entities or
/// several of them.
pub(super) fn redact(body: Vec<u8>, usersigs: &[UserSig]) -> Vec<u8> {
    let runs = runs(&body, usersigs);
    if runs.is_empty() {
        return body;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut copied = 0;
    for run in runs {
        if run.start >= copied {
            out.extend_from_slice(&body[copied..run.start]);
            out.extend_from_slice(REDACTED);
        }
        copied = copied.max(run.end);
    }
    out.extend_from_slice(&body[copied..]);
    out
}

/// The error with its detail redacted, escaped and cut. A source that shows a UserSig anywhere in
/// its chain is dropped.
pub(super) fn error(error: TransportError, usersigs: &[UserSig]) -> TransportError {
    let error = if shows(error.source(), usersigs) { error.without_source() } else { error };
    let detail = redact(error.detail().into(), usersigs);
    let detail = Printable(&String::from_utf8_lossy(&detail)).to_string();
    error.with_detail(detail)
}

/// Whether a UserSig is in `Display` or `Debug` of an error or of one of its sources.
fn shows(mut error: Option<&(dyn Error + 'static)>, usersigs: &[UserSig]) -> bool {
    while let Some(cause) = error {
        let text = format!("{cause} {cause:?} {cause:#?}");
        if !runs(text.as_bytes(), usersigs).is_empty() {
            return true;
        }
        error = cause.source();
    }
    false
}

/// Where runs are, in order of their start. They can overlap.
fn runs(body: &[u8], usersigs: &[UserSig]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(block) = body.get(at..at + SHORTEST) {
        // Most bytes are skipped: no run that is long enough starts before the last byte that
        // cannot be in one.
        if let Some(last) = block.iter().rposition(|byte| !is_part(*byte)) {
            at += last + 1;
            continue;
        }
        let length = body[at..].iter().take(PART).take_while(|byte| is_part(**byte)).count();
        find_in_layers(Text::new(&body[at..at + length], at), usersigs, &mut found);
        at += if length == PART { PART - OVERLAP } else { length };
    }
    found.sort_unstable_by_key(|run: &Range<usize>| (run.start, run.end));
    found
}

/// Searches the text as it is and after each layer of encoding.
fn find_in_layers(mut text: Text, usersigs: &[UserSig], found: &mut Vec<Range<usize>>) {
    for _ in 0..=MAX_LAYERS {
        for usersig in usersigs {
            text.find(usersig.expose().as_bytes(), found);
        }
        match text.decoded() {
            Some(decoded) => text = decoded,
            None => return,
        }
    }
}

/// A part of the body, perhaps decoded.
struct Text {
    bytes: Vec<u8>,
    /// Where each byte starts in the body, and where the last one ends.
    starts: Vec<usize>,
}

impl Text {
    fn new(bytes: &[u8], start: usize) -> Self {
        Self { bytes: bytes.to_vec(), starts: (start..=start + bytes.len()).collect() }
    }

    /// The text without one layer of encoding; `None` if nothing is encoded.
    fn decoded(&self) -> Option<Self> {
        memchr::memchr3(b'%', b'\\', b'&', &self.bytes)?;
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let (byte, length) = escape(&self.bytes[at..]).unwrap_or((*byte, 1));
            bytes.push(byte);
            starts.push(self.starts[at]);
            at += length;
        }
        starts.extend(self.starts.last());
        (bytes.len() < self.bytes.len()).then_some(Self { bytes, starts })
    }

    /// Adds the runs of `usersig` in this text.
    fn find(&self, usersig: &[u8], found: &mut Vec<Range<usize>>) {
        let text = self.bytes.as_slice();
        let mut seen = 0;
        for (index, block) in text.chunks_exact(BLOCK).enumerate() {
            let at = index * BLOCK;
            if at + BLOCK <= seen {
                continue;
            }
            for offset in memmem::find_iter(usersig, block) {
                let before = matching(text[..at].iter().rev(), usersig[..offset].iter().rev());
                let after = matching(&text[at..], &usersig[offset..]);
                let (start, end) = (at - before, at + after);
                seen = seen.max(end);
                if is_secret(offset - before..offset + after, usersig.len(), &text[end..]) {
                    found.push(self.starts[start]..self.starts[end]);
                }
            }
        }
    }
}

/// Whether this run of a UserSig of this length, with `rest` behind it, is replaced. A run that
/// does not reach the HMAC and continues differently is left: it is in another UserSig, for example
/// of the same app or user.
fn is_secret(run: Range<usize>, length: usize, rest: &[u8]) -> bool {
    let continues = rest.first().is_some_and(|byte| is_sig(*byte)) || escape(rest).is_some();
    let is_other = run.end + KEYED <= length && continues;
    run.len() >= SHORTEST && run.end > CONSTANT && !is_other
}

/// How many elements are equal up to the first difference.
fn matching<'a>(left: impl IntoIterator<Item = &'a u8>, right: impl IntoIterator<Item = &'a u8>) -> usize {
    left.into_iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// Whether a UserSig can contain this character.
const fn is_sig(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'_')
}

/// Whether a UserSig, plain or encoded, can contain this character.
fn is_part(byte: u8) -> bool {
    IS_PART[usize::from(byte)]
}

/// A table, because the search looks at a large part of every response.
static IS_PART: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = u8::MIN;
    loop {
        table[byte as usize] = is_sig(byte) || matches!(byte, b'%' | b'\\' | b'&' | b'#' | b';');
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break table,
        }
    }
};

/// The byte that an escape at the start of `text` stands for, and the length of the escape.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        [b'\\', b'u', digits @ ..] => Some((number(digits.get(..4)?, 16)?, 6)),
        [b'\\', b'\\', ..] => Some((b'\\', 2)),
        [b'&', b'a', b'm', b'p', b';', ..] => Some((b'&', 5)),
        [b'&', b'#', b'x' | b'X', digits @ ..] => entity(digits, 16).map(|(byte, length)| (byte, length + 3)),
        [b'&', b'#', digits @ ..] => entity(digits, 10).map(|(byte, length)| (byte, length + 2)),
        _ => None,
    }
}

/// The number up to the `;`, and the length of both.
fn entity(text: &[u8], radix: u32) -> Option<(u8, usize)> {
    let length = text.iter().take(8).position(|byte| *byte == b';').filter(|length| *length > 0)?;
    Some((number(&text[..length], radix)?, length + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let digit = |digit: &u8| char::from(*digit).to_digit(radix);
    let value = digits.iter().try_fold(0_u32, |value, next| Some(value * radix + digit(next)?))?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests;
