//! The outer layers of a UserSig: zlib inside base64 with an alphabet of its own.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::alphabet::{Alphabet, Symbol};
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::PAD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::Malformed;

/// Longer texts are refused unread: an official signature has about 200 to 300 characters, one with a large userbuf more.
const MAX_TEXT: usize = 8 * 1024;
/// A signature that inflates beyond this is refused; the inflating stops there.
const MAX_DOCUMENT: usize = 16 * 1024;

/// Not RFC 4648 base64url, where `-` and `_` are digits: here `*` stands for `+`, `-` for `/`, and `_` is the padding.
const BASE64: GeneralPurpose = {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    match Symbol::new(b'_') {
        Some(padding) => match Alphabet::new_with_padding(SYMBOLS, padding) {
            Ok(alphabet) => GeneralPurpose::new(&alphabet, PAD),
            Err(_) => unreachable!(),
        },
        None => unreachable!(),
    }
};

/// Compresses and encodes a document.
pub(crate) fn encode(document: &[u8]) -> std::io::Result<String> {
    let mut zlib = ZlibEncoder::new(Vec::with_capacity(256), Compression::default());
    zlib.write_all(document)?;
    Ok(BASE64.encode(zlib.finish()?))
}

/// Decodes and inflates a signature, within bounds.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLong);
    }
    let compressed = BASE64.decode(text).map_err(|_| Malformed::NotBase64)?;
    let mut document = Vec::new();
    let mut zlib = ZlibDecoder::new(compressed.as_slice()).take(MAX_DOCUMENT as u64 + 1);
    zlib.read_to_end(&mut document).map_err(|_| Malformed::NotZlib)?;
    if document.len() > MAX_DOCUMENT {
        return Err(Malformed::TooLong);
    }
    if zlib.into_inner().total_in() != compressed.len() as u64 {
        return Err(Malformed::NotZlib);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for document in [&b"{}"[..], b"", &[0xfb, 0xff, 0xbf].repeat(50)] {
            let text = encode(document).unwrap();
            assert!(text.bytes().all(|c| c.is_ascii_alphanumeric() || b"*-_".contains(&c)), "{text}");
            assert_eq!(decode(&text).unwrap(), document);
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = encode(&vec![b' '; 1 << 20]).unwrap();
        assert!(bomb.len() < MAX_TEXT);
        assert_eq!(decode(&bomb), Err(Malformed::TooLong));
        assert_eq!(decode(&"A".repeat(10 << 20)), Err(Malformed::TooLong));
    }

    #[test]
    fn each_layer_names_itself() {
        let text = encode(b"{}").unwrap();
        assert_eq!(decode(""), Err(Malformed::Empty));
        assert_eq!(decode("a+b="), Err(Malformed::NotBase64));
        assert_eq!(decode("AAAA"), Err(Malformed::NotZlib));
        assert_eq!(decode(&text[..text.len() - 4]), Err(Malformed::NotZlib));
        let mut longer = BASE64.decode(&text).unwrap();
        longer.push(0);
        assert_eq!(decode(&BASE64.encode(longer)), Err(Malformed::NotZlib));
    }
}
