//! Requests to an emulator without a socket.

use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::slots::Slots;
use super::{CloseConnection, Site, handle};
use crate::body::Body;
use crate::server::Server;

/// Sends requests to the handlers of an emulator, without a socket and without the HTTP parser.
///
/// This type is not stable: it can change in any version.
pub struct DirectClient {
    site: Arc<Site>,
    runtime: Handle,
}

/// A request, as HTTP carries it.
#[derive(Clone, Copy)]
pub struct DirectRequest<'a> {
    /// The method, for example `POST`.
    pub method: &'a str,
    /// The path and the query of the URL, or the whole URL.
    pub target: &'a str,
    /// The names and values of the headers.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: &'a [u8],
}

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectResponse {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`; empty without one.
    pub content_type: String,
    /// The body, up to the point at which the emulator cut it off.
    pub body: Vec<u8>,
}

/// The reason why a request has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectRequestError {
    /// HTTP does not allow the method, the target or a header.
    #[error("the method, the target or a header of the request is invalid: send what HTTP allows")]
    Invalid,
    /// The emulator closed the connection: a fault requires it, or the handler panicked.
    #[error("the connection was closed: remove the fault that closes it, or read the panic in the log")]
    Closed,
    /// The response was not complete in time.
    #[error("the response was not complete in time: wait longer, or do not request a stream")]
    TimedOut,
}

impl DirectClient {
    pub(crate) fn new(server: &Arc<Server>) -> Self {
        Self { site: Arc::new(Site::new(server)), runtime: server.runtime.clone() }
    }

    /// Sends a request and waits for the complete response. The time limit is in real time.
    ///
    /// # Errors
    /// The request is invalid, or has no complete response within the limit.
    pub fn send(&self, request: DirectRequest<'_>, limit: Duration) -> Result<DirectResponse, DirectRequestError> {
        let request = built(request).ok_or(DirectRequestError::Invalid)?;
        let (site, slot) = (Arc::clone(&self.site), Slots::new(1).next());
        let (done, response) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let handled = async { read(handle(site, Ipv4Addr::LOCALHOST.into(), slot, request).await).await };
            let _ = done.send(timeout(limit, handled).await.unwrap_or(Err(DirectRequestError::TimedOut)));
        });
        // The sender is dropped without a value if the handler panics.
        response.recv().unwrap_or(Err(DirectRequestError::Closed))
    }
}

fn built(request: DirectRequest<'_>) -> Option<Request<Full<Bytes>>> {
    let head = Request::builder().method(request.method).uri(request.target);
    let head = request.headers.iter().fold(head, |head, (name, value)| head.header(*name, *value));
    head.body(Full::new(Bytes::copy_from_slice(request.body))).ok()
}

async fn read(response: Result<Response<Body>, CloseConnection>) -> Result<DirectResponse, DirectRequestError> {
    let (head, mut body) = response.map_err(|_| DirectRequestError::Closed)?.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut read = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        read.extend(frame.data_ref().into_iter().flatten());
    }
    Ok(DirectResponse { status: head.status.as_u16(), content_type: content_type.to_owned(), body: read })
}

impl std::fmt::Debug for DirectClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectClient").finish_non_exhaustive()
    }
}

/// Omits the target, which contains the signature, the headers and the body.
impl std::fmt::Debug for DirectRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tim_sig::Signer;

    use super::*;
    use crate::{Emulator, Fault};

    const LIMIT: Duration = Duration::from_secs(30);

    fn request(target: &str) -> DirectRequest<'_> {
        DirectRequest { method: "GET", target, headers: &[("Host", b"localhost")], body: b"" }
    }

    #[test]
    fn a_direct_request_has_the_response_of_a_connection() {
        let emulator = Emulator::builder().start_blocking().unwrap();
        let client = emulator.direct_client();
        let health = client.send(request("/_emulator/health"), LIMIT).unwrap();
        assert_eq!((health.status, health.body.as_slice()), (200, b"{\"ok\":true}\n".as_slice()));
        let post = DirectRequest { method: "POST", ..request("/v4/follow/follow_add") };
        let rejected = client.send(post, LIMIT).unwrap();
        assert_eq!((rejected.status, rejected.content_type.as_str()), (200, "application/json"));
        assert_eq!(emulator.calls().len(), 1);
    }

    #[test]
    fn a_direct_request_without_a_response_is_an_error() {
        let emulator = Emulator::builder().start_blocking().unwrap();
        let client = emulator.direct_client();
        assert_eq!(client.send(request("no target"), LIMIT), Err(DirectRequestError::Invalid));
        let stream = client.send(request("/_emulator/events"), Duration::from_millis(1));
        assert_eq!(stream, Err(DirectRequestError::TimedOut));
        emulator.faults().add(Fault::hang_up()).unwrap();
        let app = emulator.sdkappid();
        let signer = Signer::new(app.0, emulator.secret_key().clone()).unwrap();
        let usersig = signer.sign("administrator", LIMIT, emulator.time().now()).unwrap();
        let query = format!("sdkappid={app}&identifier=administrator&usersig={}&contenttype=json", usersig.expose());
        let target = format!("/v4/follow/follow_get?{query}");
        let call = DirectRequest { method: "POST", body: b"{}", ..request(&target) };
        assert_eq!(client.send(call, LIMIT), Err(DirectRequestError::Closed));
    }
}
