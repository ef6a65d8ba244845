//! Makes text out of bytes that are nearly JSON in UTF-8.

use std::borrow::Cow;

/// Stands for text that cannot be read.
pub(super) const REPLACEMENT: char = '\u{fffd}';

pub(super) struct Repaired<'a> {
    pub(super) text: Cow<'a, str>,
    /// Whether a [`REPLACEMENT`] may stand where the service sent something else.
    pub(super) changed: bool,
}

/// Replaces invalid UTF-8 and escaped surrogates without their other half by U+FFFD, and escapes control characters in
/// strings, which JSON forbids there.
pub(super) fn repair(bytes: &[u8]) -> Repaired<'_> {
    let text = String::from_utf8_lossy(bytes);
    let was_lossy = matches!(text, Cow::Owned(_));
    let mut repair = Repair { text: &text, out: String::new(), copied: 0, has_lone: false };
    repair.run();
    let Repair { out, copied, has_lone, .. } = repair;
    if copied == 0 {
        return Repaired { text, changed: was_lossy };
    }
    Repaired { text: Cow::Owned(out + &text[copied..]), changed: was_lossy || has_lone }
}

struct Repair<'a> {
    text: &'a str,
    /// The repaired text up to `copied`.
    out: String,
    copied: usize,
    has_lone: bool,
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

    /// Looks at the escape at this place; returns its length.
    fn escape(&mut self, at: usize) -> usize {
        match self.unit(at) {
            Some(0xd800..=0xdbff) if matches!(self.unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                self.replace(at, 6, "\\ufffd");
                self.has_lone = true;
                6
            }
            Some(_) => 6,
            None => 2,
        }
    }

    /// The UTF-16 unit that is escaped at this place.
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

    fn repaired(bytes: &[u8]) -> (String, bool) {
        let Repaired { text, changed } = repair(bytes);
        (text.into_owned(), changed)
    }

    #[test]
    fn good_text_is_borrowed_and_unchanged() {
        for text in ["", "{}", r#"{"a":"\ud83d\ude00 \\ud800 \" \n"}"#, "{\n\t\"a\": \"关\"}"] {
            let Repaired { text: same, changed } = repair(text.as_bytes());
            assert!(matches!(same, Cow::Borrowed(same) if same == text) && !changed, "{text}");
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
            assert_eq!(repaired(text.as_bytes()), (expected.to_owned(), true));
        }
        assert_eq!(repaired(br#""\ud8"#), (r#""\ud8"#.to_owned(), false));
        assert_eq!(repaired(br#""\u+d80""#), (r#""\u+d80""#.to_owned(), false));
    }

    #[test]
    fn invalid_utf_8_is_replaced() {
        assert_eq!(repaired(b"\"a\xff\xf0\x9f\x98\""), ("\"a\u{fffd}\u{fffd}\"".to_owned(), true));
    }

    #[test]
    fn control_characters_in_strings_are_escaped() {
        assert_eq!(repaired(b"{\n\"a\tb\"}"), ("{\n\"a\\u0009b\"}".to_owned(), false));
    }
}
