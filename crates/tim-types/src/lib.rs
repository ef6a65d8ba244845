//! What is true on the wire of Tencent Cloud Chat (TIM) about follow and friend relations.
//!
//! Requests, responses, the envelope around every answer, error codes, hosts and limits: facts, no IO and no behaviour.
//! Each command is one file: [`follow::Add`], [`follow::Delete`], [`follow::Check`], [`follow::List`],
//! [`follow::Counts`] and [`friend::Check`]. Open sets ([`ErrorCode`], [`follow::Relation`], [`friend::Relation`],
//! [`ProfileTag`]) are newtypes with named constants, so a value that this version does not know survives a round trip.
//! [`Response::decode`] reads a response strictly; [`Decoded::decode`] keeps what it can of one that breaks its documented
//! shape.
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
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod batch;
mod catalog;
mod command;
mod cursor;
mod endpoint;
mod error_code;
pub mod follow;
pub mod friend;
mod ids;
mod open_string;
mod paged;
mod printable;
mod profile;
mod region;
mod response;
mod target;
mod tolerant;
mod validate;
pub mod webhook;

pub use batch::{Batch, BatchTemplate, FromAccount, Pair, PairTemplate, Target, Template};
pub use catalog::COMMANDS;
pub use command::{Command, CommandInfo, Effect, Shape};
pub use cursor::Cursor;
pub use endpoint::{CALLS_PER_SECOND, Endpoint, ResponseBody};
pub use error_code::{CodeClass, ErrorCode, ErrorCodeInfo};
pub use ids::{SdkAppId, UserId};
pub use paged::{Paged, Position, Sequence, StartIndex};
pub use printable::Printable;
pub use profile::{ProfileItem, ProfileTag};
pub use region::{ParseRegionError, Region};
pub use response::{DecodeError, Empty, Envelope, Response};
pub use target::{Rejection, TargetOutcome, TargetResult, TargetResults};
pub use tolerant::{Decoded, UnreadableItem};
pub use validate::InvalidRequest;
