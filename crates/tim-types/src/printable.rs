//! Escapes text from outside, so that it is safe to print on a terminal or in a log.

use std::fmt::{self, Write as _};

/// Displays untrusted text on one line. Control characters and characters that change the
/// direction of text are escaped. After [`MAX_CHARS`](Self::MAX_CHARS) characters the text is cut,
/// and its length in bytes is added.
///
/// All other characters are written unchanged. `{:?}` also puts the text in quotes, and escapes
/// quotes and backslashes in it.
///
/// ```
/// use tim_types::Printable;
///
/// assert_eq!(Printable("a\u{1b}[2J\n关").to_string(), r"a\u{1b}[2J\n关");
/// assert_eq!(format!("{:?}", Printable("a\"b")), r#""a\"b""#);
/// assert!(Printable(&"x".repeat(1000)).to_string().ends_with("x... (1000 bytes)"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Printable<'a>(pub &'a str);

impl Printable<'_> {
    /// The number of characters after which a text is cut.
    pub const MAX_CHARS: usize = 300;

    fn write(&self, f: &mut fmt::Formatter<'_>, quoted: bool) -> fmt::Result {
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(Self::MAX_CHARS) {
            match c {
                '"' | '\\' if quoted => write!(f, "\\{c}")?,
                c if is_unsafe(c) => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        if chars.as_str().is_empty() { Ok(()) } else { write!(f, "... ({} bytes)", self.0.len()) }
    }
}

/// True for C0, C1 and DEL, for line and paragraph separators, and for characters that change the
/// direction of text.
fn is_unsafe(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl fmt::Debug for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.write(f, true)?;
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_are_kept() {
        for (text, shown) in [
            ("\0\u{7}\u{1b}]0;x\u{7f}", r"\u{0}\u{7}\u{1b}]0;x\u{7f}"),
            ("\u{9b}31m\u{85}", r"\u{9b}31m\u{85}"),
            ("\r\n\t", r"\r\n\t"),
            ("\u{202e}gpj\u{2066}\u{200f}\u{61c}\u{2028}", r"\u{202e}gpj\u{2066}\u{200f}\u{61c}\u{2028}"),
            ("关注 é 👩\u{200d}👧 \\ \"", "关注 é 👩\u{200d}👧 \\ \""),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }

    #[test]
    fn text_is_cut_after_300_characters() {
        let text = "关".repeat(300);
        assert_eq!(Printable(&text).to_string(), text);
        let longer = "关".repeat(301);
        assert_eq!(Printable(&longer).to_string(), text + "... (903 bytes)");
        assert!(format!("{:?}", Printable(&"\u{1b}".repeat(1 << 20))).len() < 2000);
    }
}
