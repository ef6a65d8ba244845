//! Runs commands of the service without a signature.

use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::response::{IntoResponse, Response};
use hyper::header::CONTENT_TYPE;

use super::request::{self, Name, NoQuery};
use super::{AdminError, App};
use crate::commands;
use crate::gateway::MAX_BODY;

/// Responds with the response of the service, also if the service rejects the request.
pub(super) async fn run(
    Extract(server): App,
    Name(name): Name,
    _: NoQuery,
    request: Request<Body>,
) -> Result<Response, AdminError> {
    let unknown = || {
        let names = commands::all_names().collect::<Vec<_>>().join(", ");
        AdminError::not_found(format!("the command {name:?} is unknown: use one of {names}"))
    };
    let route = commands::find_by_name(&name).ok_or_else(unknown)?;
    let body = request::read(request, MAX_BODY).await?;
    let response = server.run_as_admin(route, &body).await;
    Ok(([(CONTENT_TYPE, "application/json")], response).into_response())
}
