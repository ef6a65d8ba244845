//! The HTTP server: every path, one handler.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::failure;
use super::receiving::Receiving;

/// A server that runs until it is stopped or dropped.
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(listener: TcpListener, receiving: Receiving) -> Self {
        let router = Router::new().fallback(handle).with_state(Arc::new(receiving));
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel();
        let serve = axum::serve(listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(async {
            // It retries what fails, so it has no errors.
            let _ = serve.await;
        });
        Self { stop: Some(stop), task }
    }

    /// Accepts no more connections, and closes those that are idle.
    pub(super) fn stop(&mut self) {
        self.stop = None;
    }

    /// Waits until the last connection is closed, after [`stop`](Self::stop). Cancel safe.
    pub(super) async fn ended(&mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(
    State(receiving): State<Arc<Receiving>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    // A task of its own, which is not cancelled if the sender gives up: the application has the
    // event by then, so it belongs to the rows.
    let respond = tokio::spawn(async move { receiving.respond(peer, request).await });
    respond.await.unwrap_or_else(|_| failure::response(StatusCode::INTERNAL_SERVER_ERROR, "the listener failed"))
}
