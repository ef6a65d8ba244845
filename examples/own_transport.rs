//! A transport of your own, here an HTTP client that the program has anyway.
//!
//! `cargo run -p tim-tests --example own_transport -- BASE_URL SECRET_KEY`, with those of `tim emulator`.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{Moment, Phase, Request, Response, Transport, TransportError};

#[derive(Debug)]
struct Own(reqwest::Client);

#[async_trait]
impl Transport for Own {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let call = self.0.post(request.expose_url()).timeout(request.time_limit()).body(request.body().to_vec());
        let answer = call.send().await.map_err(without_url)?;
        Ok(Response::new(answer.status().as_u16(), answer.bytes().await.map_err(without_url)?))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> Moment {
        Moment::system()
    }
}

/// The URL holds the signature, so it must not get into an error.
fn without_url(error: reqwest::Error) -> TransportError {
    let phase = if error.is_connect() { Phase::Connect } else { Phase::Lost };
    TransportError::new(phase, "").with_source(error.without_url())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use tim_follow::{Client, Config, SdkAppId, SecretKey, follow};
    let mut args = std::env::args().skip(1);
    let (base_url, key) = args.next().zip(args.next()).ok_or("give BASE_URL and SECRET_KEY")?;
    let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new(key)).base_url(base_url);
    let client = Client::with_transport(config, Arc::new(Own(reqwest::Client::new())))?;
    let counts = client.send(follow::Counts::new("administrator", ["administrator"])).await?;
    println!("{counts:?}");
    Ok(())
}
