//! Keeps other people's web pages away: every page in a browser of this machine can send requests to loopback.

use std::net::IpAddr;

use hyper::Method;
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;

use super::AdminError;

/// Names below these nobody can register, so no page can make its own name point here.
const PRIVATE_SUFFIXES: [&str; 5] = [".localhost", ".internal", ".local", ".test", ".home.arpa"];

/// Refuses what a page of another origin may have sent.
///
/// A browser names the origin of a page in everything but plain reads, and hides from the page what it reads from elsewhere.
/// A page whose own name was made to point here is no other origin to the browser; that name gives it away.
pub(super) fn check(head: &Parts) -> Result<(), AdminError> {
    let authority = head.uri.authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| text(head, &HOST));
    if let Some(host) = host.filter(|host| !is_private(name_of(host))) {
        let error = format!("the admin API is not open under the name {host:?}: use an IP address or localhost");
        return Err(AdminError::new(403, error));
    }
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let foreign = |origin: &&str| strip_scheme(origin) != host;
    if let Some(origin) = text(head, &ORIGIN).filter(|_| !reads).filter(foreign) {
        return Err(AdminError::new(403, format!("a page of {origin:?} may not change this emulator")));
    }
    Ok(())
}

fn text<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    // What is no text is no host and no origin that fits.
    head.headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

fn strip_scheme(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

/// A name without a dot is one of the own network, like that of a container.
fn is_private(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let word = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c));
    word || name.parse::<IpAddr>().is_ok() || PRIVATE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn passes(method: &str, host: &str, origin: Option<&str>) -> bool {
        let mut request = Request::builder().method(method).uri("/_emulator/").header("Host", host);
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        check(&request.body(()).unwrap().into_parts().0).is_ok()
    }

    #[test]
    fn programs_and_the_own_page_pass() {
        for host in [
            "127.0.0.1:9000",
            "[::1]:9000",
            "[::1]",
            "localhost",
            "LocalHost.:80",
            "emulator:9000",
            "tim_emulator",
            "a.localhost:1",
            "host.docker.internal:9000",
            "192.168.1.7",
        ] {
            assert!(passes("POST", host, None) && passes("GET", host, None), "{host}");
            assert!(passes("DELETE", host, Some(&format!("http://{host}"))), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_changes_nothing() {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9001", "http://localhost:9000", "\u{e4}", ""] {
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                assert!(!passes(method, "127.0.0.1:9000", Some(origin)), "{method} {origin}");
            }
            assert!(passes("GET", "127.0.0.1:9000", Some(origin)), "the browser hides the answer");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here_reads_nothing() {
        for host in
            ["evil.example:9000", "127.0.0.1.evil.example", "localhost.evil.example", "\u{e4}", ":80", "a/b", ""]
        {
            assert!(!passes("GET", host, None), "{host}");
            assert!(!passes("POST", host, Some(&format!("http://{host}"))), "{host}");
        }
    }
}
