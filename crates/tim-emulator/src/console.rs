//! The console: a web page at `/`. It is a client of the admin API, and contains no secret.

use axum::Router;
use axum::routing::get;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request};

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// All files: path, content type and text.
const FILES: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("console/index.html")),
    ("/console/style.css", "text/css; charset=utf-8", include_str!("console/style.css")),
    ("/console/icon.svg", "image/svg+xml", include_str!("console/icon.svg")),
    ("/console/main.js", SCRIPT, include_str!("console/main.js")),
    ("/console/api.js", SCRIPT, include_str!("console/api.js")),
    ("/console/dom.js", SCRIPT, include_str!("console/dom.js")),
    ("/console/calls.js", SCRIPT, include_str!("console/calls.js")),
    ("/console/users.js", SCRIPT, include_str!("console/users.js")),
    ("/console/graph.js", SCRIPT, include_str!("console/graph.js")),
    ("/console/faults.js", SCRIPT, include_str!("console/faults.js")),
    ("/console/rate_limit.js", SCRIPT, include_str!("console/rate_limit.js")),
    ("/console/state.js", SCRIPT, include_str!("console/state.js")),
];

/// The content security policy. The page can load only its own files and connect only to its own
/// server. No text can become markup or a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Whether the request reads a file of the console. Other methods at these paths are handled as
/// calls.
pub(crate) fn has_file<B>(request: &Request<B>) -> bool {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    reads && FILES.iter().any(|(path, ..)| *path == request.uri().path())
}

/// Returns the routes of the files.
pub(crate) fn router() -> Router {
    FILES.iter().fold(Router::new(), |router, (path, content_type, text)| {
        let headers = headers(content_type);
        router.route(path, get(async move || (headers, *text)))
    })
}

fn headers(content_type: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // Another version of the emulator can use the same address later.
        (CACHE_CONTROL, "no-store"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_is_named_is_there_and_nothing_is_from_elsewhere() {
        let paths: Vec<_> = FILES.iter().map(|(path, ..)| *path).collect();
        for (path, _, text) in FILES {
            let mut named = 0;
            for (at, _) in text.match_indices("/console/").chain(text.match_indices("\"./")) {
                let name = text[at..].trim_start_matches("/console/").trim_start_matches("\"./");
                let name = name.split(['"', '\'']).next().unwrap();
                assert!(paths.contains(&format!("/console/{name}").as_str()), "{path} names {name}");
                named += 1;
            }
            assert!(named > 0 || !path.contains("main"), "{path}");
            let urls = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!urls.contains("http://") && !urls.contains("https://"), "{path}");
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        for (path, _, text) in FILES {
            for word in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " onclick="]
            {
                assert!(!text.contains(word), "{path} has {word}");
            }
            assert!(text.lines().count() <= 400, "{path} is long");
        }
    }
}
