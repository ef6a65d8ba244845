//! Receives the webhooks of Tencent Cloud Chat, safely.
//!
//! The service tells your backend about follows, friends, blocks, profiles and logins with HTTP
//! requests. It waits 2 seconds for the response, and may deliver an event twice or not at all.
//! [`Receiver`] checks such a request and decodes it into a [`Webhook`]:
//!
//! | check | status if it fails |
//! |---|---|
//! | the method is POST | 405 |
//! | the query has `SdkAppid` and `CallbackCommand` | 400 |
//! | the app is yours | 403 |
//! | `Sign` fits one of your tokens, compared in constant time | 403 |
//! | `RequestTime` is not far from now | 403 |
//! | the body is not too large | 413 |
//! | the body is the JSON of an event, the same as in the query | 400 |
//!
//! Events that this version does not know are accepted, with their body as it came. A delivery
//! that has been seen before is marked with [`Webhook::is_duplicate`].
//!
//! The core does no IO and takes the time as an argument, so it works with any server:
//!
//! ```
//! use tim_webhook::{Receiver, SdkAppId, WebhookToken, webhook::Event};
//!
//! let token = WebhookToken::new("from the console");
//! let receiver = Receiver::new(SdkAppId(1400000000), token.clone());
//!
//! // From the request line, and the body.
//! let now = 1_700_000_000; // unix seconds
//! let sign = token.sign(now);
//! let query = format!("SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowAdd&Sign={sign}&RequestTime={now}");
//! let body = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"alice",
//!     "FollowList":[{"To_Account":"bob"}],"EventTime":1702018343678}"#;
//!
//! let webhook = receiver.receive("POST", &query, body, now)?;
//! assert!(!webhook.is_duplicate);
//! match &webhook.event {
//!     Event::FollowAdd(event) => assert_eq!((event.from.as_str(), event.to[0].as_str()), ("alice", "bob")),
//!     _ => {} // Other events.
//! }
//! let response = webhook.ok();
//! assert_eq!((response.status, response.body.as_str()), (200, r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#));
//! # Ok::<(), tim_webhook::Rejection>(())
//! ```
//!
//! # Features
//!
//! * `axum`: [`Webhook`] is an extractor, and `router` is a complete receiver.
//! * `http`: `respond` makes an `http::Response` from an `http::Request`.
//!
//! # Duplicates
//!
//! With the switch for retries in the console, an event can arrive twice. [`Receiver`] remembers
//! the command and the body of each delivery for a while, and marks one that comes again. It drops
//! nothing: you decide. Most bodies contain `EventTime`, in milliseconds. The events about friends
//! and blocks after an action do not: if a user blocks, unblocks and blocks the same user again
//! within the window, the second block is marked too, because the service sends the same body. So
//! for these events, read the state (for example with black_list_check) in place of trusting the
//! mark.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
mod axum;
mod decision;
mod delivery;
#[cfg(feature = "http")]
mod http;
mod receiver;
mod rejection;
mod response;
mod seen;

#[cfg(feature = "axum")]
pub use self::axum::router;
pub use self::decision::{Decision, InvalidCode};
pub use self::delivery::Webhook;
#[cfg(feature = "http")]
pub use self::http::respond;
pub use self::receiver::{CheckedHead, Receiver};
pub use self::rejection::Rejection;
pub use self::response::Response;
pub use self::seen::{DeliveryKey, RecentDeliveries, SeenDeliveries};
pub use tim_sig::WebhookToken;
pub use tim_types::{ErrorCode, SdkAppId, UserId, webhook};

/// The code of the README, compiled as documentation tests.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
