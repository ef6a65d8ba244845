//! The token of the console, from files or a variable.

use std::path::{Path, PathBuf};

use clap::builder::PathBufValueParser;
use tim_follow::SecretKey;
use tim_follow::sig::KeyError;
use tim_webhook::WebhookToken;

use crate::exit::Failure;
use crate::settings::secret::{self, Guarded};

/// The variable with the token itself.
const VARIABLE: &str = "TIM_WEBHOOK_TOKEN";

const MISSING: &str = "no token: give a file with the token of the console (--token-file FILE), set TIM_WEBHOOK_TOKEN to \
                       the token itself, or give --no-token if no token is set in the console";

/// A webhook token, whose text is needed too.
#[derive(Debug, Clone)]
pub(super) struct Token(SecretKey);

/// A parser of the path of a token file, which never quotes a secret.
pub(super) fn path() -> Guarded<PathBufValueParser> {
    secret::guarded(PathBufValueParser::new())
}

/// The tokens in these files, or the one in the variable. Empty with `no_token`.
pub(super) fn load(files: &[PathBuf], no_token: bool) -> Result<Vec<Token>, Failure> {
    match find(files, no_token)? {
        tokens if tokens.is_empty() && !no_token => Err(Failure::usage(MISSING)),
        tokens => Ok(tokens),
    }
}

/// The tokens in these files, or the one in the variable; empty if neither is given.
pub(super) fn find(files: &[PathBuf], no_token: bool) -> Result<Vec<Token>, Failure> {
    if no_token {
        return Ok(Vec::new());
    }
    if !files.is_empty() {
        return files.iter().map(|path| Token::read(path)).collect();
    }
    match std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) {
        None => Ok(Vec::new()),
        Some(text) => match text.to_str().map(str::trim) {
            None => Err(Failure::usage(format!("{VARIABLE} is invalid: it is not UTF-8"))),
            Some("") => Err(Failure::usage(format!("{VARIABLE} is invalid: it has only spaces"))),
            Some(token) => Ok(vec![Token(SecretKey::new(token))]),
        },
    }
}

impl Token {
    /// Reads a file. The error does not name it, because people give the token in its place.
    fn read(path: &Path) -> Result<Self, Failure> {
        let problem = match SecretKey::from_shared_file(path) {
            Ok(key) => return Ok(Self(key)),
            Err(KeyError::Unreadable { error, .. }) => error.to_string(),
            Err(KeyError::Empty { .. }) => "it is empty".to_owned(),
            Err(KeyError::TooLong { .. }) => "it is longer than 4096 bytes".to_owned(),
            Err(_) => "it is not the name of a file".to_owned(),
        };
        Err(Failure::usage(format!(
            "cannot read the token file (--token-file): {problem}; give the name of a file that has the token, or put the \
             token in {VARIABLE}"
        )))
    }

    /// A new random token.
    pub(super) fn generate() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Failure::usage(format!("cannot make a token: {error}")))?;
        Ok(Self(SecretKey::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())))
    }

    /// The token that signs and verifies.
    pub(super) fn verifier(&self) -> WebhookToken {
        WebhookToken::new(self.expose())
    }

    /// The text. Only send it to an emulator.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The text of a server without the tokens, and without what looks like a `Sign` or another secret.
pub(super) fn redacted(text: &str, tokens: &[Token]) -> String {
    let hide = |text: String, token: &Token| text.replace(token.expose(), "[token]");
    secret::redacted(&tokens.iter().fold(text.to_owned(), hide)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_server_shows_neither_the_token_nor_a_sign() {
        let token = Token(SecretKey::new("hunter2"));
        let text = format!("token hunter2, Sign={}&x=1", token.verifier().sign(1_700_000_000));
        let shown = redacted(&text, std::slice::from_ref(&token));
        assert_eq!(shown, "token [token], (hidden: looks like a key)&x=1");
        assert!(!format!("{token:?}").contains("hunter2"));
    }

    #[test]
    fn generated_tokens_differ() {
        let [a, b] = [Token::generate().unwrap(), Token::generate().unwrap()];
        assert_eq!(a.expose().len(), 32);
        assert_ne!(a.expose(), b.expose());
    }
}
