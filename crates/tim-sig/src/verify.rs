//! Verifying.

use std::time::Duration;

use hmac::Mac as _;

use crate::document::Document;
use crate::{Malformed, RoomGrant, Signer, codec, scratch};

/// The content of a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The user.
    pub identifier: String,
    /// When it was made, in unix seconds.
    pub issued_at: u64,
    /// The last unix second at which it is valid.
    pub valid_until: u64,
    /// The userbuf: the app's own data, or the room of a PrivateMapKey.
    pub userbuf: Option<Vec<u8>>,
}

impl Claims {
    /// The permission for a room, if the userbuf has the layout of a PrivateMapKey.
    pub fn room(&self) -> Option<RoomGrant> {
        self.userbuf.as_deref().and_then(RoomGrant::parse)
    }
}

/// Why a signature is not valid. [`code`](Self::code) is the corresponding code of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The text cannot be decoded.
    #[error("not a UserSig: {0}; check that nothing cut or changed the text")]
    Malformed(Malformed),
    /// The signature is for another app.
    #[error("the signature is for app {signed}, not for app {expected}")]
    WrongApp {
        /// The app in the signature.
        signed: u64,
        /// The app of the signer.
        expected: u32,
    },
    /// The signature is for another user.
    #[error("the signature is for user {signed:?}, not for user {expected:?}")]
    WrongUser {
        /// The user in the signature.
        signed: String,
        /// The expected user.
        expected: String,
    },
    /// The signature has expired.
    #[error("the signature expired: it was valid until {valid_until} (unix seconds); make a new one")]
    Expired {
        /// The last unix second at which it was valid.
        valid_until: u64,
    },
    /// The signature was made later than now, by more than the allowed clock skew.
    #[error("the signature is not valid yet: issued at {issued_at} (unix seconds); check the clocks of both machines")]
    NotYetValid {
        /// When it was made.
        issued_at: u64,
    },
    /// The HMAC is wrong: the signature was made with another key, or a claim was changed.
    #[error("the signature was made with another key: use the secret key of this app")]
    BadSignature,
}

impl VerifyError {
    /// The code with which the service rejects a call with such a signature. For a signature from
    /// the future none is documented; this method returns 70003 (illegal signature).
    pub fn code(&self) -> i64 {
        match self {
            Self::Malformed(Malformed::Empty) => 70002,
            Self::Malformed(_) | Self::NotYetValid { .. } => 70003,
            Self::WrongApp { .. } => 70014,
            Self::WrongUser { .. } => 70013,
            Self::Expired { .. } => 70001,
            Self::BadSignature => 70009,
        }
    }
}

impl Signer {
    /// The default clock skew: five minutes.
    pub const DEFAULT_SKEW: Duration = Duration::from_secs(300);

    /// Sets the allowed clock skew: how far in the future a signature may have been made;
    /// [`DEFAULT_SKEW`](Self::DEFAULT_SKEW) by default. [`Duration::MAX`] turns the check off, like
    /// the official libraries.
    #[must_use]
    pub fn with_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// Verifies a signature at `now`, in unix seconds. With `user`, the signature must also be for
    /// that user.
    ///
    /// App, user, times and HMAC are checked in this order, like in the official Go library. The
    /// HMAC is compared in constant time. Compression and `TLS.ver` do not matter: the HMAC
    /// does not cover them.
    ///
    /// # Errors
    /// [`VerifyError`] names the first check that failed.
    pub fn verify(&self, sig: &str, user: Option<&str>, now: u64) -> Result<Claims, VerifyError> {
        scratch::with(|scratch| {
            codec::decode(sig, scratch).map_err(VerifyError::Malformed)?;
            let document = Document::read(&scratch.json).map_err(VerifyError::Malformed)?;
            self.check(&document, user, now, &mut scratch.text)
        })
    }

    fn check(
        &self,
        document: &Document<'_>,
        user: Option<&str>,
        now: u64,
        text: &mut Vec<u8>,
    ) -> Result<Claims, VerifyError> {
        let (mac, userbuf) = document.decode_base64().map_err(VerifyError::Malformed)?;
        if document.sdkappid != u64::from(self.sdkappid) {
            return Err(VerifyError::WrongApp { signed: document.sdkappid, expected: self.sdkappid });
        }
        if let Some(expected) = user.filter(|user| *user != document.identifier) {
            let signed = document.identifier.to_string();
            return Err(VerifyError::WrongUser { signed, expected: expected.to_owned() });
        }
        let (issued_at, valid_until) = (document.issued_at(), document.valid_until());
        if now > valid_until {
            return Err(VerifyError::Expired { valid_until });
        }
        if issued_at > now.saturating_add(self.skew.as_secs()) {
            return Err(VerifyError::NotYetValid { issued_at });
        }
        if !self.matches(document, &mac, text) {
            return Err(VerifyError::BadSignature);
        }
        Ok(Claims { identifier: document.identifier.to_string(), issued_at, valid_until, userbuf })
    }
}

