//! Receives webhooks with axum.
//!
//! Run `cargo run -p tim-tests --example webhook_axum -- TOKEN_FILE`, then
//! `tim emulator --webhook http://127.0.0.1:8080/im --webhook-token-file TOKEN_FILE`, and make a
//! user follow another one.

#![allow(clippy::print_stdout)]

use axum::Router;
use tim_webhook::webhook::Event;
use tim_webhook::{Receiver, SdkAppId, WebhookToken};

/// `on_event` must be quick: the service waits 2 seconds for the response.
fn app(token: WebhookToken, on_event: impl Fn(Event) + Clone + Send + Sync + 'static) -> Router {
    // The app of the emulator.
    let receiver = Receiver::new(SdkAppId(1400000000), token);
    tim_webhook::router("/im", receiver, move |webhook| {
        if !webhook.is_duplicate {
            on_event(webhook.event.clone());
        }
        async move { webhook.ok() }
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give TOKEN_FILE")?;
    let token = WebhookToken::new(std::fs::read_to_string(file)?.trim());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app(token, |event| println!("{event:?}"))).await?;
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
        let receiver = app(WebhookToken::new("t0ken"), move |event| sender.send(event).unwrap());
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
