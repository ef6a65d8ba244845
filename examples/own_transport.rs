//! Your own transport, here for an HTTP client that the program already uses.
//!
//! For a reqwest client, `ReqwestTransport::from_builder` is shorter. This example shows what any
//! other HTTP client needs.
//!
//! `cargo run -p tim-tests --example own_transport -- BASE_URL SECRET_KEY`, with the values that
//! `tim emulator` prints.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use tim_follow::transport::{ClockReading, Request, Response, Transport, TransportError, TransportErrorKind};

#[derive(Debug)]
struct Own(reqwest::Client);

impl Own {
    /// Turns redirects and retries off: a redirect would send the signature to another host, and
    /// the client decides about retries.
    fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).referer(false);
        client.retry(reqwest::retry::never()).connect_timeout(Duration::from_secs(3)).build().map(Self)
    }
}

#[async_trait]
impl Transport for Own {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let limit = request.response_limit();
        let call = self.0.post(request.expose_url()).timeout(request.time_limit());
        let call = call.header(CONTENT_TYPE, "application/json").body(request.into_body());
        let mut received = call.send().await.map_err(without_url)?;
        let mut body = Vec::new();
        while let Some(chunk) = received.chunk().await.map_err(without_url)? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > limit {
                return Err(TransportError::new(TransportErrorKind::TooLong, format!("over {limit} bytes")));
            }
        }
        let header = |name| received.headers().get(name).and_then(|value| value.to_str().ok());
        let response = Response::new(received.status().as_u16(), body);
        Ok(response.retry_after(header(RETRY_AFTER)).date(header(DATE)))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        ClockReading::system()
    }
}

/// Removes the URL, because it contains the signature. `Connect` means that nothing was sent.
fn without_url(error: reqwest::Error) -> TransportError {
    let kind = match &error {
        error if error.is_builder() => TransportErrorKind::Setup,
        error if error.is_connect() => TransportErrorKind::Connect,
        error if error.is_timeout() => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Lost,
    };
    TransportError::new(kind, "").with_source(error.without_url())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use tim_follow::{Client, Config, SdkAppId, SecretKey, follow};
    let mut args = std::env::args().skip(1);
    let (base_url, key) = args.next().zip(args.next()).ok_or("give BASE_URL and SECRET_KEY")?;
    let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new(key)).base_url(base_url);
    let client = Client::with_transport(config, Arc::new(Own::new()?))?;
    let counts = client.send(follow::Counts::new("administrator", ["administrator"])).await?;
    println!("{counts:?}");
    Ok(())
}

/// With the feature `test-util` of tim-transport.
#[cfg(test)]
#[tokio::test]
async fn it_conforms() {
    tim_transport::conformance::check(&Own::new().unwrap()).await.unwrap();
}
