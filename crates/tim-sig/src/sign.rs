//! Signing.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroize as _;

use crate::document::{Document, Text};
use crate::scratch::{self, Scratch};
use crate::{Encoding, Privileges, Room, SecretKey, UserSig, base64, codec, room};

/// The longest userbuf that can be signed, in bytes.
const MAX_USERBUF: usize = 1024;
/// The longest room name, in bytes. With the longest user id, the other fields of the userbuf take
/// 57 bytes.
const MAX_ROOM_NAME: usize = MAX_USERBUF - 57;

/// Makes and verifies signatures of one app.
#[derive(Clone)]
pub struct Signer {
    pub(crate) sdkappid: u32,
    /// The state of the HMAC after the key. The key itself is not kept.
    pub(crate) keyed: Hmac<Sha256>,
    pub(crate) encoding: Encoding,
    pub(crate) skew: Duration,
}

/// Why signing failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key is empty.
    #[error("the secret key is empty: copy it from the console, Application > Basic Configuration")]
    EmptyKey,
    /// The user id is empty or over 32 bytes.
    #[error("invalid user id {user:?}: it has {} bytes, and 1 to 32 are allowed", user.len())]
    UserLength {
        /// The user id.
        user: String,
    },
    /// The user id contains a control character. A newline would change the meaning of the signed
    /// text.
    #[error("invalid user id {user:?}: it contains a control character")]
    UserCharacters {
        /// The user id.
        user: String,
    },
    /// The validity is shorter than a second, or its end is out of range.
    #[error(
        "invalid validity {validity:?}: it must be 1 to {} seconds, and end at a unix time that fits into 63 bits",
        u32::MAX
    )]
    Validity {
        /// The requested validity.
        validity: Duration,
    },
    /// The end of a signature for a room does not fit into 32 bits.
    #[error(
        "invalid validity: a signature for a room can be valid until unix second {} at the latest, not {end}",
        u32::MAX
    )]
    RoomEnd {
        /// The end, in unix seconds.
        end: u64,
    },
    /// The name of the room is empty, too long or contains a control character.
    #[error("invalid room name {name:?}: 1 to {MAX_ROOM_NAME} bytes without control characters are allowed")]
    RoomName {
        /// The name.
        name: String,
    },
    /// The userbuf is empty or too long.
    #[error("invalid userbuf: it has {length} bytes, and 1 to {MAX_USERBUF} are allowed")]
    UserbufLength {
        /// Its length in bytes.
        length: usize,
    },
}

impl Signer {
    /// A signer for the app `sdkappid` with its secret key.
    ///
    /// # Errors
    /// [`SignError::EmptyKey`] if the key is empty.
    pub fn new(sdkappid: u32, key: SecretKey) -> Result<Self, SignError> {
        let text = key.expose().as_bytes();
        match Hmac::new_from_slice(text) {
            Ok(keyed) if !text.is_empty() => {
                Ok(Self { sdkappid, keyed, encoding: Encoding::default(), skew: Self::DEFAULT_SKEW })
            }
            _ => Err(SignError::EmptyKey),
        }
    }

    /// Sets the encoding of the signatures; [`Encoding::Compact`] by default.
    #[must_use]
    pub fn with_encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// The app.
    pub fn sdkappid(&self) -> u32 {
        self.sdkappid
    }

    /// Signs for `user`. The signature is valid from `now`, in unix seconds, for `validity`, which
    /// is rounded down to whole seconds.
    ///
    /// # Errors
    /// [`SignError`] if the user id or the validity is invalid.
    pub fn sign(&self, user: &str, validity: Duration, now: u64) -> Result<UserSig, SignError> {
        let document = self.document(user, validity, now)?;
        Ok(scratch::with(|scratch| self.seal(document, scratch)))
    }

