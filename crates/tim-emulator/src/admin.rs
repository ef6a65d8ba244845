//! The admin API below `/_emulator/`, for tests in any language. To add an area, add a file, its
//! `mod` line and its lines in the routing table.
//!
//! Only routes that read or change the state wait for the database. All others respond at once.

mod calls;
mod commands;
mod deliveries;
mod error;
mod events;
mod faults;
mod guard;
mod info;
mod rate_limit;
mod reference;
mod relations;
mod request;
mod settings;
mod state;
mod time;
mod transfer;
mod users;
mod webhooks;

pub(crate) use guard::is_foreign;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, State as Extract};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Value, json};

use crate::redact::redact_str;
use crate::server::Server;
use error::AdminError;

const PREFIX: &str = "/_emulator/";

/// The server, which all routes share.
type App = Extract<Arc<Server>>;

/// A line of the routing table. `{name}` in the path is a placeholder, as in axum.
struct Route {
    method: Method,
    path: &'static str,
    about: &'static str,
    handler: fn(MethodFilter) -> MethodRouter<Arc<Server>>,
}

const fn route(
    method: Method,
    path: &'static str,
    about: &'static str,
    handler: fn(MethodFilter) -> MethodRouter<Arc<Server>>,
) -> Route {
    Route { method, path, about, handler }
}

