//! The skin: HTTP in, HTTP out, nothing decided.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::response::IntoResponse;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::clock::{Clock, Stopwatch};
use crate::gateway::{Arrival, Gateway, MAX_BODY};
use crate::refusal;
use crate::world::World;

/// Of a body that is too large this much is read, because a client that is still sending reads no answer.
const MAX_READ: usize = 16 * MAX_BODY;

/// All that a call passes through.
pub(crate) struct Server {
    pub(crate) gateway: Gateway,
    /// Held for one transaction. The server has one thread, so nobody waits for it.
    pub(crate) world: Mutex<World>,
    pub(crate) clock: Clock,
    pub(crate) stopwatch: Stopwatch,
}

impl Server {
    fn answer(&self, call: &Arrival<'_>) -> String {
        let now = self.clock.now();
        match self.gateway.admit(call, now, self.stopwatch.elapsed()) {
            // A panic rolled its transaction back, so the world behind a poisoned lock is sound.
            Ok((route, body)) => self.world.lock().unwrap_or_else(PoisonError::into_inner).apply(route, body, now),
            Err(refusal) => refusal::json(&refusal),
        }
    }
}

/// A server that is bound, but serves nobody yet.
pub(crate) struct Bound {
    runtime: Runtime,
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Bound {
    /// Binds on a runtime of its own with one thread: SQLite calls block it, and they run one after another anyway.
    /// So no runtime of the caller is ever blocked, and the server lives on while the caller blocks or pauses its time.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        Ok(Self { runtime, listener, address })
    }

    /// Serves until `stop` is dropped, then ends every connection.
    pub(crate) fn serve(self, server: Arc<Server>, stop: oneshot::Receiver<()>) {
        let app = Router::new().fallback(handle).with_state(server);
        // Answers are small and whole: do not wait for more to send.
        let listener = self.listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        self.runtime.spawn(axum::serve(listener, app).into_future());
        let _ = self.runtime.block_on(stop);
        // The runtime is dropped here, and with it all tasks and their sockets.
    }
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> impl IntoResponse {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_READ).await.ok();
    // A target in absolute form comes before the header.
    let header = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let answer = server.answer(&Arrival {
        host: head.uri.host().or(header).unwrap_or_default(),
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        body: body.as_deref(),
    });
    ([(CONTENT_TYPE, "application/json")], answer)
}
