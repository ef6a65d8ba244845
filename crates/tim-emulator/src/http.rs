//! HTTP layer: accepts connections, parses requests, applies delays decided elsewhere, writes
//! responses.

#[cfg(feature = "direct")]
pub(crate) mod direct;
mod listen;
mod slots;

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http_body_util::Either;
use hyper::body::{Body as HttpBody, Bytes};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::admin;
use crate::body::{self, Body};
use crate::console;
use crate::gateway::{IncomingCall, MAX_BODY};
use crate::problem::OnProblem;
use crate::reply::{Delivery, HttpReply};
use crate::server::Server;
use slots::{Slot, Slots};

/// The default maximum number of connections for calls.
pub(crate) const MAX_CONNECTIONS: usize = 4096;
/// Maximum time from the end of a response to the end of the head of the next request. It limits
/// how long a connection can be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// The same for a connection of the reserve, and the maximum time of its body.
const RESERVED_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum time during which a client reads no data of a response that does not fit in the buffers
/// of the system.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum time for calls in progress and for waiting webhooks when the emulator stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// The time in which a connection that has to close for another one can still start a request.
const EVICTION_PAUSE: Duration = Duration::from_millis(10);
/// Maximum time for an idle connection to close when a new connection replaces it.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after the system failed to accept a connection, for example because no file descriptor was
/// free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that is bound to its address, but does not accept connections yet.
pub(crate) struct BoundServer {
    runtime: Runtime,
    listener: TcpListener,
    max_connections: usize,
    pub(crate) address: SocketAddr,
}

impl BoundServer {
    /// Binds the address on a new runtime with one thread. The server continues to run while the
    /// caller blocks its thread or pauses the time of its runtime.
    pub(crate) fn new(address: SocketAddr, max_connections: usize, on_problem: &OnProblem) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // The socket must be registered with the runtime.
        let listener = runtime.block_on(async { listen::bind(address) })?;
        let address = listener.local_addr()?;
        let max_connections = listen::raise_file_limit(max_connections, on_problem);
        Ok(Self { runtime, listener, max_connections, address })
    }

    /// Returns the runtime of the server, for tasks that need its timer or its network.
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Accepts connections until `stop` is dropped. Then waits up to 1 s for calls in progress and
    /// for waiting webhooks.
    pub(crate) fn serve(self, server: &Arc<Server>, stop: oneshot::Receiver<()>) {
        self.runtime.block_on(serve(self.listener, self.max_connections, Arc::clone(server), stop));
        // Dropping the runtime ends all tasks and closes their sockets.
    }
}

/// The services of a connection: calls, and the routes for all other requests.
struct Site {
    server: Arc<Server>,
    routes: TowerToHyperService<Router>,
}

impl Site {
    fn new(server: &Arc<Server>) -> Self {
        let routes = TowerToHyperService::new(admin::router(server).merge(console::router()));
        Self { server: Arc::clone(server), routes }
    }
}

/// The body of a request.
trait RequestBody: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static {}

impl<B> RequestBody for B where
    B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static
{
}