impl Signer {
    /// Whether `sig` was made with the key of this signer, for whatever app, user and time.
    pub(crate) fn made(&self, sig: &str) -> Result<bool, Malformed> {
        scratch::with(|scratch| {
            codec::decode(sig, scratch)?;
            let document = Document::read(&scratch.json)?;
            let (mac, _) = document.decode_base64()?;
            Ok(self.matches(&document, &mac, &mut scratch.text))
        })
    }

    /// Whether `mac` is the HMAC of the document. Takes constant time; `text` is an empty buffer.
    fn matches(&self, document: &Document<'_>, mac: &[u8; 32], text: &mut Vec<u8>) -> bool {
        document.signed_text(document.numbers(&mut Default::default()), text);
        self.keyed.clone().chain_update(text).verify_slice(mac).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, SecretKey, base64};

    const NOW: u64 = 1_700_000_000;

    fn signer() -> Signer {
        Signer::new(1400000000, SecretKey::new("key")).unwrap()
    }

    fn sig() -> String {
        signer().sign("alice", Duration::from_secs(60), NOW).unwrap().expose().to_owned()
    }

    fn encode(json: &str) -> String {
        codec::encode(json.as_bytes(), Encoding::Compact, &mut Vec::new())
    }

    #[test]
    fn a_signature_is_valid_through_its_last_second() {
        assert_eq!(signer().verify(&sig(), Some("alice"), NOW + 60).unwrap().valid_until, NOW + 60);
        assert_eq!(signer().verify(&sig(), None, NOW + 61), Err(VerifyError::Expired { valid_until: NOW + 60 }));
    }

    #[test]
    fn a_signature_from_the_future_is_rejected_beyond_the_skew() {
        let verify = |skew, now| signer().with_skew(Duration::from_secs(skew)).verify(&sig(), None, now).map(drop);
        assert_eq!(verify(10, NOW - 10), Ok(()));
        assert_eq!(verify(10, NOW - 11), Err(VerifyError::NotYetValid { issued_at: NOW }));
        assert_eq!(verify(u64::MAX, 0), Ok(()));
        assert_eq!(signer().verify(&sig(), None, NOW - 300).map(drop), Ok(()));
        assert!(signer().verify(&sig(), None, NOW - 301).is_err());
    }

    #[test]
    fn each_rejection_has_its_reason() {
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

    /// The official libraries make such a signature for a validity of -10 s.
    #[test]
    fn a_negative_validity_is_an_expired_signature() {
        let json = r#"{"TLS.ver":"2.0","TLS.identifier":"alice","TLS.sdkappid":1400000000,"TLS.expire":-10,"TLS.time":1700000000,"TLS.sig":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
        let error = signer().verify(&encode(json), None, NOW).unwrap_err();
        assert_eq!(error, VerifyError::Expired { valid_until: NOW - 10 });
    }

    #[test]
    fn the_version_does_not_matter() {
        let text = "TLS.identifier:a\nTLS.sdkappid:1400000000\nTLS.time:1\nTLS.expire:9\n";
        let mac = signer().keyed.chain_update(text).finalize().into_bytes();
        let mut sig = [0; 44];
        let sig = base64::encode_mac(&mac.into(), &mut sig);
        for version in [r#""TLS.ver":"2.0","#, r#""TLS.ver":"3.0","#, ""] {
            let json = format!(
                r#"{{{version}"TLS.identifier":"a","TLS.sdkappid":1400000000,"TLS.expire":9,"TLS.time":1,"TLS.sig":"{sig}"}}"#
            );
            assert_eq!(signer().verify(&encode(&json), None, 10).unwrap().valid_until, 10);
        }
    }

    #[test]
    fn other_json_is_malformed() {
        for json in [
            "{}",
            "[]",
            "{",
            r#"{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sig":"?"}"#,
            r#"{"TLS.identifier":1,"TLS.sig":""}"#,
        ] {
            let error = signer().verify(&encode(json), None, NOW).unwrap_err();
            assert_eq!(error, VerifyError::Malformed(Malformed::NotADocument), "{json}");
        }
    }
}
