//! Saves, lists, restores, compares and removes snapshots of the state.

use std::sync::Arc;

use axum::extract::State as Extract;
use tokio::task::spawn_blocking;

use super::request::{Name, NoQuery, Query};
use super::{AdminError, App, Json, Reply};
use crate::server::Server;
use crate::state::{State, StateError};

pub(super) async fn snapshots(Extract(server): App, _: NoQuery) -> Reply {
    Json::of(State(&server).snapshots())
}

pub(super) async fn save(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    blocking(server, move |server| State(server).save(&name)).await?;
    Ok(Json::done())
}

pub(super) async fn restore(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    blocking(server, move |server| State(server).restore(&name)).await?;
    Ok(Json::done())
}

/// Responds with the differences to the snapshot `with`, or to the current state.
pub(super) async fn compare(Extract(server): App, Name(name): Name, query: Query) -> Reply {
    query.only_keys(&["with"])?;
    existing(&server, &name)?;
    let with = query.text("with").map(str::to_owned);
    Json::of(blocking(server, move |server| State(server).compare(&name, with.as_deref())).await?)
}

/// Returns an error with the status 404 if the snapshot does not exist.
pub(super) fn existing(server: &Server, name: &str) -> Result<(), AdminError> {
    server.snapshots.get(name).map(drop).map_err(AdminError::not_found)
}

pub(super) async fn forget(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    existing(&server, &name)?;
    // It takes time to free the memory of a large snapshot.
    blocking(server, move |server| Ok(State(server).forget(&name))).await?;
    Ok(Json::done())
}

/// Runs work that waits for the database on a blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    server: Arc<Server>,
    work: impl FnOnce(&Server) -> Result<T, StateError> + Send + 'static,
) -> Result<T, AdminError> {
    Ok(spawn_blocking(move || work(&server)).await.map_err(AdminError::failed)??)
}
