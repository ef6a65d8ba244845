//! The skin: HTTP in, HTTP out, waiting in between, nothing decided.

pub(crate) mod body;
#[cfg(feature = "tls")]
pub(crate) mod tls;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::admin;
use crate::console;
use crate::gateway::{IncomingCall, MAX_BODY};
use crate::server::{Delivery, HttpReply, Server};
use crate::webhook::DeliveryWorker;
use body::Body;

/// Of a body that is too large this much more is read, because a client that is still sending reads no answer.
const MAX_FORGOTTEN: usize = 16 * MAX_BODY;
/// Further connections wait until one ends.
const MAX_CONNECTIONS: usize = 4096;
/// How long a connection may take from being free to the end of the next request's head; so also how long one may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may read nothing of an answer that is too large for the buffers of the system.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long calls under way may take when the emulator stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// How long nobody is let in when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that is bound, but serves nobody yet.
pub(crate) struct BoundServer {
    runtime: Runtime,
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl BoundServer {
    /// Binds on a runtime of its own with one thread: SQLite calls block it, and they run one after another anyway.
    /// So no runtime of the caller is ever blocked, and the server lives on while the caller blocks or pauses its time.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        Ok(Self { runtime, listener, address })
    }

    /// The runtime of the server, for tasks that need a timer.
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Serves until `stop` is dropped. Then calls that are under way may end, if they do so soon.
    pub(crate) fn serve(self, server: &Arc<Server>, workers: Vec<DeliveryWorker>, stop: oneshot::Receiver<()>) {
        for worker in workers {
            self.runtime.spawn(worker.run());
        }
        self.runtime.block_on(serve(self.listener, Arc::clone(server), stop));
        // The runtime is dropped here, and with it all tasks and their sockets.
    }
}

async fn serve(listener: TcpListener, server: Arc<Server>, mut stop: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let (stopping, stopped) = watch::channel(());
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, from)) => {
                    connections.spawn(accept_one(stream, from.ip(), Arc::clone(&server), stopped.clone()));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop((listener, stopping));
    server.call_log.end();
    let _ = timeout(STOP_TIMEOUT, async { while connections.join_next().await.is_some() {} }).await;
}

async fn accept_one(stream: TcpStream, from: IpAddr, server: Arc<Server>, stopped: watch::Receiver<()>) {
    // Answers are small and whole: do not wait for more to send.
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(tls) = &server.tls {
        let mut stopping = stopped.clone();
        let secured = tokio::select! {
            secured = tls.accept(stream) => secured,
            _ = stopping.changed() => None,
        };
        if let Some(stream) = secured {
            connection(stream, from, Arc::clone(&server), stopped).await;
        }
        return;
    }
    connection(stream, from, server, stopped).await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    from: IpAddr,
    server: Arc<Server>,
    mut stopped: watch::Receiver<()>,
) {
    let service = service_fn(|request| handle(Arc::clone(&server), from, request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut connection = pin!(http.serve_connection(TokioIo::new(with_write_timeout(stream)), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A stream that breaks when nobody reads what is written to it.
fn with_write_timeout<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on request")]
struct CloseConnection;

async fn handle(
    server: Arc<Server>,
    from: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, CloseConnection> {
    let (head, body) = request.into_parts();
    if admin::is_meant(head.uri.path()) {
        let body = read(body, admin::MAX_BODY).await;
        let answer = tokio::task::spawn_blocking(move || admin::answer(&server, &head, body)).await;
        return answer.map_err(|_| CloseConnection);
    }
    if let Some(page) = console::answer(&head) {
        return Ok(page);
    }
    // A target in absolute form comes before the header.
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
        body: read(body, MAX_BODY).await,
    };
    // In a task of its own, so the call is completed and logged even if its client goes away.
    let reply = tokio::spawn(async move { server.call(call).await }).await.ok().flatten();
    reply.map(respond).ok_or(CloseConnection)
}

/// The body, unless it is too large, too slow or broken.
async fn read(mut body: Incoming, limit: usize) -> Option<Bytes> {
    let read = async {
        if let Ok(whole) = Limited::new(&mut body, limit).collect().await {
            return Some(whole.to_bytes());
        }
        let mut forgotten = 0;
        while let Some(Ok(frame)) = body.frame().await
            && forgotten < MAX_FORGOTTEN
        {
            forgotten += frame.data_ref().map_or(0, Bytes::len);
        }
        None
    };
    timeout(BODY_TIMEOUT, read).await.ok()?
}

fn respond(reply: HttpReply) -> Response<Body> {
    let headers = reply.headers();
    let body = match reply.delivery {
        Delivery::Whole => body::whole(reply.body),
        Delivery::Truncated(at) => body::truncated(reply.body.into(), at),
        Delivery::Slow(pause) => body::slow(reply.body.into(), pause),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    *response.headers_mut() = headers;
    response
}

/// A response; what a header cannot hold is left out.
pub(crate) fn response(status: u16, content_type: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_nobody_reads_breaks_the_stream() {
        let (mut client, server) = duplex(4);
        let (mut server, start) = (with_write_timeout(server), Instant::now());
        assert_eq!(server.write_all(b"abcdef").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), WRITE_TIMEOUT.as_secs());
        let mut read = [0; 4];
        client.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"abcd");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_has_the_time_anew_with_each_byte() {
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
