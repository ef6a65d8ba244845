//! UserSig: the signature with which users and backends of Tencent Cloud Chat, TRTC and live prove who they are.
//!
//! [`Signer`] makes and verifies them, [`SignatureCache`] keeps those of many users, [`inspect`] looks into one without the
//! key, and [`explain`] says why the service refused one. The crate needs nothing else of this project.
//! Official page: <https://www.tencentcloud.com/document/product/1047/34385>
//!
//! # What a UserSig is
//!
//! ```text
//!  TLS.identifier:xiaojun          one line a field, each ends with \n
//!  TLS.sdkappid:1400000000
//!  TLS.time:1700000000             unix seconds
//!  TLS.expire:15552000             seconds from then; the last one is still valid
//!  TLS.userbuf:AAAHeGlh...         base64, only when there is a userbuf
//!        |
//!        |  HMAC-SHA256, the key is the text of the secret key, not what its hex digits stand for
//!        v
//!  {"TLS.ver":"2.0", "TLS.identifier":"xiaojun", "TLS.sdkappid":1400000000, "TLS.expire":15552000,
//!   "TLS.time":1700000000, "TLS.userbuf":"AAAHeGlh...", "TLS.sig":"LvA7d/Iw7g..."}
//!        |
//!        |  zlib: compressed, or stored as it is
//!        v
//!  78 9c ab 56 0a f1 09 d6 2b ...
//!        |
//!        |  base64 with an alphabet of its own: * for +, - for /, _ for the padding
//!        v
//!  eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiUZOamKlkZ...
//! ```
//!
//! A PrivateMapKey of TRTC ([`Signer::private_map_key`]) is a UserSig whose userbuf names a room and [`Privileges`].
//!
//! # Use
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
//! assert_eq!(signer.verify(sig.expose(), None, now + day + 1), Err(VerifyError::Expired { since: now + day }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is refused
//!
//! Signing refuses what would be unsound: an empty key; a user id that is empty, over 32 bytes or holds a control
//! character; a validity under a second or over 32 bits of seconds. Verifying reads what every official library writes and
//! bounds what it reads: 8 KiB of text, and 8 KiB unpacked. It compares in constant time. A signature with a changed
//! character is refused, also when it still unpacks to the same ([`Malformed::NotCanonical`]).
//!
//! # Speed
//!
//! Nothing is allocated but what is handed out, from the second call of a thread on. [`Encoding::Stored`] makes a
//! signature in about half the time of [`Encoding::Compact`].
#![deny(missing_docs)]

mod base64;
mod bits;
mod cache;
mod codec;
mod codes;
mod deflate;
mod document;
mod encoding;
mod explain;
mod huffman;
mod inflate;
mod inspect;
mod key_source;
mod malformed;
mod privileges;
mod room;
mod scan;
mod scratch;
mod secret;
mod sign;
mod spelling;
mod verify;
mod webhook;
#[cfg(test)]
mod zlib_tests;

pub use cache::{SignatureCache, is_fresh};
pub use encoding::Encoding;
pub use explain::{Circumstances, Explanation, explain};
pub use inflate::Compression;
pub use inspect::{Inspection, Library, inspect};
pub use key_source::KeyError;
pub use malformed::Malformed;
pub use privileges::Privileges;
pub use room::{Room, RoomGrant};
pub use secret::{SecretKey, UserSig};
pub use sign::{SignError, Signer};
pub use verify::{Claims, VerifyError};
pub use webhook::{WebhookError, WebhookToken};
