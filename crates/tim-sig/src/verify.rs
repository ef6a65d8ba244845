//! Verifying a UserSig.

use std::time::Duration;

use hmac::Mac as _;

use crate::document::Document;
use crate::{Malformed, RoomGrant, Signer, base64, codec, scratch};

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

impl Claims {
    /// What it grants for a room, when the userbuf has the layout of a PrivateMapKey.
    pub fn room(&self) -> Option<RoomGrant> {
        self.userbuf.as_deref().and_then(RoomGrant::parse)
    }
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
    /// It was made in the future, further than clocks differ.
    #[error("the signature was made at {issued_at} (unix seconds), which is in the future: set the clocks right")]
    NotYetValid {
        /// When it was made.
        issued_at: u64,
    },
    /// It was not made with this key.
    #[error("the signature was made with another key: take the key of this very app")]
    BadSignature,
}

impl VerifyError {
    /// The code with which the service refuses a call that carries such a signature. None is documented for one from
    /// the future, and no official library looks; here it is what the service calls illegal, 70003.
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
    /// How far in the future a signature may be made, unless [`with_skew`](Self::with_skew) says otherwise: five minutes.
    pub const DEFAULT_SKEW: Duration = Duration::from_secs(300);

    /// The same signer, which takes signatures made up to `skew` in the future: clocks differ. With [`Duration::MAX`]
    /// it takes them all, like the official libraries.
    #[must_use]
    pub fn with_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// The same signer, which also takes signatures that are [not canonical](Malformed::NotCanonical). They say what was
    /// signed, only packed in a way that is no known compressor's, or with another `TLS.ver`, which the HMAC does not cover; the
    /// service is not known to refuse them, and a server that stands in for it should not either.
    #[must_use]
    pub fn with_noncanonical(self) -> Self {
        Self { noncanonical: true, ..self }
    }

    /// Verifies a signature of this app at `now`, in unix seconds; for any user, or for the one given.
    ///
    /// Looks at the app, the user, the times and the HMAC in this order, like the official Go library. The HMAC is
    /// compared in constant time.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn verify(&self, sig: &str, user: Option<&str>, now: u64) -> Result<Claims, VerifyError> {
        scratch::with(|scratch| {
            let packed = codec::decode(sig, scratch).map_err(VerifyError::Malformed)?;
            let document = Document::read(scratch.unpacked.bytes()).map_err(VerifyError::Malformed)?;
            if !(self.noncanonical || packed.canonical && document.has_known_version()) {
                return Err(VerifyError::Malformed(Malformed::NotCanonical));
            }
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
        let not_a_document = || VerifyError::Malformed(Malformed::NotADocument);
        let mac = base64::decode_mac(&document.sig).ok_or_else(not_a_document)?;
        let userbuf = match document.userbuf.as_deref() {
            Some(text) => Some(base64::decode(text).ok_or_else(not_a_document)?),
            None => None,
        };
        if document.sdkappid != u64::from(self.sdkappid) {
            return Err(VerifyError::WrongApp { signed: document.sdkappid, expected: self.sdkappid });
        }
        if let Some(expected) = user.filter(|user| *user != document.identifier) {
            let signed = document.identifier.to_string();
            return Err(VerifyError::WrongUser { signed, expected: expected.to_owned() });
        }
        let (issued_at, valid_until) = (document.issued_at(), document.valid_until());
        if now > valid_until {
            return Err(VerifyError::Expired { since: valid_until });
        }
        if issued_at > now.saturating_add(self.skew.as_secs()) {
            return Err(VerifyError::NotYetValid { issued_at });
        }
        document.signed_text(document.numbers(&mut Default::default()), text);
        let keyed = self.keyed.clone().chain_update(text);
        keyed.verify_slice(&mac).map_err(|_| VerifyError::BadSignature)?;
        Ok(Claims { identifier: document.identifier.to_string(), issued_at, valid_until, userbuf })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, SecretKey};

    const NOW: u64 = 1_700_000_000;

    fn signer() -> Signer {
        Signer::new(1400000000, SecretKey::new("key")).unwrap()
    }

    fn sig() -> String {
        signer().sign("alice", Duration::from_secs(60), NOW).unwrap().expose().to_owned()
    }

    fn pack(json: &str) -> String {
        codec::encode(json.as_bytes(), Encoding::Compact, &mut Vec::new())
    }

    #[test]
    fn a_signature_is_valid_through_its_last_second() {
        assert_eq!(signer().verify(&sig(), Some("alice"), NOW + 60).unwrap().valid_until, NOW + 60);
        assert_eq!(signer().verify(&sig(), None, NOW + 61), Err(VerifyError::Expired { since: NOW + 60 }));
    }

    #[test]
    fn a_signature_from_the_future_is_refused_beyond_the_skew() {
        let verify = |skew, now| signer().with_skew(Duration::from_secs(skew)).verify(&sig(), None, now).map(drop);
        assert_eq!(verify(10, NOW - 10), Ok(()));
        assert_eq!(verify(10, NOW - 11), Err(VerifyError::NotYetValid { issued_at: NOW }));
        assert_eq!(verify(u64::MAX, 0), Ok(()));
        assert_eq!(signer().verify(&sig(), None, NOW - 300).map(drop), Ok(()));
        assert!(signer().verify(&sig(), None, NOW - 301).is_err());
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
        let json = r#"{"TLS.ver":"2.0","TLS.identifier":"alice","TLS.sdkappid":1400000000,"TLS.expire":-10,"TLS.time":1700000000,"TLS.sig":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
        let error = signer().verify(&pack(json), None, NOW).unwrap_err();
        assert_eq!(error, VerifyError::Expired { since: NOW - 10 });
    }

    /// The HMAC does not cover it, and two texts of it can have the same sum in zlib.
    #[test]
    fn another_version_is_a_change() {
        let keyed =
            signer().keyed.chain_update("TLS.identifier:a\nTLS.sdkappid:1400000000\nTLS.time:1\nTLS.expire:9\n");
        let mac = keyed.finalize().into_bytes();
        let verify = |version: &str| {
            let mut text = [0; 44];
            let sig = base64::encode_mac(&mac, &mut text);
            let json = format!(
                r#"{{{version}"TLS.identifier":"a","TLS.sdkappid":1400000000,"TLS.expire":9,"TLS.time":1,"TLS.sig":"{sig}"}}"#
            );
            let text = pack(&json);
            signer().with_noncanonical().verify(&text, None, 10).unwrap();
            signer().verify(&text, None, 10).map(drop)
        };
        assert_eq!(verify(r#""TLS.ver":"2.0","#), Ok(()));
        let changed = Err(VerifyError::Malformed(Malformed::NotCanonical));
        assert_eq!([r#""TLS.ver":"02.","#, ""].map(verify), [changed.clone(), changed]);
    }

    #[test]
    fn json_that_is_no_document_is_malformed() {
        for json in [
            "{}",
            "[]",
            "{",
            r#"{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sig":"?"}"#,
            r#"{"TLS.identifier":1,"TLS.sig":""}"#,
        ] {
            let error = signer().verify(&pack(json), None, NOW).unwrap_err();
            assert_eq!(error, VerifyError::Malformed(Malformed::NotADocument), "{json}");
        }
    }
}
