//! Reading a UserSig without the key.

use std::fmt;

use crate::document::Document;
use crate::{Malformed, RoomGrant, codec, scratch};

/// The content of a UserSig. Nothing in it is verified; [`Signer::verify`](crate::Signer::verify)
/// needs the key for that.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The user.
    pub identifier: String,
    /// The app.
    pub sdkappid: u64,
    /// When it was made, in unix seconds.
    pub issued_at: u64,
    /// The last unix second at which it is valid.
    pub valid_until: u64,
    /// The version: `2.0` in all official signatures.
    pub version: String,
    /// The userbuf: the app's own data, or the room of a PrivateMapKey.
    pub userbuf: Option<Vec<u8>>,
    /// The permission for a room, if the userbuf has the layout of a PrivateMapKey.
    pub room: Option<RoomGrant>,
    /// How the first DEFLATE block is compressed.
    pub compression: Compression,
    /// The libraries that write signatures in this style. Empty if no known library does.
    pub libraries: Vec<Library>,
}

/// How a signature is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not compressed.
    Stored,
    /// With the fixed Huffman code of DEFLATE.
    Fixed,
    /// With a dynamic Huffman code.
    Dynamic,
}

/// A library that makes signatures: an official one, or this crate.
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

/// Reads a UserSig without the key. Text and document may have 8 KiB each, as in
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
/// [`Malformed`] names the layer that cannot be decoded.
pub fn inspect(sig: &str) -> Result<Inspection, Malformed> {
    scratch::with(|scratch| {
        codec::decode(sig, scratch)?;
        let (compression, level) = header(&scratch.zlib);
        let document = Document::read(&scratch.json)?;
        let (_, userbuf) = document.decode_base64()?;
        Ok(Inspection {
            sdkappid: document.sdkappid,
            issued_at: document.issued_at(),
            valid_until: document.valid_until(),
            room: userbuf.as_deref().and_then(RoomGrant::parse),
            userbuf,
            compression,
            libraries: libraries(&scratch.json, compression, level),
            version: document.version.into_owned(),
            identifier: document.identifier.into_owned(),
        })
    })
}

/// The compression of the first block, and the compression level in the zlib header, from 0 to 3.
fn header(zlib: &[u8]) -> (Compression, u8) {
    // Two bytes of zlib header; the block begins with one bit that marks the last block and two bits of
    // its type.
    let byte = |at| zlib.get(at).copied().unwrap_or_default();
    let compression = match byte(2) >> 1 & 3 {
        0 => Compression::Stored,
        1 => Compression::Fixed,
        _ => Compression::Dynamic,
    };
    (compression, byte(1) >> 6)
}

/// Guesses the library from the order of the keys, spaces, escapes and the level of compression.
fn libraries(json: &[u8], compression: Compression, level: u8) -> Vec<Library> {
    use Library::{CSharp, Cpp, Go, Java, Node, Php, Python, TimSig};
    let has = |text: &str| json.windows(text.len()).any(|part| part == text.as_bytes());
    let (spaces, stored) = (has("\": "), compression == Compression::Stored);
    let escapes = has("\\u") || has("\\/");
    let mut order = keys(json);
    let userbuf_last = order.last() == Some(&"userbuf");
    let fields = order.len();
    order.retain(|key| *key != "userbuf");
    let no_userbuf = fields == order.len();
    match (order.as_slice(), stored, level) {
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

/// The known keys of the document, in order. A user id cannot imitate one: its quotes are escaped.
fn keys(json: &[u8]) -> Vec<&'static str> {
    let names = ["ver", "identifier", "sdkappid", "time", "expire", "userbuf", "sig"];
    let position = |name| {
        let key = format!("\"TLS.{name}\"");
        json.windows(key.len()).position(|part| part == key.as_bytes())
    };
    let mut found: Vec<_> = names.into_iter().filter_map(|name| Some((position(name)?, name))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with these keys.
    fn document(keys: &str) -> String {
        let keys: Vec<String> = keys.split(' ').map(|key| format!("\"TLS.{key}\":\"@\"")).collect();
        format!("{{{}}}", keys.join(","))
    }

    #[test]
    fn the_header_has_the_compression_and_the_level() {
        for (zlib, compression, level) in [
            ([0x78, 0x01, 0b001], Compression::Stored, 0),
            ([0x78, 0x5e, 0b011], Compression::Fixed, 1),
            ([0x78, 0x9c, 0b101], Compression::Dynamic, 2),
            ([0x78, 0xda, 0b011], Compression::Fixed, 3),
        ] {
            assert_eq!(header(&zlib), (compression, level));
        }
    }

    #[test]
    fn a_stored_document_is_from_go_or_from_this_crate() {
        let guess = |json: &str| libraries(json.as_bytes(), Compression::Stored, 0);
        let keys = "ver identifier sdkappid expire time sig";
        let json = document(keys);
        assert_eq!(guess(&json), [Library::TimSig]);
        assert_eq!(guess(&format!("{json}\n")), [Library::Go]);
        assert_eq!(guess(&document("ver identifier sdkappid expire time userbuf sig")), [Library::TimSig]);
        for other in [
            json.replace(':', ": "),
            json.replace(':', ": ") + "\n",
            json.replace('@', "\\/"),
            json.replace('@', "\\u5173"),
            document(&format!("{keys} userbuf")),
        ] {
            assert_eq!(guess(&other), [], "{other}");
        }
    }

    #[test]
    fn the_keys_spaces_and_escapes_of_a_compressed_document_show_its_library() {
        use Library::{CSharp, Cpp, Java, Node, Php, Python, TimSig};
        let keys = "ver identifier sdkappid expire time sig";
        let json = document(keys);
        for (json, level, expected) in [
            (json.clone(), 2, vec![CSharp, Php, TimSig]),
            (document("ver identifier sdkappid expire time userbuf sig"), 2, vec![Php, TimSig]),
            (document(&format!("{keys} userbuf")), 2, vec![CSharp]),
            (json.replace('@', "\\/"), 2, vec![Php]),
            (json.replace('@', "\\u5173"), 2, vec![Php]),
            (json.replace(':', ": "), 2, vec![Python]),
            (document("ver identifier sdkappid time expire sig"), 2, vec![Node]),
            (document("ver sdkappid identifier time expire sig"), 0, vec![Cpp]),
            (document("expire ver sdkappid identifier sig time"), 2, vec![Java]),
            (json.clone(), 0, vec![]),
            (document("ver identifier sdkappid time expire sig").replace(':', ": "), 2, vec![]),
            (document("ver sdkappid identifier time expire sig").replace(':', ": "), 0, vec![]),
            (document("expire ver sdkappid identifier sig time").replace(':', ": "), 2, vec![]),
        ] {
            assert_eq!(libraries(json.as_bytes(), Compression::Dynamic, level), expected, "{json} {level}");
        }
    }

    #[test]
    fn a_library_has_a_name() {
        assert_ne!(Library::Go.to_string(), "");
        assert_ne!(Library::Go.to_string(), Library::Php.to_string());
    }
}
