//! The conformance check of transports: both backends pass, and other transports fail with the
//! right messages.

use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{
    BlockingTransport, ClockReading, Options, Request, ReqwestTransport, Response, Transport, TransportError,
    TransportErrorKind, UreqTransport, conformance,
};

#[tokio::test]
async fn reqwest_conforms() {
    conformance::check(&ReqwestTransport::new(&Options::default()).unwrap()).await.unwrap();
}

#[test]
fn ureq_conforms() {
    conformance::check_blocking(&UreqTransport::new(&Options::default()).unwrap()).unwrap();
}

/// A transport by an author who did not read the contract.
#[derive(Debug)]
struct Naive(reqwest::Client);

#[async_trait]
impl Transport for Naive {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let lost = |error| TransportError::new(TransportErrorKind::Lost, "").with_source(error);
        let response = self
            .0
            .post(request.expose_url())
            .header("referer", "http://a/")
            .body(request.into_body())
            .send()
            .await
            .map_err(lost)?;
        Ok(Response::new(response.status().as_u16(), response.bytes().await.map_err(lost)?))
    }

    async fn sleep(&self, _: Duration) {}

    fn now(&self) -> ClockReading {
        ClockReading::system()
    }
}

#[tokio::test]
async fn violations_of_every_rule_are_found() {
    let violations = conformance::check(&Naive(reqwest::Client::new())).await.unwrap_err();
    let shown = violations.to_string();
    assert!(!shown.contains("conformance-secret"), "{shown}");
    for part in [
        "* a redirect is returned, not followed (Redirect(307)): it returned status 200",
        "(Redirect(302)): it connected to the host that the response names",
        "* `Retry-After` and `Date` are kept (Busy): it returned status 503 with 0 bytes, Retry-After None, Date None",
        "* a response over the limit is `TooLong` (Chunked(1001)): it returned status 200 with 1001 bytes",
        "(Endless(None)): it continued to read until the server stopped",
        "(Silence): it took ",
        "(Silence): it returned an error of kind `Lost`",
        "* a connection that cannot be made is `Connect` (ClosedPort): it returned an error of kind `Lost`",
        "(ClosedPort): the error shows the query of the URL",
        "* a URL that cannot be used is `Setup` (BrokenUrl): it returned an error of kind `Lost`",
        "(Length(200, 20)): the request lacks `Content-Type: application/json`",
        "(Length(200, 20)): the request has a `Referer`",
        "(Redirect(301)): it connected to the host that the response names",
        "(Redirect(308)): it returned status 200",
        "* `now` advanced by ",
    ] {
        assert!(shown.contains(part), "{part:?} is missing: {shown}");
    }
    assert!(
        !shown.contains("* a response of exactly the limit is accepted (UntilClose(1000)): it returned"),
        "{shown}"
    );
}

/// Sends each request twice, and reports each error as a connection that was not made.
#[derive(Debug)]
struct Twice(UreqTransport);

impl BlockingTransport for Twice {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let _ = self.0.send(request.clone());
        self.0.send(request).map_err(|_| TransportError::new(TransportErrorKind::Connect, ""))
    }

    fn sleep(&self, time: Duration) {
        self.0.sleep(time);
    }

    fn now(&self) -> ClockReading {
        self.0.now()
    }
}

#[test]
fn a_request_that_is_sent_twice_is_found() {
    let transport = Twice(UreqTransport::new(&Options::default()).unwrap());
    let violations = conformance::check_blocking(&transport).unwrap_err();
    let count = |part| violations.iter().filter(|violation| violation.contains(part)).count();
    assert_eq!(count("it sent 2 requests instead of 1"), 22, "{violations}");
    assert_eq!(count("(CloseSecond): it sent 4 requests instead of 2"), 1, "{violations}");
    let lost = "a connection that breaks after the request is `Lost` (Reset): it returned an error of kind `Connect`";
    assert_eq!(count(lost), 1, "{violations}");
}
