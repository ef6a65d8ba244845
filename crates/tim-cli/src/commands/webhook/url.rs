//! The URL of a receiver.

use clap::builder::TypedValueParser;
use reqwest::Url;

use crate::settings::secret;

/// Where `tim webhook listen` listens by default, and where the other commands send to.
pub(super) const DEFAULT_PORT: u16 = 8900;

/// The URL of [`DEFAULT_PORT`].
pub(super) const DEFAULT_URL: &str = "http://127.0.0.1:8900/";

/// A parser of URLs that no error quotes, because a URL can contain a password.
pub(super) fn url() -> impl TypedValueParser<Value = Url> {
    secret::never_quoted(|text: &str| parse(text))
}

/// Parses a URL. Without a scheme, it is `http://`.
pub(super) fn parse(text: &str) -> Result<Url, &'static str> {
    const FORM: &str = "write it like http://127.0.0.1:8080/im";
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).map_err(|_| FORM)?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(url) } else { Err(FORM) }
}

/// The URL without the parts that may be secret.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// The URL with a further query, whose bytes stay as they are.
pub(super) fn with_query(url: &Url, query: &str) -> Url {
    let query = match url.query() {
        Some(own) if !own.is_empty() => format!("{own}&{query}"),
        _ => query.to_owned(),
    };
    let mut url = url.clone();
    url.set_query(Some(&query));
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_url_has_the_default_port() {
        assert_eq!(parse(DEFAULT_URL).unwrap().port(), Some(DEFAULT_PORT));
    }

    #[test]
    fn a_url_has_http_if_it_has_no_scheme() {
        for (text, url) in [
            ("localhost:4242/im", "http://localhost:4242/im"),
            ("127.0.0.1:80", "http://127.0.0.1/"),
            ("https://example.com", "https://example.com/"),
            ("http://[::1]:8080/a?b", "http://[::1]:8080/a?b"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), url, "{text}");
        }
        for text in ["", "ftp://example.com", "http://", "a b", "file:///x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_url_is_shown_without_secrets() {
        let url = parse("https://me:hunter2@example.com:8443/im?key=hunter2#hunter2").unwrap();
        assert_eq!(shown(&url), "https://example.com:8443/im");
    }

    #[test]
    fn a_query_is_added_as_it_is() {
        let query = "ClientIP=%3a%3A1&New=a+b&Sign=x";
        let with = |url: &str| with_query(&parse(url).unwrap(), query).to_string();
        assert_eq!(with("http://h/im#top"), format!("http://h/im?{query}"));
        assert_eq!(with("http://h/im?own=1"), format!("http://h/im?own=1&{query}"));
    }
}
