//! A connection to a receiver. It limits the bytes that the receiver sends, because the emulator
//! reads them on the same thread as the calls.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::endpoint::Endpoint;
use super::failure::{Failure, reason};
#[cfg(feature = "tls")]
use super::tls::TlsClient;

/// Maximum size of the head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Maximum number of bytes up to the end of the head, with the informational responses before it,
/// and with the part of the body that is read together with the head.
const MAX_TO_HEAD: usize = 4 * MAX_HEAD;
/// Maximum number of bytes after the head. A body of 64 KiB in small chunks is shorter.
const MAX_AFTER_HEAD: usize = 512 * 1024;

pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// The number of bytes that the receiver may still send.
    left: Arc<AtomicUsize>,
}

/// Why a request has no response.
pub(super) enum SendError {
    /// The connection was closed before the request was sent. The receiver has no part of it.
    NotSent(Box<Request<Full<Bytes>>>),
    /// The receiver may have got the request.
    Failed(Failure),
}

/// Opens connections to one receiver.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) endpoint: Endpoint,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<TlsClient>,
}

impl Connector {
    pub(super) async fn open(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect((self.endpoint.host.as_str(), self.endpoint.port)).await;
        let stream = stream.map_err(|error| Failure::broken(format!("cannot connect: {error}")))?;
        let _ = stream.set_nodelay(true);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Connection::over(tls.connect(stream).await?).await;
        }
        Connection::over(stream).await
    }
}

impl Connection {
    async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Self, Failure> {
        let left = Arc::new(AtomicUsize::new(MAX_TO_HEAD));
        let stream = Limited { stream, left: Arc::clone(&left) };
        let handshake = Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| Failure::broken(reason(&error)))?;
        tokio::spawn(connection);
        Ok(Self { sender, left })
    }

    /// Returns the head of the response. The body is read afterwards.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, SendError> {
        // After a response, hyper takes the next request when its task has run.
        if self.sender.ready().await.is_err() {
            return Err(SendError::NotSent(Box::new(request)));
        }
        self.left.store(MAX_TO_HEAD, Ordering::Relaxed);
        let response = self.sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
            Some(request) => SendError::NotSent(Box::new(request)),
            None => SendError::Failed(self.failure(error.error())),
        })?;
        self.left.store(MAX_AFTER_HEAD, Ordering::Relaxed);
        Ok(response)
    }

    /// Returns what an error of this connection means for the attempt.
    pub(super) fn failure(&self, error: &hyper::Error) -> Failure {
        let sends_too_much = self.left.load(Ordering::Relaxed) == 0;
        let of_kind = if sends_too_much || error.is_parse() { Failure::bad_response } else { Failure::broken };
        of_kind(reason(error))
    }
}

/// A stream that fails after a number of received bytes.
struct Limited<S> {
    stream: S,
    left: Arc<AtomicUsize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            let error = "the receiver sends too much: its response must have a head of at most 16 KiB, and a body of \
                         at most 64 KiB";
            return Poll::Ready(Err(io::Error::other(error)));
        }
        let before = to.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, to))?;
        let received = to.filled().len().saturating_sub(before);
        self.left.store(left.saturating_sub(received), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
