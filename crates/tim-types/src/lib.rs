//! Requests, responses, webhooks, error codes, hosts and limits of Tencent Cloud Chat (TIM):
//! accounts, profiles, follows, friends, friend groups, blocklists and online status. This crate
//! does no IO; the clients are in `tim-follow`.
//!
//! * Each command is a struct, for example [`follow::Add`] or [`friend::Check`]. [`COMMANDS`] has
//!   the facts about all of them.
//! * Sets of values that the service can extend are newtypes with named constants, for example
//!   [`ErrorCode`], [`follow::Relation`] and [`ProfileTag`]. A value that this version does not
//!   know survives a round trip.
//! * [`Response::decode`] decodes a response strictly. [`Decoded::decode`] also decodes a response
//!   that is not as documented, and keeps all parts of it that can be read.
//!
//! ```
//! use tim_types::{Endpoint, Response, follow};
//!
//! let request = follow::Check::new("alice", ["bob"]);
//! request.validate()?;
//! assert_eq!(serde_json::to_string(&request)?, r#"{"From_Account":"alice","To_Account":["bob"]}"#);
//!
//! let bytes = br#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":3}],
//!                  "ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;
//! let response = Response::<follow::CheckResponse>::decode(bytes)?;
//! assert_eq!(response.body.items[0].result(), Ok(follow::Relation::MUTUAL));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Calls without a client
//!
//! A call is a POST over HTTPS to `https://{host}/v4/{service}/{command}`. The host depends on the
//! [`Region`] of the app. The query has five keys, all of which are required:
//!
//! | key | value |
//! |---|---|
//! | `sdkappid` | the [`SdkAppId`] of the app |
//! | `identifier` | the user id of an admin of the app, percent-encoded; a blank is `%20` |
//! | `usersig` | a UserSig for this identifier, made by `Signer::sign` of the crate `tim-sig`; it needs no percent-encoding |
//! | `random` | a random number from 0 to 4294967295 |
//! | `contenttype` | `json` |
//!
//! The UserSig grants the rights of the admin, so the whole URL is a secret: never log it.
//!
//! ```
//! use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
//! use tim_types::{Endpoint, Region, SdkAppId, follow};
//!
//! /// Returns the URL for calls of the command `R`.
//! fn url<R: Endpoint>(region: Region, app: SdkAppId, admin: &str, usersig: &str, random: u32) -> String {
//!     let (host, service, command) = (region.primary_host(), R::SERVICE, R::COMMAND);
//!     let admin = utf8_percent_encode(admin, NON_ALPHANUMERIC);
//!     format!(
//!         "https://{host}/v4/{service}/{command}\
//!          ?sdkappid={app}&identifier={admin}&usersig={usersig}&random={random}&contenttype=json"
//!     )
//! }
//!
//! let usersig = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiUZOamKlkZ";
//! let url = url::<follow::Add>(Region::Singapore, SdkAppId(1400000000), "admin 1", usersig, 7);
//! assert!(url.starts_with(
//!     "https://adminapisgp.im.qcloud.com/v4/follow/follow_add?sdkappid=1400000000&identifier=admin%201&usersig=eJy"
//! ));
//! assert!(url.ends_with("&random=7&contenttype=json"));
//! ```
//!
//! The body of the POST is the request as JSON. The body of the response is for
//! [`Decoded::decode`], which needs the type [`Endpoint::Response`]. The service rejects calls with
//! HTTP 200 too, so check [`Envelope::is_ok`] before you use the body: the body of a rejection is
//! empty.
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod account;
mod batch;
pub mod block;
mod catalog;
mod command;
mod cursor;
mod each;
mod endpoint;
mod error_code;
mod fields;
mod flag;
pub mod follow;
pub mod friend;
pub mod friend_group;
mod ids;
mod object;
mod open_string;
mod paged;
mod printable;
pub mod profile;
mod region;
mod relation_item;
mod response;
pub mod status;
mod target;
mod tolerant;
mod unreadable_item;
mod validate;
pub mod webhook;

pub use batch::{Batch, BatchTemplate, FromAccount, Pair, PairTemplate, Target, Template};
pub use catalog::COMMANDS;
pub use command::{Command, CommandInfo, Effect, Shape};
pub use cursor::Cursor;
pub use each::Each;
pub use endpoint::{CALLS_PER_SECOND, Endpoint, ResponseBody};
pub use error_code::{CodeClass, ErrorCode, ErrorCodeInfo};
pub use fields::{Field, Fields};
pub use ids::{SdkAppId, UserId};
pub use paged::{Paged, Position, Sequence, StartIndex};
pub use printable::Printable;
pub use profile::{Profile, ProfileItem, ProfileTag};
pub use region::{ParseRegionError, Region};
pub use relation_item::RelationItem;
pub use response::{DecodeError, Empty, Envelope, Response};
pub use target::{Rejection, TargetOutcome, TargetResult, TargetResults};
pub use tolerant::Decoded;
pub use unreadable_item::UnreadableItem;
pub use validate::InvalidRequest;

/// The code of the README, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
