//! Escapes text that this program did not write itself.

use std::borrow::Cow;
use std::fmt::Write as _;

/// True for a character that can control a terminal or hide text: C0, C1 and DEL, line and
/// paragraph separators, and characters that change the direction of text. The same set as that of
/// [`Printable`](tim_follow::Printable), which also cuts the text.
pub(crate) fn is_unsafe(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Text for one line of a terminal: unsafe characters are shown as `\u{1b}` or `\n`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    replaced(text, is_unsafe, |escaped, c| escaped.extend(c.escape_default()))
}

/// Text with several lines for a terminal: like [`line`], but line ends are kept.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| c != '\n' && is_unsafe(c), |escaped, c| escaped.extend(c.escape_default()))
}

/// JSON on one line that holds the same data without unsafe characters: those in strings are
/// written as `\u009b`, and white space between tokens as spaces.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    replaced(text, is_unsafe, |escaped, c| match c {
        // Strings do not have them: JSON requires an escape there.
        '\t' | '\r' | '\n' => escaped.push(' '),
        // All unsafe characters have four hex digits.
        c => drop(write!(escaped, "\\u{:04x}", u32::from(c))),
    })
}

fn replaced(text: &str, is_replaced: impl Fn(char) -> bool, replace: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = text.find(&is_replaced) else { return Cow::Borrowed(text) };
    let (safe, rest) = text.split_at(first);
    let mut escaped = String::with_capacity(text.len() + 32);
    escaped.push_str(safe);
    for c in rest.chars() {
        if is_replaced(c) {
            replace(&mut escaped, c);
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tim_follow::Printable;

    use super::*;

    const HOSTILE: &str = "关 \u{1b}]0;x\u{7}\r\n\t\u{7f}\u{9b}31m\u{202e}\u{2066}\u{61c}\u{2028}👩\u{200d}👧";

    #[test]
    fn a_line_cannot_control_the_terminal() {
        let shown = r"关 \u{1b}]0;x\u{7}\r\n\t\u{7f}\u{9b}31m\u{202e}\u{2066}\u{61c}\u{2028}👩‍👧";
        assert_eq!(line(HOSTILE), shown);
        assert_eq!(lines(HOSTILE), shown.replace("\\n", "\n"));
        assert!(matches!(line("关 \\ \""), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_json_holds_the_same_data() {
        let value = Value::from(HOSTILE);
        let text = json(&value.to_string()).into_owned();
        assert!(!text.contains(is_unsafe), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(json("{\n\t\"a\":1\r\n}"), "{  \"a\":1  }");
    }

    #[test]
    fn the_unsafe_characters_are_those_of_the_sdk() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert_eq!(is_unsafe(c), Printable(&text).to_string() != text, "{c:?}");
            assert!(!is_unsafe(c) || u32::from(c) < 0x10000);
        }
    }
}
