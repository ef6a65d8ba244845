//! A client for the accounts, profiles and relationships of Tencent Cloud Chat (TIM), for backends.
//!
//! A request is a value, such as [`follow::Add`] or [`friend::Check`], and a client has one method
//! for each way to send requests:
//!
//! | method | sends |
//! |---|---|
//! | [`Client::send`] | one call |
//! | [`Client::pages`] | the calls that read a list page by page |
//! | [`Client::batch`] | the calls for any number of targets |
//! | [`Client::plan_follows`] and [`Client::apply_follows`] | the calls that make a user follow exactly a given set of users |
//! | [`Client::call`] | one call of a command by its name, with a body in JSON |
//!
//! The client signs calls, retries transient failures, keeps within the rate limit, and uses the
//! backup host if the primary host cannot be reached. [`blocking::Client`] has the same methods and
//! needs no runtime; both clients behave in the same way.
//!
//! ```
//! # use tim_transport::MockTransport;
//! use tim_follow::{Client, Config, Region, SdkAppId, SecretKey, follow};
//!
//! # pollster::block_on(async {
//! # let script = MockTransport::texts([r#"{"FollowInfo":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"",
//! #   "FollowerCount":2,"FollowingCount":1,"MutualFollowingCount":1}],"ActionStatus":"OK","ErrorCode":0}"#]);
//! let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key")).region(Region::Singapore);
//! # #[cfg(feature = "reqwest")]
//! let client = Client::new(config.clone())?;
//! # let client = Client::with_transport(config, std::sync::Arc::new(script))?;
//! let counts = client.send(follow::Counts::new("alice", ["bob"])).await?;
//! assert_eq!(counts.items[0].result()?.followers, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Testing
//!
//! `tim_emulator::Emulator` is a local server for tests with sockets. Without sockets, the feature
//! `test-util` adds `transport::MockTransport`, which returns given responses and has a virtual
//! clock: a test of a retry does not wait.
//!
//! ```
//! # #[cfg(feature = "test-util")] {
//! use std::sync::Arc;
//! use tim_follow::transport::{MockTransport, Response};
//! use tim_follow::{Config, ErrorCode, Region, SdkAppId, SecretKey, blocking, follow};
//!
//! let throttled = r#"{"ActionStatus":"FAIL","ErrorCode":60007,"ErrorInfo":"too many calls"}"#;
//! let rejected = r#"{"ActionStatus":"FAIL","ErrorCode":30003,"ErrorInfo":"no such user"}"#;
//! let mock = MockTransport::new([Ok(Response::new(200, throttled)), Ok(Response::new(200, rejected))]);
//! let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
//! let client = blocking::Client::with_transport(config, Arc::new(mock.clone()))?;
//!
//! let error = client.send(follow::Add::new("alice", ["bob"])).unwrap_err();
//! assert_eq!(error.code(), Some(ErrorCode::ACCOUNT_NOT_FOUND));
//! assert_eq!(mock.requests().len(), 2);
//! assert!(mock.elapsed().as_secs() >= 1); // the retry after throttling, in virtual time
//! # }
//! # Ok::<(), tim_follow::ConfigError>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `reqwest` (default) | `Client::new`: the asynchronous client on reqwest and tokio |
//! | `ureq` | `blocking::Client::new`: the blocking client on ureq, without a runtime |
//! | `rustls` (default) | TLS with rustls |
//! | `native-tls` | TLS of the operating system; used if `rustls` is off |
//! | `system-roots` | `transport::Roots::System`: the root certificates of the operating system |
//! | `reqwest-0-13` | `transport::ReqwestTransport::from_builder`: a transport on a reqwest builder of yours |
//! | `test-util` | `transport::MockTransport` and `transport::conformance`, for tests |
//! | `stream` | `futures_core::Stream` for pages, entries and outcomes, and batches with targets from a stream |
//! | `redis` | `RedisRateLimiter`, which several processes share |
//! | `redis-tls` | `redis`, and connections to Redis over TLS (`rediss://`) |
//! | `tracing` | a span `tim_call` for each call, `tim_attempt` for each request, and an event for each wait and retry, at level DEBUG |
//!
//! The feature `direct` is for simulations of Redis. It is not stable: it can change in any
//! version.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod batch;
pub mod blocking;
mod client;
mod config;
mod engine;
mod error;
mod event;
mod limits;
mod observer;
mod pages;
mod rate_limit;
mod sync;
mod time;
mod trace;

pub use batch::{BatchItem, BatchReport, Outcome, TargetError};
#[cfg(feature = "stream")]
pub use client::FromStream;
pub use client::{Client, FromIter, Input, Items, Outcomes, Pages};
pub use config::{Config, ConfigError};
pub use engine::RawResponse;
pub use error::{Error, ErrorKind};
pub use event::{Event, EventKind, WaitReason};
pub use limits::Limits;
pub use pages::{Page, PageError};
pub use rate_limit::{Acquire, LocalRateLimiter, Notifier, Pending, RateLimitKey, RateLimiter, Unlimited, Waiter};
#[cfg(feature = "direct")]
#[doc(hidden)]
pub use rate_limit::{DirectCommand, DirectMessage, DirectRedis, DirectRound};
#[cfg(feature = "redis")]
pub use rate_limit::{OnUnavailable, RedisLimiterError, RedisRateLimiter};
pub use sync::{SyncPlan, SyncReport, TooManyDeletes};

pub use tim_sig::{self as sig, SecretKey};
pub use tim_transport::{self as transport, BlockingTransport, Transport};
pub use tim_types::{
    Batch, BatchTemplate, COMMANDS, CodeClass, Command, CommandInfo, Cursor, DecodeError, Each, Effect, Empty,
    Endpoint, Envelope, ErrorCode, ErrorCodeInfo, Field, Fields, FromAccount, InvalidRequest, Paged, Pair,
    PairTemplate, Position, Printable, Profile, ProfileItem, ProfileTag, Region, Rejection, RelationItem, ResponseBody,
    SdkAppId, Sequence, Shape, StartIndex, Target, TargetOutcome, TargetResult, TargetResults, Template,
    UnreadableItem, UserId, account, block, follow, friend, friend_group, profile, status,
};

/// The code of the README, compiled as documentation tests.
#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
