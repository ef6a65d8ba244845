//! The outer layers of a UserSig: zlib (RFC 1950) inside base64 with an alphabet of its own.

use simd_adler32::adler32;

use crate::bits::READ_AHEAD;
use crate::inflate::{Compression, Inflated, inflate};
use crate::scratch::Scratch;
use crate::secret::wipe;
use crate::{Encoding, Malformed, base64, deflate};

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

/// What is known of a document beside its bytes.
pub(crate) struct Packed {
    /// How it was compressed.
    pub(crate) compression: Compression,
    /// The effort that the zlib header names, from 0 to 3.
    pub(crate) effort: u8,
    /// Whether a compressor wrote it like this.
    pub(crate) canonical: bool,
}

/// Unpacks a signature, within bounds, into the buffer `unpacked`; `text` is left empty.
pub(crate) fn decode(text: &str, scratch: &mut Scratch) -> Result<Packed, Malformed> {
    let Scratch { text: work, unpacked, zlib, codes, spelling, .. } = scratch;
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLong);
    }
    let decoded = base64::decode_around(text, work, zlib);
    wipe(work);
    work.clear();
    decoded?;
    let [method, flags, ..] = **zlib else { return Err(Malformed::NotZlib) };
    // Deflate with a window of at most 32 KiB, and no dictionary.
    let fine = method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]).is_multiple_of(31);
    if !fine || flags & 0x20 != 0 {
        return Err(Malformed::NotZlib);
    }
    let length = zlib.len();
    zlib.extend_from_slice(&[0; READ_AHEAD]);
    let effort = flags >> 6;
    spelling.begin(effort);
    let Inflated { end, compression } = inflate(zlib, 2, unpacked, codes, spelling)?;
    if zlib.get(end..length) != Some(&adler32(&unpacked.bytes()).to_be_bytes()) {
        return Err(Malformed::NotZlib);
    }
    let canonical = !spelling.is_suspect() || deflate::library_writes(&zlib[2..end], unpacked.bytes());
    Ok(Packed { compression, effort, canonical })
}
