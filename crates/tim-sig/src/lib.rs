//! Signs, verifies, inspects and explains UserSigs, the signatures with which users and backends
//! log in to Tencent Cloud Chat, TRTC and live streaming.
//!
//! * [`Signer`] signs and verifies. It also signs PrivateMapKeys, which let a user enter a TRTC
//!   room.
//! * [`SignatureCache`] keeps the signatures of many users until they near their end.
//! * [`inspect`] reads a signature without the key, and [`explain`] finds out why the service
//!   rejected one.
//! * [`WebhookToken`] verifies the signature of webhooks.
//!
//! The crate makes no network calls and depends on no other crate of this project.
//! Official page: <https://www.tencentcloud.com/document/product/1047/34385>
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use tim_sig::{SecretKey, Signer, VerifyError};
//!
//! // The sample key of the official libraries.
//! let key = SecretKey::new("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e");
//! let signer = Signer::new(1400000000, key)?;
//!
//! let now = 1_700_000_000; // unix seconds
//! let day = 86_400;
//! let sig = signer.sign("xiaojun", Duration::from_secs(day), now)?;
//!
//! assert_eq!(signer.verify(sig.expose(), Some("xiaojun"), now + day)?.identifier, "xiaojun");
//! assert_eq!(signer.verify(sig.expose(), None, now + day + 1), Err(VerifyError::Expired { valid_until: now + day }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Format
//!
//! ```text
//!  TLS.identifier:xiaojun          one line per field, each ends with \n
//!  TLS.sdkappid:1400000000
//!  TLS.time:1700000000             unix seconds
//!  TLS.expire:15552000             validity in seconds; the last second is still valid
//!  TLS.userbuf:AAAHeGlh...         base64, only if there is a userbuf
//!        |
//!        |  HMAC-SHA256; the key is the text of the secret key, not the bytes that its hex digits encode
//!        v
//!  {"TLS.ver":"2.0", "TLS.identifier":"xiaojun", "TLS.sdkappid":1400000000, "TLS.expire":15552000,
//!   "TLS.time":1700000000, "TLS.userbuf":"AAAHeGlh...", "TLS.sig":"LvA7d/Iw7g..."}
//!        |
//!        |  zlib, compressed or stored
//!        v
//!  78 9c ab 56 0a f1 09 d6 2b ...
//!        |
//!        |  base64 with * for +, - for /, and _ as padding
//!        v
//!  eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiUZOamKlkZ...
//! ```
//!
//! # What is checked
//!
//! Signing rejects an empty key, an invalid user id (empty, longer than 32 bytes, or with a control
//! character), a validity that is shorter than a second or does not fit into 32 bits, and userbufs
//! and room names of invalid length.
//!
//! Verifying accepts the output of any compressor at any level, and any `TLS.ver`, as long as app,
//! user, times and HMAC are right. The HMAC covers all claims, so a changed character is either
//! detected or changes no claim. Texts and documents of more than 8 KiB are rejected, and
//! decompression stops at that bound. The HMAC is compared in constant time.
//!
//! # Performance
//!
//! From the second call of a thread on, signing allocates only the signature, and verifying only
//! the claims if the JSON has no escapes. Each thread that uses them keeps its buffers.
//! [`Encoding::Stored`] takes about half the time of [`Encoding::Compact`].
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod base64;
mod cache;
mod codec;
mod deflate;
mod document;
mod encoding;
mod explain;
mod inspect;
mod key_source;
mod malformed;
mod privileges;
mod room;
mod scratch;
mod secret;
mod sign;
mod verify;
mod webhook;
#[cfg(test)]
mod zlib_tests;

pub use cache::{CachedSignature, SignatureCache};
pub use encoding::Encoding;
pub use explain::{Explanation, RejectedCall, explain};
pub use inspect::{Compression, Inspection, Library, inspect};
pub use key_source::KeyError;
pub use malformed::Malformed;
pub use privileges::Privileges;
pub use room::{Room, RoomGrant};
pub use secret::{SecretKey, UserSig};
pub use sign::{SignError, Signer};
pub use verify::{Claims, VerifyError};
pub use webhook::{WebhookError, WebhookToken};

/// The code of the README, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
