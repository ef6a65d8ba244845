//! The admin API under `/_emulator/`: how tests in any language drive the emulator. Each area is one file, one `mod` line
//! and its lines in the routing table.

mod calls;
mod faults;
mod guard;
mod info;
mod rate_limit;
mod request;
mod state;
mod time;
mod users;
mod webhooks;

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::call_log::{CallRecord, Watch};
use crate::http::body::{self, Body};
use crate::http::response;
use crate::server::Server;
use request::Request;

const PREFIX: &str = "/_emulator/";
/// An import is the largest body; more comes in several, or in a file at the start.
pub(crate) const MAX_BODY: usize = 64 * 1024 * 1024;

/// A place in the path, and what it does. `{}` in the path stands for one name.
struct Route {
    method: Method,
    path: &'static str,
    about: &'static str,
    run: fn(&Server, &Request<'_>) -> Result<Reply, AdminError>,
}

/// The routing table.
const ROUTES: &[Route] = &[
    route(Method::GET, "", "what this emulator is and holds", info::show),
    route(Method::GET, "health", "whether it is up", info::health),
    route(Method::POST, "reset", "begin anew: all, or some of state, faults, calls, time, rate_limit", info::reset),
    route(Method::GET, "faults", "the faults that are there", faults::list),
    route(Method::POST, "faults", "add a fault", faults::add),
    route(Method::DELETE, "faults", "remove all faults", faults::clear),
    route(Method::DELETE, "faults/{}", "remove one fault", faults::remove),
    route(Method::GET, "calls", "the last calls; ?command= user= code= after= last=", calls::list),
    route(Method::DELETE, "calls", "forget the recorded calls", calls::clear),
    route(Method::GET, "events", "calls as they come in, as server-sent events; ?after=", calls::events),
    route(Method::GET, "time", "what time it is", time::show),
    route(Method::POST, "time", "set, offset_s, advance_s, frozen or reset", time::change),
    route(Method::GET, "rate-limit", "how many calls are taken, and how many were", rate_limit::show),
    route(
        Method::PUT,
        "rate-limit",
        "calls_per_second, window, calls_per_day; null for any number",
        rate_limit::change,
    ),
    route(Method::GET, "webhooks", "what became of the webhooks", webhooks::list),
    route(Method::GET, "users", "users and how many relations they have; ?prefix= after= limit=", users::list),
    route(Method::GET, "users/{}", "a user, neighbours, and who of these follows whom; ?limit=", users::show),
    route(
        Method::POST,
        "import",
        "add accounts, follows, friends, blocks: one JSON record or from,to a line",
        state::import,
    ),
    route(Method::GET, "export", "all there is, one JSON record a line", state::export),
    route(Method::GET, "snapshots", "the names of the snapshots", state::snapshots),
    route(Method::PUT, "snapshots/{}", "keep the state under a name", state::save),
    route(Method::POST, "snapshots/{}/restore", "go back to a snapshot", state::restore),
    route(Method::DELETE, "snapshots/{}", "forget a snapshot", state::forget),
];

const fn route(
    method: Method,
    path: &'static str,
    about: &'static str,
    run: fn(&Server, &Request<'_>) -> Result<Reply, AdminError>,
) -> Route {
    Route { method, path, about, run }
}

/// What a request gets.
enum Reply {
    Json(Value),
    /// One JSON record a line.
    Lines(Vec<u8>),
    /// Recorded calls, then those to come.
    Events(Vec<Arc<CallRecord>>, Watch),
}

impl Reply {
    fn done() -> Self {
        Self::Json(json!({ "ok": true }))
    }

    fn json(value: impl Serialize) -> Result<Self, AdminError> {
        serde_json::to_value(value).map(Self::Json).map_err(AdminError::failed)
    }
}

/// Why a request is not done.
#[derive(Debug)]
struct AdminError {
    status: u16,
    body: Value,
}

impl AdminError {
    fn new(status: u16, error: impl Into<String>) -> Self {
        Self { status, body: json!({ "error": error.into() }) }
    }

    fn bad(error: impl ToString) -> Self {
        Self::new(400, error.to_string())
    }

    /// The emulator is at fault.
    fn failed(error: impl ToString) -> Self {
        Self::new(500, error.to_string())
    }
}

/// Whether a path is one of the admin API.
pub(crate) fn is_meant(path: &str) -> bool {
    path.starts_with(PREFIX) || path == PREFIX.trim_end_matches('/')
}

/// Answers a request; `body` is `None` when it could not be read.
pub(crate) fn answer(server: &Server, head: &Parts, body: Option<Bytes>) -> Response<Body> {
    const JSON: &str = "application/json";
    match guard::check(head).and_then(|()| run(server, head, body)) {
        Ok(Reply::Json(value)) => response(200, JSON, body::whole(format!("{value}\n"))),
        Ok(Reply::Lines(lines)) => response(200, "application/x-ndjson", body::whole(lines)),
        Ok(Reply::Events(recorded, new)) => response(200, "text/event-stream", body::events(recorded, new)),
        Err(AdminError { status, body: error }) => response(status, JSON, body::whole(format!("{error}\n"))),
    }
}

fn run(server: &Server, head: &Parts, body: Option<Bytes>) -> Result<Reply, AdminError> {
    let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let here: Vec<&Route> = ROUTES.iter().filter(|route| name_in(route.path, path).is_some()).collect();
    let Some(route) = here.iter().find(|route| route.method == head.method) else {
        return Err(if here.is_empty() { unknown(path) } else { wrong_method(head, &here) });
    };
    let Some(body) = body else {
        let error = format!("the body is over {MAX_BODY} bytes, or did not come to its end: send less at once");
        return Err(AdminError::new(413, error));
    };
    let name = name_in(route.path, path).unwrap_or_default();
    (route.run)(server, &Request::new(name, head.uri.query().unwrap_or_default(), &body))
}

/// What stands in the place of `{}` when the path fits; empty when there is no such place.
fn name_in<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once("{}") else { return (pattern == path).then_some("") };
    let name = path.strip_prefix(before)?.strip_suffix(after)?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

fn unknown(path: &str) -> AdminError {
    let error = format!("there is no {PREFIX}{path}");
    AdminError { status: 404, body: json!({ "error": error, "routes": listing() }) }
}

fn wrong_method(head: &Parts, here: &[&Route]) -> AdminError {
    let methods = here.iter().map(|route| route.method.as_str()).collect::<Vec<_>>().join(" or ");
    AdminError::new(405, format!("{} takes {methods}, not {}", head.uri.path(), head.method))
}

/// All routes, as a page of text would list them.
fn listing() -> Vec<String> {
    let line =
        |route: &Route| format!("{} {PREFIX}{}: {}", route.method, route.path.replace("{}", "NAME"), route.about);
    ROUTES.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fills_its_place_alone() {
        assert_eq!(name_in("faults", "faults"), Some(""));
        assert_eq!(name_in("snapshots/{}/restore", "snapshots/a b/restore"), Some("a b"));
        for (pattern, path) in [
            ("faults", "faults/"),
            ("faults/{}", "faults/"),
            ("faults/{}", "faults/1/2"),
            ("snapshots/{}/restore", "snapshots/restore"),
            ("snapshots/{}/restore", "snapshots//restore"),
        ] {
            assert_eq!(name_in(pattern, path), None, "{pattern} {path}");
        }
    }

    #[test]
    fn only_paths_below_the_prefix_are_meant() {
        assert!(is_meant("/_emulator") && is_meant("/_emulator/") && is_meant("/_emulator/x"));
        assert!(!is_meant("/_emulators") && !is_meant("/v4/_emulator/") && !is_meant("/"));
    }

    #[test]
    fn no_route_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        assert!(ROUTES.iter().all(|route| seen.insert((&route.method, route.path))));
    }
}
