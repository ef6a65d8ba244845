//! Base URLs as users give them.

use std::fmt;

use super::ConfigError;

/// A base URL as it was given, not yet checked.
#[derive(Clone)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The start of the URLs of calls, without a slash at its end.
    pub(super) fn checked(&self) -> Result<String, ConfigError> {
        match self.problem() {
            None => Ok(self.0.trim_end_matches('/').to_owned()),
            Some(problem) => Err(ConfigError::BaseUrl { url: self.shown(), problem }),
        }
    }

    /// Why this is not a base URL.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let url = self.0.as_str();
        match url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) {
            None => Some("it must start with https:// or http://"),
            Some(rest) if rest.is_empty() || rest.starts_with(['/', ':']) => Some("it must contain a host"),
            Some(rest) if rest.contains('@') => Some("it must not contain a user or password"),
            Some(rest) if rest.contains(['?', '#']) => Some("it must end before the query"),
            Some(rest) if rest.contains(|c: char| c.is_whitespace() || c.is_control()) => {
                Some("it must not contain whitespace")
            }
            Some(rest) if !has_valid_port(rest) => Some("its port must be a number from 1 to 65535"),
            Some(_) => None,
        }
    }

    /// The URL without parts that can be secret: a query, everything after the scheme if there may
    /// be a password, and a text that may be a key.
    fn shown(&self) -> String {
        match self.0.split_once("://") {
            Some((scheme, _)) if self.0.contains('@') && !scheme.contains('@') => format!("{scheme}://***"),
            _ if self.0.contains('@') || is_like_a_key(&self.0) => "***".to_owned(),
            _ => self.0.split(['?', '#']).next().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

/// Whether the text contains a run of 32 or more letters and digits. A key has 64 hex digits.
fn is_like_a_key(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= 32)
}

/// Whether the port after the host is a valid one, or there is none.
fn has_valid_port(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let after_host = match authority.rsplit_once(']') {
        Some((_, after)) => after,
        None if authority.starts_with('[') => return true,
        None => authority.find(':').map_or("", |at| &authority[at..]),
    };
    match after_host.strip_prefix(':') {
        Some(port) => port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0),
        None => after_host.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_scheme_and_a_host_and_no_secret() {
        assert_eq!(BaseUrl::new("http://127.0.0.1:80/").checked().unwrap(), "http://127.0.0.1:80");
        assert_eq!(BaseUrl::new("http://[::1]").checked().unwrap(), "http://[::1]");
        for (url, problem) in [
            ("127.0.0.1:80", "it must start with https:// or http://"),
            ("secretsecretsecretsecretsecretsecret", "it must start with https:// or http://"),
            ("http://", "it must contain a host"),
            ("http://:80", "it must contain a host"),
            ("http://host/?usersig=secret", "it must end before the query"),
            ("http://me:secret@host", "it must not contain a user or password"),
            ("http://me:sec?ret@secret@host", "it must not contain a user or password"),
            ("http://host/?secret@secret", "it must not contain a user or password"),
            ("http://a b", "it must not contain whitespace"),
            ("http://127.0.0.1:99999", "its port must be a number from 1 to 65535"),
            ("http://host:0/path", "its port must be a number from 1 to 65535"),
            ("http://host:", "its port must be a number from 1 to 65535"),
            ("http://host:+80", "its port must be a number from 1 to 65535"),
            ("http://[::1]:65536", "its port must be a number from 1 to 65535"),
        ] {
            let error = BaseUrl::new(url).checked().unwrap_err().to_string();
            assert!(error.ends_with(problem), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let error = BaseUrl::new("127.0.0.1:80").checked().unwrap_err().to_string();
        assert_eq!(error, "invalid base URL \"127.0.0.1:80\": it must start with https:// or http://");
    }

    #[test]
    fn debug_hides_what_can_be_secret() {
        let key = "hunter2".repeat(10);
        for url in ["http://me:hunter2@host", "http://me:hun?ter2@hunter2@host/", "http://host?usersig=hunter2", &key] {
            let shown = format!("{:?}", BaseUrl::new(url));
            assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
        }
        assert_eq!(format!("{:?}", BaseUrl::new("http://127.0.0.1:80")), "\"http://127.0.0.1:80\"");
    }
}
