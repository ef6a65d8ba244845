//! Rejects requests from web pages of other origins. Without this check, any web page in a browser
//! on this machine could send requests to the admin API, even on loopback.

use std::net::IpAddr;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::{Method, StatusCode};

use super::{AdminError, PREFIX};

/// How the page that sends a request is related to this server.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Whether a browser opens a page with a request, or a page sends it.
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What the response becomes: `document` for a page in a tab, `iframe` for a frame of a page.
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Suffixes that are not in the public DNS, so no web page can have a name that ends in one of
/// them.
const PRIVATE_SUFFIXES: [&str; 5] = [".localhost", ".internal", ".local", ".test", ".home.arpa"];

/// Rejects requests that a page of another origin can have sent, before the body is read.
pub(super) async fn check(request: Request, next: Next) -> Response {
    match allowed(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Checks the `Host` and the `Origin` of a request.
///
/// A browser sends `Origin` with every request of a page that can change something, and
/// `Sec-Fetch-Site` with every request. Only a link to the description of the emulator is accepted
/// from another site: other routes can start a download or a job. The pages of the console are not
/// checked. A GET request of an old browser can have neither header, but the browser does not let
/// the page read the response of another origin. DNS rebinding avoids all of this: a name of the
/// page points to this machine, so the browser sees the same origin. The check of the host name
/// rejects that.
fn allowed<B>(request: &hyper::Request<B>) -> Result<(), AdminError> {
    let forbidden = |error: String| Err(AdminError::new(StatusCode::FORBIDDEN, error));
    if let Some(host) = host(request).filter(|host| !is_private(name_of(host))) {
        return forbidden(format!(
            "the admin API does not accept the host name {host:?}: use an IP address or localhost"
        ));
    }
    if is_foreign(request) && !is_link(request) {
        let origin = text(request, &ORIGIN).unwrap_or_default();
        return forbidden(format!(
            "a web page of the origin {origin:?} cannot use the admin API: use the console, or a client that sends no \
             Origin header"
        ));
    }
    Ok(())
}

/// Whether a browser opens the description of the emulator in a tab.
fn is_link<B>(request: &hyper::Request<B>) -> bool {
    request.method() == Method::GET
        && request.uri().path() == PREFIX
        && text(request, &FETCH_MODE) == Some("navigate")
        && text(request, &FETCH_DEST) == Some("document")
}

/// Whether a page of another origin sent the request, according to the headers of the browser. With
/// a GET request, for example for an image, a browser sends no `Origin`, but it sends
/// `Sec-Fetch-Site`. After DNS rebinding, the `Origin` equals the host, and the host has a public
/// name.
pub(crate) fn is_foreign<B>(request: &hyper::Request<B>) -> bool {
    matches!(text(request, &FETCH_SITE), Some("cross-site" | "same-site"))
        || text(request, &ORIGIN).is_some_and(|origin| {
            let host = host(request);
            strip_scheme(origin) != host || !host.is_some_and(|host| is_private(name_of(host)))
        })
}

/// Returns the host and port that the client addresses. A target in absolute form overrides the
/// header.
fn host<B>(request: &hyper::Request<B>) -> Option<&str> {
    request.uri().authority().map(|authority| authority.as_str()).or_else(|| text(request, &HOST))
}

fn text<'a, B>(request: &'a hyper::Request<B>, name: &HeaderName) -> Option<&'a str> {
    // A value that is not text becomes "?", which matches no host and no origin.
    request.headers().get(name).map(|value| value.to_str().unwrap_or("?"))
}

fn strip_scheme(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

/// Returns the host without its port. Returns an empty name, which no host has, if the text after
/// the address in brackets is not a port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if port.is_empty() || port.starts_with(':') => address,
        Some(_) => "",
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

/// Whether a name belongs to this machine or its network. A name without a dot does, for example
/// the name of a container.
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
        allowed(&request.body(()).unwrap()).is_ok()
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
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                assert!(!passes(method, "127.0.0.1:9000", Some(origin)), "{method} {origin}");
            }
        }
    }

    #[test]
    fn a_page_of_another_site_can_only_link_to_the_description() {
        let send = |method: &str, path: &str, [site, mode, dest]: [&str; 3]| {
            let request = Request::builder().method(method).uri(format!("/_emulator/{path}"));
            let request = request.header("Host", "127.0.0.1:9000").header("Sec-Fetch-Site", site);
            let request = request.header("Sec-Fetch-Mode", mode).header("Sec-Fetch-Dest", dest);
            allowed(&request.body(()).unwrap()).is_ok()
        };
        let link = ["cross-site", "navigate", "document"];
        assert!(send("GET", "", link) && !send("POST", "", link));
        assert!(!send("GET", "", ["cross-site", "navigate", "iframe"]));
        assert!(!send("GET", "", ["cross-site", "no-cors", "document"]));
        for path in ["export", "calls/export?format=har", "snapshots/a/compare", "calls/wait", "events", "users"] {
            assert!(!send("GET", path, link) && !send("GET", path, ["same-site", "cors", "empty"]), "{path}");
            assert!(send("GET", path, ["same-origin", "cors", "empty"]), "{path}");
            assert!(send("GET", path, ["none", "navigate", "document"]), "from the address bar: {path}");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here_reads_nothing() {
        for host in [
            "evil.example:9000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "\u{e4}",
            ":80",
            "a/b",
            "",
            "[::1]evil.example",
            "[::1]evil.example:80",
        ] {
            assert!(!passes("GET", host, None), "{host}");
            assert!(!passes("POST", host, Some(&format!("http://{host}"))), "{host}");
        }
    }
}
