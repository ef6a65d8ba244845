//! The outer layers of a UserSig: zlib (RFC 1950) inside base64 with an alphabet of its own.

use simd_adler32::adler32;
use zeroize::Zeroize as _;

use crate::scratch::Scratch;
use crate::{Compression, Encoding, Malformed, base64, deflate};

/// Longer texts are refused unread: an official signature has about 200 to 300 characters, one with a large userbuf more.
const MAX_TEXT: usize = 8 * 1024;

/// Packs a document; `zlib` is an empty buffer to work in.
pub(crate) fn encode(document: &[u8], encoding: Encoding, zlib: &mut Vec<u8>) -> String {
    match encoding {
        // The second byte names the effort, least or usual, and makes the two a multiple of 31.
        Encoding::Stored => {
            zlib.extend_from_slice(&[0x78, 0x01]);
            deflate::store(document, zlib);
        }
        Encoding::Compact => {
            zlib.extend_from_slice(&[0x78, 0x9c]);
            deflate::compress(document, zlib);
        }
    }
    zlib.extend_from_slice(&adler32(&document).to_be_bytes());
    base64::encode_around(zlib)
}

/// What is known of a document beside its bytes: how it was compressed, and the level that zlib says was asked for, 0
/// for the least effort to 3 for the most.
pub(crate) type Packed = (Compression, u8);

/// Unpacks a signature, within bounds, into the buffer `json`; `text` is left empty.
pub(crate) fn decode(text: &str, scratch: &mut Scratch) -> Result<Packed, Malformed> {
    let Scratch { text: work, json: document, zlib, .. } = scratch;
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLong);
    }
    base64::decode_around(text, work, zlib)?;
    work.zeroize();
    work.clear();
    let (header, rest) = zlib.split_first_chunk().ok_or(Malformed::NotZlib)?;
    let [method, flags] = *header;
    // Deflate with a window of at most 32 KiB, and no dictionary.
    let fine = method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes(*header).is_multiple_of(31);
    if !fine || flags & 0x20 != 0 {
        return Err(Malformed::NotZlib);
    }
    let (used, compression) = deflate::inflate(rest, document)?;
    if rest[used..] != adler32(&document.as_slice()).to_be_bytes() {
        return Err(Malformed::NotZlib);
    }
    Ok((compression, flags >> 6))
}
