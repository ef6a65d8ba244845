//! Repairs bytes that are nearly JSON in UTF-8, so that they can be parsed.

use std::borrow::Cow;

/// Marks text that cannot be read until its value is decoded; [`shown`] replaces it by U+FFFD. It
/// is a noncharacter, which no text should contain. U+FFFD itself is not suitable as a mark,
/// because the service can send it in an id.
pub(super) const BROKEN: char = '\u{10ffff}';

/// The text with U+FFFD in place of [`BROKEN`].
pub(super) fn shown(text: String) -> String {
    if text.contains(BROKEN) { text.replace(BROKEN, "\u{fffd}") } else { text }
}

/// Replaces invalid UTF-8 and lone escaped surrogates by [`BROKEN`]. Escapes control characters in
/// strings, because JSON forbids them there.
pub(super) fn repair(bytes: &[u8]) -> Cow<'_, str> {
    let text = utf8(bytes);
    let mut repair = Repair { text: &text, out: String::new(), copied: 0 };
    repair.run();
    let Repair { out, copied, .. } = repair;
    if copied == 0 { text } else { Cow::Owned(out + &text[copied..]) }
}

fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(BROKEN);
        }
    }
    Cow::Owned(text)
}

struct Repair<'a> {
    text: &'a str,
    /// The repaired text up to `copied`.
    out: String,
    copied: usize,
}

impl Repair<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let (mut at, mut in_string) = (0, false);
        while let Some(byte) = bytes.get(at) {
            at += match byte {
                b'"' => {
                    in_string = !in_string;
                    1
                }
                b'\\' if in_string => self.escape(at),
                0..0x20 if in_string => {
                    self.replace(at, 1, &format!("\\u{byte:04x}"));
                    1
                }
                _ => 1,
            };
        }
    }

    /// Repairs the escape sequence at this position if necessary. Returns its length.
    fn escape(&mut self, at: usize) -> usize {
        match self.unit(at) {
            Some(0xd800..=0xdbff) if matches!(self.unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                self.replace(at, 6, BROKEN.encode_utf8(&mut [0; 4]));
                6
            }
            Some(_) => 6,
            None => 2,
        }
    }

    /// The UTF-16 unit of the escape sequence at this position.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        u16::from_str_radix(digits, 16).ok()
    }

    fn replace(&mut self, at: usize, length: usize, by: &str) {
        self.out.push_str(&self.text[self.copied..at]);
        self.out.push_str(by);
        self.copied = at + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_text_is_borrowed_and_unchanged() {
        // Outside of strings, a backslash does not escape.
        for text in ["", "{}", r"\ud800", r#"{"a":"\ud83d\ude00 \\ud800 \" \n"}"#, "{\n\t\"a\": \"关\"}"] {
            assert!(matches!(repair(text.as_bytes()), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_are_kept() {
        for (text, expected) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udc00""#, r#""\ufffd""#),
            (r#""\uD83Dx\uDE00""#, r#""\ufffdx\ufffd""#),
            (r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\\ud800""#, r#""\\\ufffd""#),
            (r#""\ud800"#, r#""\ufffd"#),
        ] {
            assert_eq!(repair(text.as_bytes()), expected.replace("\\ufffd", "\u{10ffff}"));
        }
        assert_eq!(repair(br#""\ud8"#), r#""\ud8"#);
        assert_eq!(repair(br#""\u+d80""#), r#""\u+d80""#);
    }

    #[test]
    fn invalid_utf_8_is_replaced() {
        assert_eq!(repair(b"\"a\xff\xf0\x9f\x98\""), "\"a\u{10ffff}\u{10ffff}\"");
    }

    #[test]
    fn control_characters_in_strings_are_escaped() {
        assert_eq!(repair(b"{\n\"a\tb\"}"), "{\n\"a\\u0009b\"}");
    }
}