    /// Like [`sign`](Self::sign), with 1 to 1024 bytes of the app's own data, which the signature
    /// covers too.
    ///
    /// # Errors
    /// [`SignError`] if the user id, the validity or the length of the userbuf is invalid.
    pub fn sign_with_userbuf(
        &self,
        user: &str,
        validity: Duration,
        now: u64,
        userbuf: &[u8],
    ) -> Result<UserSig, SignError> {
        let document = self.document(user, validity, now)?;
        if userbuf.is_empty() || userbuf.len() > MAX_USERBUF {
            return Err(SignError::UserbufLength { length: userbuf.len() });
        }
        Ok(scratch::with(|scratch| {
            scratch.userbuf.extend_from_slice(userbuf);
            self.seal(document, scratch)
        }))
    }

    /// Signs a PrivateMapKey: it lets `user` enter one TRTC room with these `privileges`.
    ///
    /// # Errors
    /// [`SignError`] if the user id, the room or the validity is invalid. The validity must end
    /// before unix second 2^32.
    pub fn private_map_key(
        &self,
        user: &str,
        room: Room<&str>,
        privileges: Privileges,
        validity: Duration,
        now: u64,
    ) -> Result<UserSig, SignError> {
        let document = self.document(user, validity, now)?;
        if let Room::Name(name) = room
            && (name.is_empty() || name.len() > MAX_ROOM_NAME || name.contains(char::is_control))
        {
            return Err(SignError::RoomName { name: name.to_owned() });
        }
        let end = document.valid_until();
        let until = u32::try_from(end).map_err(|_| SignError::RoomEnd { end })?;
        Ok(scratch::with(|scratch| {
            room::write(user, self.sdkappid, &room, until, privileges, &mut scratch.userbuf);
            self.seal(document, scratch)
        }))
    }

