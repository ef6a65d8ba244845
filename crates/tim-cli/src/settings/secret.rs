//! Recognises secrets in the wrong setting, and keeps them out of all messages.

use std::borrow::Cow;
use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// What to do with a secret that was given as another setting.
pub(crate) const HINT: &str =
    "the value looks like a key or a UserSig: put the key in TIM_SECRET_KEY, or give the name of a file that has it";

/// What is shown in place of a secret.
const HIDDEN: &str = "(hidden: looks like a key)";

/// The length of a secret key of the console, in hex digits.
const KEY_LENGTH: usize = 64;
/// A UserSig is longer than this.
const MIN_USERSIG: usize = 64;

/// Whether the text is a secret key or a UserSig, judged by its shape.
pub(crate) fn is_secret(text: &str) -> bool {
    is_key(text.trim()) || is_usersig(text.trim())
}

/// Whether a part of the text is a secret, for example a part of a URL.
pub(crate) fn has_secret(text: &str) -> bool {
    matches!(redacted(text), Cow::Owned(_))
}

/// The text, with each secret in it replaced.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut copied = 0;
    let mut start = 0;
    // Boundaries of words are ASCII characters or the start of any other character.
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_base64(c) {
            continue;
        }
        if text.get(start..at).is_some_and(is_secret_word) {
            shown.push_str(text.get(copied..start).unwrap_or_default());
            shown.push_str(HIDDEN);
            copied = at;
        }
        start = at + c.len_utf8();
    }
    if copied == 0 && shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(shown)
}

/// A `-` or `=` can belong to a flag: `--name=value`.
fn is_secret_word(word: &str) -> bool {
    is_usersig(word) || word.split(['-', '_', '=', '*', '/', '+']).any(is_key) || word.split('=').any(is_usersig)
}

fn is_key(text: &str) -> bool {
    text.len() == KEY_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A UserSig is zlib data in base64, in the alphabet of the service or a common one.
fn is_usersig(text: &str) -> bool {
    text.len() >= MIN_USERSIG && text.starts_with("eJ") && text.chars().all(is_base64)
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '*' | '-' | '_' | '+' | '/' | '=')
}

/// A parser of a flag that never lets clap quote a secret.
#[derive(Clone)]
pub(crate) struct Guarded<P> {
    parser: P,
    /// Whether the value is never quoted, because it can have a password.
    always: bool,
}

/// Rejects a value that looks like a secret, without quoting it. Everything else is left to
/// `parser`.
pub(crate) fn guarded<P: TypedValueParser>(parser: P) -> Guarded<P> {
    Guarded { parser, always: false }
}

/// Like [`guarded`], but no error quotes the value, whatever it looks like.
pub(crate) fn never_quoted<P: TypedValueParser>(parser: P) -> Guarded<P> {
    Guarded { parser, always: true }
}

impl<P: TypedValueParser> TypedValueParser for Guarded<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<P::Value, clap::Error> {
        if is_secret(&value.to_string_lossy()) {
            return Err(hidden(command, arg, HINT));
        }
        self.parser.parse_ref(command, arg, value).map_err(|error| match self.always {
            // The source is the error of the parser; the rest of clap's error quotes the value.
            true => match std::error::Error::source(&error) {
                Some(problem) => hidden(command, arg, &problem.to_string()),
                None => hidden(command, arg, "it cannot be read"),
            },
            false => error,
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.parser.possible_values()
    }
}

fn hidden(command: &Command, arg: Option<&Arg>, problem: &str) -> clap::Error {
    let name = arg.map(ToString::to_string).unwrap_or_default();
    let message = format!("invalid value for '{name}': {problem}\n");
    clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        "5bd2850fff3ecb11".repeat(4)
    }

    fn usersig() -> String {
        format!("eJwtzE0{}*-_", "LgkAQRuG".repeat(12))
    }

    #[test]
    fn keys_and_signatures_have_a_shape() {
        for secret in [key(), key().to_uppercase(), format!(" {}\n", key()), usersig()] {
            assert!(is_secret(&secret), "{secret}");
        }
        for other in ["", "administrator", &key()[1..], "eJshort", "1400000000", "singapore", &format!("{}x", key())] {
            assert!(!is_secret(other), "{other}");
        }
    }

    #[test]
    fn a_secret_is_replaced_wherever_it_is_in_a_text() {
        for secret in [key(), usersig()] {
            for text in [
                format!("unexpected argument '--secret-key={secret}' found"),
                format!("http://host/?usersig={secret}&x=1"),
                format!("小明 {secret}"),
                secret.clone(),
            ] {
                let shown = redacted(&text);
                assert!(!shown.contains(&secret) && shown.contains(HIDDEN), "{shown}");
                assert!(has_secret(&text));
            }
        }
        let text = "no profile \"prod\"; 小明";
        assert!(matches!(redacted(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn clap_quotes_no_secret() {
        let number = guarded(clap::value_parser!(u32));
        let secretive = never_quoted(|text: &str| text.parse::<u32>());
        let command = Command::new("tim")
            .arg(Arg::new("n").long("n").value_parser(number))
            .arg(Arg::new("s").long("s").value_parser(secretive));
        let error = |args: [&str; 3]| command.clone().try_get_matches_from(args).unwrap_err().to_string();
        for secret in [key(), usersig()] {
            let text = error(["tim", "--n", &secret]);
            assert!(!text.contains(&secret) && text.contains("--n") && text.contains("TIM_SECRET_KEY"), "{text}");
        }
        assert!(error(["tim", "--n", "x"]).contains("'x'"));
        let text = error(["tim", "--s", "hunter2"]);
        assert!(!text.contains("hunter2") && text.contains("invalid digit"), "{text}");
    }
}
