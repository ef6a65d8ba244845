//! A local server with the wire protocol of Tencent Cloud Chat's accounts, profiles and
//! relationships, for tests.
//!
//! It keeps accounts, profiles, follows, friends, friend groups, blocklists and online status in an
//! SQLite database, in memory or in a file. It checks signatures like the service, rejects calls
//! with the same codes, and has the same limits. docs/emulator-behaviour.md lists what it does
//! where the documents of the service are silent.
//!
//! ```
//! use tim_emulator::Emulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start().await?;
//! // A client needs these four settings.
//! let _ = (emulator.base_url(), emulator.sdkappid(), emulator.admin(), emulator.secret_key());
//! # Ok(())
//! # }
//! ```
//!
//! The server has its own thread and runtime, so it also serves blocking clients. Dropping the
//! [`Emulator`] stops the server. To see the calls, open the base URL in a browser.
//!
//! The feature `tls` adds HTTPS. The emulator creates the certificate. The feature `direct` adds
//! `DirectWorld`, the state and the commands without a server, for simulations, and `DirectClient`,
//! which sends requests without a socket. They are not stable: they can change in any version.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

mod admin;
mod app_settings;
mod body;
mod call_log;
mod check;
mod clock;
mod command_error;
mod commands;
mod console;
mod database;
#[cfg(feature = "direct")]
mod direct;
mod emulator;
mod execution;
mod faults;
mod friend_response;
mod gateway;
mod http;
mod lock;
mod named;
mod online_status;
mod problem;
mod profile_fields;
mod quirks;
#[cfg(test)]
mod random_tests;
mod rate_limit;
mod redact;
mod relation_limits;
mod replay;
mod reply;
mod reset;
mod server;
mod service;
mod settings;
mod snapshots;
mod state;
mod text_search;
mod time;
#[cfg(feature = "tls")]
mod tls;
mod webhook;
mod world;

pub use app_settings::{AppSettings, InvalidSettings};
pub use call_log::{CallFilter, CallFormat, CallRecord, RecordedRequest, RecordedResponse, WaitTimeout};
#[cfg(feature = "direct")]
pub use direct::{DirectCall, DirectError, DirectReply, DirectWorld};
pub use emulator::{Builder, Emulator, StartError, StopError};
pub use faults::{ActiveFault, Fault, Faults, InvalidFault};
pub use friend_response::FriendResponse;
#[cfg(feature = "direct")]
pub use http::direct::{DirectClient, DirectRequest, DirectRequestError, DirectResponse};
pub use named::UnknownName;
pub use quirks::Quirks;
pub use rate_limit::{RateLimit, Window};
pub use relation_limits::RelationLimits;
pub use settings::{Settings, SettingsError};
pub use snapshots::Snapshot;
pub use state::{Comparison, State, StateError};
pub use tim_sig::SecretKey;
pub use tim_types::status::Status;
pub use tim_types::{Region, SdkAppId};
pub use time::Time;
pub use webhook::{DeliveryState, InvalidWebhook, Webhook, WebhookAttempt, WebhookDelivery, WebhookStatus};
pub use world::{Change, Difference, Differences, Totals};

/// The code of the README, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
