//! Each request gets the documented response.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[cfg(feature = "axum")]
mod axum;
mod duplicates;
#[cfg(feature = "http")]
mod http;
mod receive;

use tim_webhook::{Receiver, SdkAppId, WebhookToken};

const NOW: u64 = 1_700_000_000;
const FOLLOW: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"alice","FollowList":[{"To_Account":"bob"}],"EventTime":1702018343678}"#;
const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

fn token() -> WebhookToken {
    WebhookToken::new("t0ken")
}

fn receiver() -> Receiver {
    Receiver::new(SdkAppId(14), token())
}

/// The query of an event that is signed at this time.
fn query(command: &str, time: u64) -> String {
    format!("SdkAppid=14&CallbackCommand={command}&contenttype=json&Sign={}&RequestTime={time}", token().sign(time))
}

/// The query of [`FOLLOW`].
fn follow(time: u64) -> String {
    query("Follow.CallbackAfterFollowAdd", time)
}
