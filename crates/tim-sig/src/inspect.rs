//! Looking into a UserSig without the key.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::codec::Packed;
use crate::document::Document;
use crate::{Compression, Malformed, RoomGrant, base64, codec, scratch};

/// What a UserSig says. Nothing of it is proven: only [`Signer::verify`](crate::Signer::verify) proves, with the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Whose signature it is.
    pub identifier: String,
    /// The app.
    pub sdkappid: u64,
    /// When it was made, in unix seconds.
    pub issued_at: u64,
    /// The last unix second at which it is valid.
    pub valid_until: u64,
    /// The version it names: `2.0`.
    pub version: String,
    /// Bytes that an app added.
    pub userbuf: Option<Vec<u8>>,
    /// What the userbuf grants for a room, when it has the layout of a PrivateMapKey.
    pub room: Option<RoomGrant>,
    /// How it is compressed.
    pub compression: Compression,
    /// Whether a library can have written it like this; otherwise a character was changed on its way.
    pub canonical: bool,
    /// Which libraries write signatures in just this style; empty when none is known.
    pub libraries: Vec<Library>,
}

/// A library that makes signatures: the official ones by their language, and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Library {
    /// tls-sig-api-v2-cpp.
    Cpp,
    /// tls-sig-api-v2-cs.
    CSharp,
    /// tls-sig-api-v2-golang.
    Go,
    /// tls-sig-api-v2-java.
    Java,
    /// tls-sig-api-v2-node.
    Node,
    /// tls-sig-api-v2-php.
    Php,
    /// tls-sig-api-v2-python.
    Python,
    /// This crate.
    TimSig,
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpp => "cpp",
            Self::CSharp => "cs",
            Self::Go => "golang",
            Self::Java => "java",
            Self::Node => "node",
            Self::Php => "php",
            Self::Python => "python",
            Self::TimSig => "tim-sig",
        })
    }
}

/// Looks into a UserSig without the key; the text and what it unpacks to are bounded as in
/// [`Signer::verify`](crate::Signer::verify).
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{Privileges, Room, SecretKey, Signer, inspect};
///
/// let signer = Signer::new(1400000000, SecretKey::new("key"))?;
/// let day = Duration::from_secs(86_400);
/// let sig = signer.private_map_key("alice", Room::Name("lobby"), Privileges::ENTER_ROOM, day, 1_700_000_000)?;
///
/// let found = inspect(sig.expose())?;
/// assert_eq!((found.identifier.as_str(), found.valid_until), ("alice", 1_700_086_400));
/// assert_eq!(found.room.map(|grant| grant.room), Some(Room::Name("lobby".to_owned())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Malformed`] names the layer that cannot be read.
pub fn inspect(sig: &str) -> Result<Inspection, Malformed> {
    scratch::with(|scratch| {
        let Packed { compression, effort, canonical } = codec::decode(sig, scratch)?;
        let json = scratch.unpacked.bytes();
        let document = Document::read(json)?;
        base64::decode_mac(&document.sig).ok_or(Malformed::NotADocument)?;
        let userbuf = match document.userbuf.as_deref() {
            Some(text) => Some(base64::decode(text).ok_or(Malformed::NotADocument)?),
            None => None,
        };
        Ok(Inspection {
            sdkappid: document.sdkappid,
            issued_at: document.issued_at(),
            valid_until: document.valid_until(),
            room: userbuf.as_deref().and_then(RoomGrant::parse),
            userbuf,
            compression,
            canonical: canonical && document.has_known_version(),
            libraries: libraries(json, compression, effort),
            version: document.version.into_owned(),
            identifier: document.identifier.into_owned(),
        })
    })
}

/// Order of the keys, spaces, escapes and the effort of zlib tell the libraries apart, as far as they can be.
fn libraries(json: &[u8], compression: Compression, effort: u8) -> Vec<Library> {
    use Library::{CSharp, Cpp, Go, Java, Node, Php, Python, TimSig};
    let has = |text: &str| json.windows(text.len()).any(|part| part == text.as_bytes());
    let (spaces, stored) = (has("\": "), compression == Compression::Stored);
    let escapes = has("\\u") || has("\\/");
    let order = keys(json);
    let mut order: Vec<&str> = order.iter().map(|key| key.strip_prefix("TLS.").unwrap_or(key)).collect();
    let userbuf_last = order.last() == Some(&"userbuf");
    let fields = order.len();
    order.retain(|key| *key != "userbuf");
    let no_userbuf = fields == order.len();
    match (order.as_slice(), stored, effort) {
        (["ver", "identifier", "sdkappid", "expire", "time", "sig"], true, _) if !spaces && json.ends_with(b"\n") => {
            vec![Go]
        }
        (["ver", "identifier", "sdkappid", "expire", "time", "sig"], true, _)
            if !spaces && !escapes && !userbuf_last =>
        {
            vec![TimSig]
        }
        (["ver", "identifier", "sdkappid", "expire", "time", "sig"], false, 2) => match (spaces, escapes, userbuf_last)
        {
            (true, _, false) => vec![Python],
            (false, true, false) => vec![Php],
            (false, false, true) => vec![CSharp],
            (false, false, false) if no_userbuf => vec![CSharp, Php, TimSig],
            (false, false, false) => vec![Php, TimSig],
            _ => Vec::new(),
        },
        (["ver", "identifier", "sdkappid", "time", "expire", "sig"], false, 2) if !spaces => vec![Node],
        (["ver", "sdkappid", "identifier", "time", "expire", "sig"], false, 0) if !spaces => vec![Cpp],
        (["expire", "ver", "sdkappid", "identifier", "sig", "time"], false, 2) if !spaces => vec![Java],
        _ => Vec::new(),
    }
}

/// The keys of an object in their order.
fn keys(json: &[u8]) -> Vec<String> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut keys = Vec::new();
            while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                keys.push(key);
            }
            Ok(keys)
        }
    }

    serde_json::Deserializer::from_slice(json).deserialize_map(Keys).unwrap_or_default()
}
