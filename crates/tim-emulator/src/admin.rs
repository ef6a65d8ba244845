//! The admin API under `/_emulator/`, for tests in any language. Each area is one file, one `mod`
//! line and its lines in the routing table.
//!
//! Only routes that read or change the state wait for the database; all others respond at once.

mod calls;
mod error;
mod events;
mod faults;
mod guard;
mod info;
mod rate_limit;
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

use crate::server::Server;
use error::AdminError;

const PREFIX: &str = "/_emulator/";

/// What all routes share.
type App = Extract<Arc<Server>>;

/// A line of the routing table. `{}` in the path is a name.
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
    route(Method::GET, "", "what this emulator is and holds", |m| on(m, info::show)),
    route(Method::GET, "health", "whether it is up", |m| on(m, info::health)),
    route(
        Method::POST,
        "reset",
        "resets all but the settings, or some of state, faults, calls, time, rate_limit, settings",
        |m| on(m, info::reset),
    ),
    route(Method::GET, "faults", "lists the faults", |m| on(m, faults::list)),
    route(Method::POST, "faults", "adds a fault", |m| on(m, faults::add)),
    route(Method::DELETE, "faults", "removes all faults", |m| on(m, faults::clear)),
    route(Method::DELETE, "faults/{}", "removes one fault", |m| on(m, faults::remove)),
    route(
        Method::GET,
        "calls",
        "the last calls; ?command= user= target= code= since_ms= until_ms= after= last=",
        |m| on(m, calls::list),
    ),
    route(Method::GET, "calls/wait", "waits until ?count= calls match, at most ?timeout_ms=; filters as above", |m| {
        on(m, calls::wait)
    }),
    route(Method::GET, "calls/export", "the last calls as a file; ?format=ndjson or har, filters as above", |m| {
        on(m, calls::export)
    }),
    route(Method::DELETE, "calls", "clears the call log", |m| on(m, calls::clear)),
    route(Method::GET, "events", "calls as they come in, as server-sent events; ?after=", |m| on(m, events::stream)),
    route(Method::GET, "time", "the time of the emulator", |m| on(m, time::show)),
    route(Method::POST, "time", "changes it: set, offset_s, advance_s, frozen or reset", |m| on(m, time::change)),
    route(Method::GET, "rate-limit", "the rate limits and how much of them is used", |m| on(m, rate_limit::show)),
    route(
        Method::PUT,
        "rate-limit",
        "sets all of calls_per_second, window, calls_per_day; null means any number",
        |m| on(m, rate_limit::change),
    ),
    route(Method::GET, "settings", "relation limits, quirks, follow feature, region, admins", |m| {
        on(m, settings::show)
    }),
    route(Method::PUT, "settings", "sets all of them; what is missing gets its default", |m| on(m, settings::replace)),
    route(Method::PATCH, "settings", "sets some of them", |m| on(m, settings::merge)),
    route(Method::DELETE, "settings", "goes back to the settings of the start", |m| on(m, settings::reset)),
    route(Method::GET, "webhooks", "the receivers of webhooks, and how many each one got", |m| on(m, webhooks::list)),
    route(
        Method::PUT,
        "webhooks",
        "replaces the receivers: a list of url, token, retries, follow_add, follow_delete",
        |m| on(m, webhooks::replace),
    ),
    route(Method::DELETE, "webhooks", "goes back to the receivers of the start", |m| on(m, webhooks::reset)),
    route(Method::GET, "users", "users and how many relations they have; ?prefix= after= limit=", |m| {
        on(m, users::list)
    }),
    route(Method::GET, "users/{}", "a user, neighbours, and who of these follows whom; ?limit=", |m| {
        on(m, users::show)
    }),
    route(Method::POST, "import", "adds accounts, follows, friends, blocks: CSV or one JSON record per line", |m| {
        on(m, transfer::import)
    }),
    route(Method::GET, "export", "the whole state, one JSON record per line", |m| on(m, transfer::export)),
    route(Method::GET, "snapshots", "lists the snapshots", |m| on(m, state::snapshots)),
    route(Method::PUT, "snapshots/{}", "keeps the state under a name", |m| on(m, state::save)),
    route(Method::POST, "snapshots/{}/restore", "goes back to a snapshot", |m| on(m, state::restore)),
    route(Method::DELETE, "snapshots/{}", "removes a snapshot", |m| on(m, state::forget)),
];

/// Whether a path is one of the admin API, known or not.
pub(crate) fn has_route<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    path.starts_with(PREFIX) || path == PREFIX.trim_end_matches('/')
}

/// All routes, behind the check of the origin.
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

/// The path of a route as axum writes it.
fn pattern(route: &Route) -> String {
    format!("{PREFIX}{}", route.path.replace("{}", "{name}"))
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
    let error = format!("there is no route {}; see \"routes\"", uri.path());
    AdminError::with_body(StatusCode::NOT_FOUND, json!({ "error": error, "routes": listing() }))
}

async fn wrong_method(method: Method, path: MatchedPath, uri: Uri) -> AdminError {
    let here =
        ROUTES.iter().filter(|route| pattern(route).trim_end_matches('/') == path.as_str().trim_end_matches('/'));
    let methods = here.map(|route| route.method.as_str()).collect::<Vec<_>>().join(" or ");
    AdminError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} takes {methods}, not {method}", uri.path()))
}

/// All routes as lines of text.
fn listing() -> Vec<String> {
    let line =
        |route: &Route| format!("{} {PREFIX}{}: {}", route.method, route.path.replace("{}", "NAME"), route.about);
    ROUTES.iter().map(line).collect()
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
