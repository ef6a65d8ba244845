//! Verifying a UserSig.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

use crate::document::Document;
use crate::{Signer, codec};

/// What a valid signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// Whose signature it is.
    pub identifier: String,
    /// When it was made, in unix seconds.
    pub issued_at: u64,
    /// The last unix second at which it is valid.
    pub valid_until: u64,
    /// The raw buffer that TRTC puts into signatures for rooms.
    pub userbuf: Option<Vec<u8>>,
}

/// Why a signature is refused; [`code`](Self::code) is what the service says to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It cannot be read at all.
    #[error("the text is no UserSig: {0}; was it cut or changed on its way?")]
    Malformed(Malformed),
    /// It was made for another app.
    #[error("the signature is for the app {signed}, not for {expected}")]
    WrongApp {
        /// The app in the signature.
        signed: u64,
        /// The app it was verified for.
        expected: u32,
    },
    /// It was made for another user.
    #[error("the signature is for the user {signed:?}, not for {expected:?}")]
    WrongUser {
        /// The user in the signature.
        signed: String,
        /// The user it was verified for.
        expected: String,
    },
    /// Its time is over.
    #[error("the signature was valid until {since} (unix seconds): make a new one")]
    Expired {
        /// The last unix second at which it was valid.
        since: u64,
    },
    /// It was not made with this key.
    #[error("the signature was made with another key: take the key of this very app")]
    BadSignature,
}

impl VerifyError {
    /// The code with which the service refuses a call that carries such a signature.
    pub fn code(&self) -> i64 {
        match self {
            Self::Malformed(Malformed::Empty) => 70002,
            Self::Malformed(_) => 70003,
            Self::WrongApp { .. } => 70014,
            Self::WrongUser { .. } => 70013,
            Self::Expired { .. } => 70001,
            Self::BadSignature => 70009,
        }
    }
}

/// Which layer of a text keeps it from being a UserSig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// There is no text.
    #[error("it is empty")]
    Empty,
    /// The text, or what it inflates to, is longer than any signature.
    #[error("it is too long")]
    TooLong,
    /// The outer layer: letters, digits, `*`, `-`, and `_` at the end.
    #[error("it is not base64 in the alphabet of UserSig")]
    NotBase64,
    /// The middle layer.
    #[error("it does not inflate as zlib")]
    NotZlib,
    /// The inner layer.
    #[error("it holds no document with identifier, app, time and signature")]
    NotADocument,
}

impl Signer {
    /// Verifies a signature of this app at `now`, in unix seconds; for any user, or for the one given.
    ///
    /// Looks at the app, the user, the end and the HMAC in this order, like the official Go library. The HMAC is
    /// compared in constant time.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn verify(&self, sig: &str, user: Option<&str>, now: u64) -> Result<Claims, VerifyError> {
        let json = codec::decode(sig).map_err(VerifyError::Malformed)?;
        let not_a_document = || VerifyError::Malformed(Malformed::NotADocument);
        let document: Document<'_> = serde_json::from_slice(&json).map_err(|_| not_a_document())?;
        let userbuf = document.userbuf.as_deref().map(|text| STANDARD.decode(text)).transpose();
        let (Ok(userbuf), Ok(mac)) = (userbuf, STANDARD.decode(document.sig.as_ref())) else {
            return Err(not_a_document());
        };
        let valid_until = document.time.saturating_add(document.expire).max(0).unsigned_abs();

        if document.sdkappid != u64::from(self.sdkappid) {
            return Err(VerifyError::WrongApp { signed: document.sdkappid, expected: self.sdkappid });
        }
        if let Some(expected) = user.filter(|user| *user != document.identifier) {
            let signed = document.identifier.into_owned();
            return Err(VerifyError::WrongUser { signed, expected: expected.to_owned() });
        }
        if now > valid_until {
            return Err(VerifyError::Expired { since: valid_until });
        }
        let keyed = self.keyed.clone().chain_update(document.signed_text());
        keyed.verify_slice(&mac).map_err(|_| VerifyError::BadSignature)?;
        let Document { identifier, time, .. } = document;
        Ok(Claims { identifier: identifier.into_owned(), issued_at: time.max(0).unsigned_abs(), valid_until, userbuf })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::SecretKey;

    const NOW: u64 = 1_700_000_000;

    fn signer() -> Signer {
        Signer::new(1400000000, SecretKey::new("key")).unwrap()
    }

    fn sig() -> String {
        signer().sign("alice", Duration::from_secs(60), NOW).unwrap().expose().to_owned()
    }

    #[test]
    fn a_signature_is_valid_through_its_last_second() {
        assert_eq!(signer().verify(&sig(), Some("alice"), NOW + 60).unwrap().valid_until, NOW + 60);
        assert_eq!(signer().verify(&sig(), None, NOW + 61), Err(VerifyError::Expired { since: NOW + 60 }));
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let verify = |signer: Signer, user| signer.verify(&sig(), user, NOW).unwrap_err();
        let other_app = Signer::new(1, SecretKey::new("key")).unwrap();
        let other_key = Signer::new(1400000000, SecretKey::new("other")).unwrap();
        assert_eq!(verify(other_app, None), VerifyError::WrongApp { signed: 1400000000, expected: 1 });
        assert_eq!(verify(other_key, Some("alice")), VerifyError::BadSignature);
        let wrong_user = VerifyError::WrongUser { signed: "alice".into(), expected: "bob".into() };
        assert_eq!(verify(signer(), Some("bob")), wrong_user);
    }

    #[test]
    fn a_truncated_signature_is_malformed_at_every_length() {
        let sig = sig();
        for end in 0..sig.len() {
            let error = signer().verify(&sig[..end], None, NOW).unwrap_err();
            assert!(matches!(error, VerifyError::Malformed(_)), "{end}: {error}");
        }
    }

    /// The official libraries make one when they are asked for a validity of -10 s.
    #[test]
    fn a_negative_validity_is_an_expired_signature() {
        let json = r#"{"TLS.identifier":"alice","TLS.sdkappid":1400000000,"TLS.expire":-10,"TLS.time":1700000000,"TLS.sig":""}"#;
        let error = signer().verify(&codec::encode(json.as_bytes()).unwrap(), None, NOW).unwrap_err();
        assert_eq!(error, VerifyError::Expired { since: NOW - 10 });
    }

    #[test]
    fn json_that_is_no_document_is_malformed() {
        for json in ["{}", "[]", "{", r#"{"TLS.identifier":"a","TLS.sig":"?"}"#, r#"{"TLS.identifier":1,"TLS.sig":""}"#]
        {
            let error = signer().verify(&codec::encode(json.as_bytes()).unwrap(), None, NOW).unwrap_err();
            assert_eq!(error, VerifyError::Malformed(Malformed::NotADocument), "{json}");
        }
    }
}