/// The routing table.
const ROUTES: &[Route] = &[
    route(
        Method::GET,
        "",
        "describes the emulator: instance (a text that is random for each start), app, admins, limits, time, totals, the running job, routes",
        |m| on(m, info::show),
    ),
    route(Method::GET, "health", "responds with {\"ok\":true}", |m| on(m, info::health)),
    route(
        Method::POST,
        "reset",
        "resets all except the settings, or only the given parts, as in {\"state\":true}: state, faults, calls, time, \
         rate_limit (the counters, not the limits), settings (also the receivers of webhooks)",
        |m| on(m, info::reset),
    ),
    route(Method::GET, "faults", "lists the active faults; ?ended=true adds the newest 200 that have ended", |m| {
        on(m, faults::list)
    }),
    route(Method::POST, "faults", "adds a fault", |m| on(m, faults::add)),
    route(Method::DELETE, "faults", "removes all faults", |m| on(m, faults::clear)),
    route(Method::GET, "faults/{id}", "shows one fault, active or ended", |m| on(m, faults::show)),
    route(Method::DELETE, "faults/{id}", "removes one fault", |m| on(m, faults::remove)),
    route(
        Method::GET,
        "calls",
        "lists the calls in the log; ?command= user= target= code= since_ms= until_ms= text= failed= fault= after= before= \
         last=, summary=true without headers and bodies",
        |m| on(m, calls::list),
    ),
    route(Method::GET, "calls/{number}", "shows one call", |m| on(m, calls::show)),
    route(Method::POST, "calls/{number}/replay", "sends a call again, and shows the new call", |m| {
        on(m, calls::replay)
    }),
    route(
        Method::GET,
        "calls/wait",
        "waits until ?count= calls match (default 1), at most ?timeout_ms= (default 5000); after the timeout, the status is \
         408; filters as above",
        |m| on(m, calls::wait),
    ),
    route(Method::GET, "calls/export", "downloads the calls; ?format=ndjson (default) or har, filters as above", |m| {
        on(m, calls::export)
    }),
    route(Method::DELETE, "calls", "clears the call log", |m| on(m, calls::clear)),
    route(
        Method::GET,
        "events",
        "streams new calls as server-sent events; ?after= (or the header Last-Event-ID) sends the recorded calls after this \
         number first; filters as above except before= and last=",
        |m| on(m, events::stream),
    ),
    route(Method::GET, "time", "shows the clock of the emulator", |m| on(m, time::show)),
    route(
        Method::POST,
        "time",
        "changes the clock: reset, set (unix seconds), offset_s, advance_s, frozen; several keys apply in this order",
        |m| on(m, time::change),
    ),
    route(Method::GET, "rate-limit", "shows the rate limits and how many calls are used", |m| on(m, rate_limit::show)),
    route(
        Method::PUT,
        "rate-limit",
        "sets calls_per_second, window (fixed or sliding) and calls_per_day; a missing or null number means any number",
        |m| on(m, rate_limit::change),
    ),
    route(Method::GET, "settings", "shows relation limits, quirks, follow feature, region, admins", |m| {
        on(m, settings::show)
    }),
    route(Method::PUT, "settings", "sets all settings; a missing one gets its default", |m| on(m, settings::replace)),
    route(Method::PATCH, "settings", "sets the given settings", |m| on(m, settings::merge)),
    route(Method::DELETE, "settings", "restores the settings of the start", |m| on(m, settings::reset)),
    route(Method::GET, "quirks", "lists the quirks with their descriptions, and whether each one is on", |m| {
        on(m, reference::quirks)
    }),
    route(
        Method::GET,
        "error-codes/{code}",
        "explains an error code: meaning, advice, retryable; ?service= (such as sns), because a code can have several meanings",
        |m| on(m, reference::error_code),
    ),
    route(Method::GET, "webhooks", "lists the receivers, with the number of webhooks that each one got", |m| {
        on(m, webhooks::list)
    }),
    route(Method::PUT, "webhooks", "replaces the receivers: a list of url, token, retries, events", |m| {
        on(m, webhooks::replace)
    }),
    route(Method::DELETE, "webhooks", "restores the receivers of the start", |m| on(m, webhooks::reset)),
    route(Method::POST, "webhooks", "adds a receiver: url, token, retries, events", |m| on(m, webhooks::add)),
    route(Method::DELETE, "webhooks/{id}", "removes a receiver", |m| on(m, webhooks::remove)),
    route(
        Method::GET,
        "webhooks/deliveries",
        "lists the newest deliveries of webhooks; ?last= before= after= receiver= event= state= text=",
        |m| on(m, deliveries::list),
    ),
    route(
        Method::DELETE,
        "webhooks/deliveries",
        "clears the log of deliveries; webhooks that wait are still sent",
        |m| on(m, deliveries::clear),
    ),
    route(Method::GET, "webhooks/deliveries/{number}", "shows a delivery", |m| on(m, deliveries::show)),
    route(Method::POST, "webhooks/deliveries/{number}/resend", "sends a delivery again", |m| on(m, deliveries::resend)),
    route(
        Method::GET,
        "relation-limits",
        "shows each relation limit, the largest number that a user has, and this user",
        |m| on(m, relations::limits),
    ),
    route(
        Method::POST,
        "commands/{command}",
        "runs a command of the service (such as follow_add) as the first admin, without a signature; the body is its request",
        |m| on(m, commands::run),
    ),
    route(Method::GET, "users", "lists users with their counters; ?search= prefix= sort= desc= after= limit=", |m| {
        on(m, users::list)
    }),
    route(Method::GET, "users/{user}", "shows a user, the neighbours, and the follows among them; ?limit=", |m| {
        on(m, users::show)
    }),
    route(
        Method::GET,
        "users/{user}/{list}",
        "lists followers, following, mutual, friends, blocked or blocked_by of a user, newest first; ?search= after= limit=",
        |m| on(m, relations::list),
    ),
    route(Method::PUT, "users/{user}/status", "sets the status of a user on a platform: platform, status", |m| {
        on(m, users::set_status)
    }),
    route(
        Method::POST,
        "users/{user}/friend-requests/{from}",
        "responds to the friend request from the second user: action is accept or reject",
        |m| on(m, users::respond),
    ),
    route(
        Method::POST,
        "import",
        "adds accounts, follows, friends, blocks: CSV or one JSON record per line, without a size limit",
        |m| on(m, transfer::import),
    ),
    route(Method::GET, "export", "downloads the whole state, one JSON record per line", |m| on(m, transfer::export)),
    route(Method::GET, "snapshots", "lists the name, time and size of each snapshot", |m| on(m, state::snapshots)),
    route(
        Method::PUT,
        "snapshots/{name}",
        "saves the state as a snapshot in memory; at most 32, with names of 1 to 64 bytes other than . and ..",
        |m| on(m, state::save),
    ),
    route(Method::POST, "snapshots/{name}/restore", "replaces the state with a snapshot; the snapshot stays", |m| {
        on(m, state::restore)
    }),
    route(Method::DELETE, "snapshots/{name}", "removes a snapshot", |m| on(m, state::forget)),
    route(Method::GET, "snapshots/{name}/export", "downloads a snapshot, one JSON record per line", |m| {
        on(m, transfer::export_snapshot)
    }),
    route(
        Method::POST,
        "snapshots/{name}/import",
        "creates a snapshot from the records of the body, as in import",
        |m| on(m, transfer::import_snapshot),
    ),
    route(
        Method::GET,
        "snapshots/{name}/compare",
        "shows the differences from a snapshot to the current state, or to the snapshot ?with=",
        |m| on(m, state::compare),
    ),
];

