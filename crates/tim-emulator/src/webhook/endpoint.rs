//! The URL of a receiver.

use hyper::Uri;

/// The parts of a URL.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) is_https: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the header `Host`.
    pub(super) authority: String,
    pub(super) path: String,
}

impl Endpoint {
    /// Parses the URL, or returns why it is invalid.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it is not a URL: write it like http://127.0.0.1:8080/im")?;
        let scheme = "it must start with http:// or https://";
        let authority = uri.authority().ok_or(scheme)?;
        let is_https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(scheme),
        };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err("it must not have a user name or a query: the emulator adds the query itself");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err("it has no host");
        }
        let port = match authority.as_str().strip_prefix(authority.host()).map(|port| port.trim_start_matches(':')) {
            None | Some("") if is_https => 443,
            None | Some("") => 80,
            Some(port) => port.parse().map_err(|_| "its port must be a number up to 65535")?,
        };
        Ok(Self { is_https, host, port, authority: authority.to_string(), path: uri.path().to_owned() })
    }
}

/// Returns the URL without the user name and the password before the host, and without the query,
/// which can contain a token.
pub(super) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked_early() {
        for url in ["http://127.0.0.1:8080/im", "http://host", "http://[::1]:9/", "http://a-b.example/x/y", "https://a"]
        {
            assert!(Endpoint::parse(url).is_ok(), "{url}");
        }
        for (url, host, port, path) in [
            ("http://[::1]", "::1", 80, "/"),
            ("https://im.example/x", "im.example", 443, "/x"),
            ("https://im.example:8443", "im.example", 8443, "/"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.path.as_str()), (host, port, path));
            assert_eq!(endpoint.is_https, url.starts_with("https"));
        }
        for url in [
            "",
            "x",
            "/x",
            "127.0.0.1:80",
            "ftp://a",
            "http://a?x=1",
            "http://u:p@a",
            "http://a b",
            "http://a:65536/",
            "http://:80/",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }
}