async fn serve(listener: TcpListener, max_connections: usize, server: Arc<Server>, mut stop: oneshot::Receiver<()>) {
    let (mut connections, mut slots) = (JoinSet::new(), Slots::new(max_connections));
    let (stopping, stopped) = watch::channel(());
    let site = Arc::new(Site::new(&server));
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Some(ended) = connections.join_next_with_id() => {
                slots.remove(ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
            accepted = listener.accept(), if slots.has_room() => match accepted {
                Ok((stream, from)) => {
                    let slot = slots.next();
                    let peer = Peer { address: from.ip(), slot: Arc::clone(&slot) };
                    let task = connections.spawn(accept_one(stream, peer, Arc::clone(&site), stopped.clone()));
                    slots.add(task.id(), slot);
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop((listener, stopping));
    server.call_log.end();
    server.webhooks.end_retries();
    let ended = async {
        while connections.join_next().await.is_some() {}
        server.webhooks.finish().await;
    };
    let _ = timeout(STOP_TIMEOUT, ended).await;
    // Dropping the runtime waits for threads that work for the admin API.
    server.database.stop();
}

/// The client of a connection.
struct Peer {
    address: IpAddr,
    slot: Arc<Slot>,
}

async fn accept_one(stream: TcpStream, peer: Peer, site: Arc<Site>, stopped: watch::Receiver<()>) {
    // Responses are small and written at once, so the system should not wait for more data to send.
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(tls) = &site.server.tls {
        let mut stopping = stopped.clone();
        let secured = tokio::select! {
            secured = tls.accept(stream) => secured,
            _ = stopping.changed() => None,
        };
        if let Some(stream) = secured {
            connection(stream, peer, Arc::clone(&site), stopped).await;
        }
        return;
    }
    connection(stream, peer, site, stopped).await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    Peer { address, slot }: Peer,
    site: Arc<Site>,
    mut stopped: watch::Receiver<()>,
) {
    let service = service_fn(|request| handle(Arc::clone(&site), address, Arc::clone(&slot), request));
    let mut http = http1::Builder::new();
    // A connection of the reserve serves only one request, so that the next client can connect
    // soon.
    let head_timeout = if slot.reserved { RESERVED_TIMEOUT } else { HEAD_TIMEOUT };
    http.timer(TokioTimer::new()).header_read_timeout(head_timeout).keep_alive(!slot.reserved);
    let mut connection = pin!(http.serve_connection(TokioIo::new(with_write_timeout(stream)), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
        () = slot.evicted() => {
            // A request can be in transit, especially on a new connection.
            if timeout(EVICTION_PAUSE, connection.as_mut()).await.is_ok() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            // If no request is in progress, the connection has received at most a part of a request
            // head.
            if timeout(EVICTION_TIMEOUT, connection.as_mut()).await.is_ok() || !slot.is_busy() {
                return;
            }
        }
    }
    let _ = connection.await;
}

/// Returns a stream that fails if the client does not read the data that is written to it.
fn with_write_timeout<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}

/// The error that closes a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on request")]
struct CloseConnection;

async fn handle(
    site: Arc<Site>,
    from: IpAddr,
    slot: Arc<Slot>,
    request: Request<impl RequestBody>,
) -> Result<Response<Body>, CloseConnection> {
    let busy = slot.begin();
    if admin::has_route(&request) || console::has_file(&request) {
        let Ok(response) = site.routes.call(request).await;
        return Ok(response.map(|body| body::holding(Either::Right(body), busy)));
    }
    if request.method() == Method::CONNECT {
        return Ok(plain(501, "The emulator is not a proxy: send requests to it directly.\n"));
    }
    if slot.reserved {
        // The response has no envelope, and the call is not logged, because it has not reached the
        // service.
        let _ = timeout(RESERVED_TIMEOUT, body::read(request.into_body(), MAX_BODY)).await;
        let text = "The emulator has as many connections as it accepts for calls: close some, or raise the limit.\n";
        return Ok(plain(503, text));
    }
    let response = respond(call(&site.server, from, request).await?);
    Ok(response.map(|body| body::holding(body, busy)))
}

/// Returns a response in plain text that does not come from the service.
fn plain(status: u16, text: &'static str) -> Response<Body> {
    let mut response = with_status(status, body::whole(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

async fn call(
    server: &Arc<Server>,
    from: IpAddr,
    request: Request<impl RequestBody>,
) -> Result<HttpReply, CloseConnection> {
    let is_foreign = admin::is_foreign(&request);
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS && head.uri.path().starts_with("/v4/") {
        // A preflight request: a browser sends it before a page of another origin can send a call.
        // It has no signature and no command, so it is not logged as a call.
        return Ok(HttpReply::preflight().at(server.clock.now()));
    }
    // The host of a target in absolute form takes precedence over the header.
    let header = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let call = IncomingCall {
        from,
        host: head.uri.host().or(header).unwrap_or_default().to_owned(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        target: head.uri.to_string(),
        version: head.version,
        headers: head.headers,
        body: body::read(body, MAX_BODY).await,
        is_foreign,
        replay_of: None,
    };
    // Runs in a new task, so that the call is completed and logged even if the client disconnects.
    let server = Arc::clone(server);
    tokio::spawn(async move { server.call(call).await.reply }).await.ok().flatten().ok_or(CloseConnection)
}

fn respond(reply: HttpReply) -> Response<Body> {
    let body = match reply.delivery {
        Delivery::Whole => body::whole(reply.body),
        Delivery::Truncated(at) => body::truncated(reply.body.into(), at),
        Delivery::Slow(pause) => body::slow(reply.body.into(), pause),
    };
    let mut response = with_status(reply.status, body);
    *response.headers_mut() = reply.headers;
    response
}

fn with_status(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_not_read_fails() {
        let (mut client, server) = duplex(4);
        let (mut server, start) = (with_write_timeout(server), Instant::now());
        assert_eq!(server.write_all(b"abcdef").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), WRITE_TIMEOUT.as_secs());
        let mut read = [0; 4];
        client.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"abcd");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_has_the_whole_time_for_each_byte() {
        let (mut client, server) = duplex(1);
        let mut server = with_write_timeout(server);
        let write = tokio::spawn(async move { server.write_all(b"abc").await });
        let mut read = [0; 1];
        for byte in b"abc" {
            sleep(WRITE_TIMEOUT - Duration::from_secs(1)).await;
            client.read_exact(&mut read).await.unwrap();
            assert_eq!(&read, &[*byte]);
        }
        write.await.unwrap().unwrap();
    }
}