/// Whether a path belongs to the admin API, even if no route has it.
pub(crate) fn has_route<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    path.starts_with(PREFIX) || path == PREFIX.trim_end_matches('/')
}

/// Returns all routes. The check of the origin runs before them.
pub(crate) fn router(server: &Arc<Server>) -> Router {
    let add = |router: Router<Arc<Server>>, route: &Route| {
        let Ok(method) = MethodFilter::try_from(route.method.clone()) else { return router };
        router.route(&pattern(route), (route.handler)(method))
    };
    ROUTES
        .iter()
        .fold(Router::new(), add)
        .route(PREFIX.trim_end_matches('/'), get(info::show))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(guard::check))
        .with_state(Arc::clone(server))
}

/// Returns the path of a route with the prefix.
fn pattern(route: &Route) -> String {
    format!("{PREFIX}{}", route.path)
}

/// A JSON response.
#[derive(Debug)]
struct Json(Value);

type Reply = Result<Json, AdminError>;

impl Json {
    fn of(value: impl Serialize) -> Reply {
        serde_json::to_value(value).map(Self).map_err(AdminError::failed)
    }

    fn done() -> Self {
        Self(json!({ "ok": true }))
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], format!("{}\n", self.0)).into_response()
    }
}

async fn unknown(uri: Uri) -> AdminError {
    let error = format!("the route {} does not exist; see \"routes\"", redact_str(uri.path()));
    AdminError::with_body(StatusCode::NOT_FOUND, json!({ "error": error, "routes": listing() }))
}

async fn wrong_method(method: Method, path: MatchedPath, uri: Uri) -> AdminError {
    let here =
        ROUTES.iter().filter(|route| pattern(route).trim_end_matches('/') == path.as_str().trim_end_matches('/'));
    let methods = here.map(|route| route.method.as_str()).collect::<Vec<_>>().join(" or ");
    AdminError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not accept {method}: use {methods}", uri.path()))
}

/// Returns all routes as lines of text, with placeholders such as `NAME`.
fn listing() -> Vec<String> {
    let line = |route: &Route| format!("{} {}: {}", route.method, in_words(&pattern(route)), route.about);
    ROUTES.iter().map(line).collect()
}

/// Replaces `{name}` by `NAME`, which a shell does not expand.
fn in_words(path: &str) -> String {
    let word = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => name.to_uppercase(),
        None => part.to_owned(),
    };
    path.split('/').map(word).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_the_prefix_are_routes() {
        let has_route = |path: &str| has_route(&Request::builder().uri(path).body(()).unwrap());
        assert!(has_route("/_emulator") && has_route("/_emulator/") && has_route("/_emulator/x"));
        assert!(!has_route("/_emulators") && !has_route("/v4/_emulator/") && !has_route("/"));
    }

    #[test]
    fn no_route_is_in_the_table_twice() {
        let mut seen = std::collections::HashSet::new();
        assert!(ROUTES.iter().all(|route| seen.insert((&route.method, route.path))));
    }
}