    /// The document without userbuf and HMAC.
    fn document<'a>(&self, user: &'a str, validity: Duration, now: u64) -> Result<Document<'a>, SignError> {
        if user.is_empty() || user.len() > 32 {
            return Err(SignError::UserLength { user: user.to_owned() });
        }
        // Fast path for ASCII.
        if !user.bytes().all(|byte| byte.is_ascii_graphic()) && user.contains(char::is_control) {
            return Err(SignError::UserCharacters { user: user.to_owned() });
        }
        let expire = u32::try_from(validity.as_secs()).ok().filter(|seconds| *seconds > 0).map(i64::from);
        let time = i64::try_from(now).ok().filter(|time| time.checked_add(u32::MAX.into()).is_some());
        let (Some(expire), Some(time)) = (expire, time) else {
            return Err(SignError::Validity { validity });
        };
        let (identifier, sdkappid) = (user.into(), self.sdkappid.into());
        Ok(Document { version: "".into(), identifier, sdkappid, expire, time, userbuf: None, sig: "".into() })
    }

    /// Adds the userbuf, if there is one, and the HMAC to the document, and encodes it.
    fn seal(&self, document: Document<'_>, scratch: &mut Scratch) -> UserSig {
        let Scratch { text, json, zlib, userbuf, userbuf_text, .. } = scratch;
        let mut document = document;
        if !userbuf.is_empty() {
            base64::encode(userbuf, userbuf_text);
            document.userbuf = Some(Text(userbuf_text.as_str().into()));
        }
        let mut digits = Default::default();
        let numbers = document.numbers(&mut digits);
        document.signed_text(numbers, text);
        let mac = self.keyed.clone().chain_update(&text).finalize().into_bytes();
        let mut mac_text = [0; 44];
        document.sig = base64::encode_mac(&mac.into(), &mut mac_text).into();
        document.write(numbers, json);
        mac_text.zeroize();
        UserSig::new(codec::encode(json, self.encoding, zlib))
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
    const NOW: u64 = 1_700_000_000;

    fn signer() -> Signer {
        Signer::new(1400000000, SecretKey::new("key")).unwrap()
    }

    #[test]
    fn invalid_input_is_rejected() {
        assert_eq!(Signer::new(1, SecretKey::new("")).unwrap_err(), SignError::EmptyKey);
        let error = |user: &str, validity| signer().sign(user, validity, NOW).unwrap_err();
        assert_eq!(error("", DAY), SignError::UserLength { user: String::new() });
        assert!(matches!(error(&"x".repeat(33), DAY), SignError::UserLength { .. }));
        assert!(matches!(error("a\nTLS.sdkappid:1", DAY), SignError::UserCharacters { .. }));
        assert!(matches!(error("a", Duration::from_millis(999)), SignError::Validity { .. }));
        assert!(matches!(error("a", Duration::MAX), SignError::Validity { .. }));
        assert!(matches!(signer().sign("a", DAY, u64::MAX), Err(SignError::Validity { .. })));
        assert!(matches!(signer().sign("a", DAY, i64::MAX as u64), Err(SignError::Validity { .. })));
    }

    #[test]
    fn a_signature_has_the_encoding_of_the_signer() {
        use crate::{Compression, inspect};
        let compression = |encoding| {
            let sig = signer().with_encoding(encoding).sign("a", DAY, NOW).unwrap();
            inspect(sig.expose()).unwrap().compression
        };
        assert_eq!(compression(Encoding::Stored), Compression::Stored);
        assert_ne!(compression(Encoding::Compact), Compression::Stored);
    }

    #[test]
    fn a_private_map_key_has_its_room() {
        let key = signer().private_map_key("a", Room::Name("r"), Privileges::all(), DAY, NOW).unwrap();
        let grant = signer().verify(key.expose(), Some("a"), NOW).unwrap().room().unwrap();
        assert_eq!((grant.account.as_str(), grant.room), ("a", Room::Name("r".to_owned())));
        let plain = signer().sign("a", DAY, NOW).unwrap();
        assert_eq!(signer().verify(plain.expose(), Some("a"), NOW).unwrap().room(), None);
    }

    #[test]
    fn an_invalid_room_or_userbuf_is_rejected() {
        let long = "x".repeat(968);
        let room = |room, now| signer().private_map_key("a", room, Privileges::all(), DAY, now).map(drop);
        assert!(matches!(room(Room::Name(""), NOW), Err(SignError::RoomName { .. })));
        assert!(matches!(room(Room::Name("a\n"), NOW), Err(SignError::RoomName { .. })));
        assert!(matches!(room(Room::Name(&long), NOW), Err(SignError::RoomName { .. })));
        assert_eq!(room(Room::Number(1), 1 << 32), Err(SignError::RoomEnd { end: (1 << 32) + 86_400 }));
        let userbuf = |userbuf| signer().sign_with_userbuf("a", DAY, NOW, userbuf).map(drop);
        assert_eq!(userbuf(b""), Err(SignError::UserbufLength { length: 0 }));
        assert_eq!(userbuf(&[0; 1025]), Err(SignError::UserbufLength { length: 1025 }));
    }

    #[test]
    fn the_longest_signature_is_verified() {
        let user = "\"\\".repeat(16);
        for encoding in [Encoding::Compact, Encoding::Stored] {
            let signer = signer().with_encoding(encoding);
            let sig = signer.sign_with_userbuf(&user, DAY, NOW, &[0xa5; 1024]).unwrap();
            assert_eq!(signer.verify(sig.expose(), Some(&user), NOW).unwrap().userbuf.unwrap(), [0xa5; 1024]);
            let name = "x".repeat(967);
            signer.private_map_key(&user, Room::Name(&name), Privileges::all(), DAY, NOW).unwrap();
        }
    }

    #[test]
    fn a_compact_signature_is_short() {
        let length = |user: &str| signer().sign(user, Duration::from_secs(15_552_000), NOW).unwrap().expose().len();
        for number in 0..1000 {
            assert!(length(&format!("user_{number:08}")) <= 204);
        }
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert_eq!(format!("{:?}", signer()), r#"Signer { sdkappid: 1400000000, key: "[redacted]" }"#);
    }
}
