//! Receives webhooks with axum: checks the app and the signature, then decodes the event.
//!
//! Run `cargo run -p tim-tests --example webhook_axum -- TOKEN_FILE`, then
//! `tim emulator --webhook http://127.0.0.1:8080/im --webhook-token-file TOKEN_FILE`, and make a
//! user follow another one.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::post;
use tim_sig::WebhookToken;
use tim_types::SdkAppId;
use tim_types::webhook::{self, Event, Query};

struct Receiver {
    sdkappid: SdkAppId,
    token: WebhookToken,
    /// Handles an event. It must be quick: the service waits 2 seconds for the response.
    on_event: Box<dyn Fn(Event) + Send + Sync>,
}

fn app(receiver: Receiver) -> Router {
    Router::new().route("/im", post(receive)).with_state(Arc::new(receiver))
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    RawQuery(query): RawQuery,
    body: String,
) -> Result<&'static str, StatusCode> {
    let query = Query::parse(&query.unwrap_or_default()).map_err(|_| StatusCode::BAD_REQUEST)?;
    receiver.check(&query, now()).ok_or(StatusCode::FORBIDDEN)?;
    let event = serde_json::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    (receiver.on_event)(event);
    Ok(webhook::OK)
}

impl Receiver {
    fn check(&self, query: &Query, now: u64) -> Option<()> {
        const TOLERANCE: Duration = Duration::from_secs(300);
        let (sign, time) = query.sign.as_deref().zip(query.request_time)?;
        self.token.verify(sign, time, now, TOLERANCE).ok()?;
        (query.sdkappid == self.sdkappid).then_some(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give TOKEN_FILE")?;
    let token = WebhookToken::new(std::fs::read_to_string(file)?.trim());
    let on_event = Box::new(|event| println!("{event:?}"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app(Receiver { sdkappid: SdkAppId(1400000000), token, on_event })).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tim_emulator::{Emulator, Webhook};
    use tim_follow::{Client, Config, follow};

    use super::*;

    #[tokio::test]
    async fn a_follow_arrives() {
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let on_event = Box::new(move |event| sender.send(event).unwrap());
        let token = WebhookToken::new("t0ken");
        let receiver = app(Receiver { sdkappid: SdkAppId(1400000000), token, on_event });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/im", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, receiver).into_future());

        // The first webhook is signed with another token, and is rejected.
        let (forged, real) = (Webhook::to(&url).token("other"), Webhook::to(&url).token("t0ken"));
        let emulator = Emulator::builder().webhook(forged).webhook(real).start().await.unwrap();
        emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes()).unwrap();
        let config = Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone());
        let client = Client::new(config.base_url(emulator.base_url())).unwrap();
        client.send(follow::Add::new("administrator", ["bob"])).await.unwrap();

        let Some(Event::FollowAdd(event)) = events.recv().await else { panic!("another event") };
        assert_eq!((event.from.as_str(), event.to[0].as_str()), ("administrator", "bob"));
        loop {
            let webhooks = emulator.webhooks();
            if webhooks.iter().all(|webhook| webhook.waiting == 0) {
                assert_eq!([webhooks[0].failed, webhooks[1].delivered], [1, 1]);
                assert!(webhooks[0].last_failure.as_deref().unwrap().contains("403"));
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(events.try_recv().is_err());
    }
}
