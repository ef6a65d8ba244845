//! Making a UserSig.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::document::Document;
use crate::{SecretKey, UserSig, codec};

/// Makes and verifies the signatures of one app.
#[derive(Clone)]
pub struct Signer {
    pub(crate) sdkappid: u32,
    /// The HMAC after it took the key in; the key itself is not kept.
    pub(crate) keyed: Hmac<Sha256>,
}

/// Why a signature was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key has no characters.
    #[error("the secret key is empty: copy it from the console, Application > Basic Configuration")]
    EmptyKey,
    /// The user id is empty or over 32 bytes.
    #[error("the user id {user:?} has {} bytes: it needs 1 to 32", user.len())]
    UserLength {
        /// The user id.
        user: String,
    },
    /// The user id holds a control character; a line end would change what is signed.
    #[error("the user id {user:?} holds a control character")]
    UserCharacters {
        /// The user id.
        user: String,
    },
    /// The validity is under a second, or its end cannot be written down.
    #[error("a signature cannot be valid for {validity:?}: give whole seconds, 1 to {}", u32::MAX)]
    Validity {
        /// The asked validity.
        validity: Duration,
    },
    /// The signature could not be encoded.
    #[error("the signature could not be encoded: {0}")]
    Encoding(String),
}

impl Signer {
    /// The signer of the app `sdkappid` with its key.
    ///
    /// # Errors
    /// [`SignError::EmptyKey`].
    pub fn new(sdkappid: u32, key: SecretKey) -> Result<Self, SignError> {
        let text = key.expose().as_bytes();
        match Hmac::new_from_slice(text) {
            Ok(keyed) if !text.is_empty() => Ok(Self { sdkappid, keyed }),
            _ => Err(SignError::EmptyKey),
        }
    }

    /// The app whose signatures these are.
    pub fn sdkappid(&self) -> u32 {
        self.sdkappid
    }

    /// A signature for `user` that is valid from `now`, in unix seconds, for `validity`, counted in whole seconds.
    ///
    /// # Errors
    /// [`SignError`] says what is wrong with the user id or the validity.
    pub fn sign(&self, user: &str, validity: Duration, now: u64) -> Result<UserSig, SignError> {
        if user.is_empty() || user.len() > 32 {
            return Err(SignError::UserLength { user: user.to_owned() });
        }
        if user.contains(char::is_control) {
            return Err(SignError::UserCharacters { user: user.to_owned() });
        }
        let expire = u32::try_from(validity.as_secs()).ok().filter(|seconds| *seconds > 0);
        let (Some(expire), Ok(time)) = (expire.map(i64::from), i64::try_from(now)) else {
            return Err(SignError::Validity { validity });
        };
        let mut document = Document {
            version: "2.0".into(),
            identifier: user.into(),
            sdkappid: self.sdkappid.into(),
            expire,
            time,
            userbuf: None,
            sig: "".into(),
        };
        let mac = self.keyed.clone().chain_update(document.signed_text()).finalize();
        document.sig = STANDARD.encode(mac.into_bytes()).into();
        let json = serde_json::to_vec(&document).map_err(|error| SignError::Encoding(error.to_string()))?;
        codec::encode(&json).map(UserSig::new).map_err(|error| SignError::Encoding(error.to_string()))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("sdkappid", &self.sdkappid).field("key", &"[redacted]").finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn signer() -> Signer {
        Signer::new(1400000000, SecretKey::new("key")).unwrap()
    }

    #[test]
    fn unsound_input_is_refused() {
        assert_eq!(Signer::new(1, SecretKey::new("")).unwrap_err(), SignError::EmptyKey);
        let error = |user: &str, validity| signer().sign(user, validity, 1_700_000_000).unwrap_err();
        assert_eq!(error("", DAY), SignError::UserLength { user: String::new() });
        assert!(matches!(error(&"x".repeat(33), DAY), SignError::UserLength { .. }));
        assert!(matches!(error("a\nTLS.sdkappid:1", DAY), SignError::UserCharacters { .. }));
        assert!(matches!(error("a", Duration::from_millis(999)), SignError::Validity { .. }));
        assert!(matches!(error("a", Duration::MAX), SignError::Validity { .. }));
        assert!(matches!(signer().sign("a", DAY, u64::MAX), Err(SignError::Validity { .. })));
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", signer()), r#"Signer { sdkappid: 1400000000, key: "[redacted]" }"#);
    }
}
