//! The console: a web page at `/`. It is a client of the admin API, and contains no secret.

use axum::Router;
use axum::routing::get;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request};

/// The paths of the views. Each one returns the page, which reads the path and opens the view.
const VIEWS: [&str; 6] = ["/", "/calls", "/data", "/faults", "/webhooks", "/state"];

const PAGE: File =
    File { path: "", content_type: "text/html; charset=utf-8", text: include_str!("console/index.html") };

/// A file of the console, below `/console/`.
struct File {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(File {
            path: concat!("/console/", $path),
            content_type: content_type($path),
            text: include_str!(concat!("console/", $path)),
        }),*]
    };
}

/// All files except the page.
const FILES: &[File] = files![
    "api.js",
    "copy.js",
    "dialog.js",
    "dom.js",
    "form_values.js",
    "format.js",
    "icon.svg",
    "json.js",
    "main.js",
    "messages.js",
    "poll.js",
    "router.js",
    "table.js",
    "calls/curl.js",
    "calls/details.js",
    "calls/filters.js",
    "calls/news.js",
    "calls/outcome.js",
    "calls/row.js",
    "calls/stream.js",
    "calls/view.js",
    "data/blocks.js",
    "data/dialogs.js",
    "data/follows.js",
    "data/friends.js",
    "data/graph.js",
    "data/graph_tab.js",
    "data/pages.js",
    "data/profile.js",
    "data/requests.js",
    "data/status.js",
    "data/user.js",
    "data/users.js",
    "data/view.js",
    "faults/describe.js",
    "faults/form.js",
    "faults/gauge.js",
    "faults/list.js",
    "faults/presets.js",
    "faults/quirks.js",
    "faults/rate_limit.js",
    "faults/relation_limits.js",
    "faults/service.js",
    "faults/switch.js",
    "faults/view.js",
    "state/clock.js",
    "state/compare.js",
    "state/reset.js",
    "state/snapshots.js",
    "state/transfer.js",
    "state/view.js",
    "style/base.css",
    "style/calls.css",
    "style/controls.css",
    "style/faults.css",
    "style/graph.css",
    "style/views.css",
    "webhooks/deliveries.js",
    "webhooks/delivery.js",
    "webhooks/receivers.js",
    "webhooks/view.js",
];

/// Returns the content type of a file by the ending of its name.
const fn content_type(path: &str) -> &'static str {
    match path.as_bytes() {
        [.., b'.', b'j', b's'] => "text/javascript; charset=utf-8",
        [.., b'.', b'c', b's', b's'] => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    }
}

/// The content security policy. The page can load only its own files and connect only to its own
/// server. No text can become markup or a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Whether the request reads a file of the console. Other methods at these paths are handled as
/// calls.
pub(crate) fn has_file<B>(request: &Request<B>) -> bool {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let path = request.uri().path();
    reads && (VIEWS.contains(&path) || FILES.iter().any(|file| file.path == path))
}

/// Returns the routes of the views and the files.
pub(crate) fn router() -> Router {
    let add = |router: Router, (path, file): (&str, &'static File)| {
        let headers = headers(file.content_type);
        router.route(path, get(async move || (headers, file.text)))
    };
    let views = VIEWS.iter().map(|path| (*path, &PAGE));
    views.chain(FILES.iter().map(|file| (file.path, file))).fold(Router::new(), add)
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
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static File> {
        FILES.iter().chain([&PAGE])
    }

    /// Returns the paths below `/console/` that a text contains.
    fn named(text: &str) -> impl Iterator<Item = &str> {
        text.match_indices("/console/").map(|(at, _)| text[at..].split(['"', '\'', '`']).next().unwrap())
    }

    #[test]
    fn each_file_is_used_and_each_used_file_exists() {
        let exist: BTreeSet<_> = FILES.iter().map(|file| file.path).collect();
        let used: BTreeSet<_> = all().flat_map(|file| named(file.text)).collect();
        assert_eq!(exist, used);
    }

    #[test]
    fn no_file_names_another_server() {
        for File { path, text, .. } in all() {
            let own = text.replace("http://www.w3.org/2000/svg", "").replace("http://127.0.0.1", "");
            assert!(!own.contains("http://") && !own.contains("https://"), "{path}");
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        for File { path, text, .. } in all() {
            for word in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " onclick="]
            {
                assert!(!text.contains(word), "{path} has {word}");
            }
            assert!(text.lines().count() <= 400, "{path} is long");
            assert!(path.is_empty() || text.lines().all(|line| line.chars().count() <= 120), "{path} has a long line");
        }
    }
}
