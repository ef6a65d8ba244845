//! The two outer layers of a UserSig: a zlib stream (RFC 1950) inside base64.

use flate2::{FlushDecompress, Status};
use simd_adler32::adler32;

use crate::document::MAX_DOCUMENT;
use crate::scratch::Scratch;
use crate::{Encoding, Malformed, base64, deflate};

/// The longest text that is decoded. The longest userbuf makes a signature of about 2700
/// characters.
const MAX_TEXT: usize = 8 * 1024;

/// Encodes a document; `zlib` is an empty buffer.
pub(crate) fn encode(document: &[u8], encoding: Encoding, zlib: &mut Vec<u8>) -> String {
    // The second byte holds the compression level, and makes both bytes as a big-endian number a
    // multiple of 31.
    match encoding {
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
    base64::encode_usersig(zlib)
}

/// Decodes a signature: fills the empty buffers `zlib` with its stream and `json` with its
/// document.
pub(crate) fn decode(text: &str, scratch: &mut Scratch) -> Result<(), Malformed> {
    let Scratch { zlib, json, inflate, .. } = scratch;
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLong);
    }
    base64::decode_usersig(text, zlib)?;
    // One byte more than allowed distinguishes a document of the maximum length from a longer one.
    json.reserve_exact(MAX_DOCUMENT + 1);
    inflate.reset(true);
    let status = inflate.decompress_vec(zlib, json, FlushDecompress::Finish);
    if json.len() > MAX_DOCUMENT {
        return Err(Malformed::TooLong);
    }
    // A truncated stream ends with another status. Trailing bytes are not consumed.
    let complete = matches!(status, Ok(Status::StreamEnd)) && inflate.total_in() == zlib.len() as u64;
    if complete { Ok(()) } else { Err(Malformed::NotZlib) }
}
