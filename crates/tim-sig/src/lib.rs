//! UserSig: the signature with which users and backends of Tencent Cloud Chat, TRTC and live prove who they are.
//!
//! A UserSig is a small JSON document with an HMAC-SHA256 over its fields, compressed with zlib and written in a base64
//! alphabet of its own. [`Signer`] makes and verifies them; it needs nothing else of this project.
//! Official page: <https://www.tencentcloud.com/document/product/1047/34385>
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
#![deny(missing_docs)]

mod codec;
mod document;
mod secret;
mod sign;
mod verify;

pub use secret::{SecretKey, UserSig};
pub use sign::{SignError, Signer};
pub use verify::{Claims, Malformed, VerifyError};
