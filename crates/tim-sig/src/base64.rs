//! Base64 in two alphabets: the standard one inside the document, and the one of UserSig around the
//! zlib stream.

use base64::Engine as _;
use base64::alphabet::{Alphabet, Symbol};
use base64::engine::general_purpose::{GeneralPurpose, PAD, STANDARD};

use crate::Malformed;

/// `*` for `+`, `-` for `/`, and `_` as padding, so that a URL needs no escapes. This is not the
/// base64url of RFC 4648, in which `-` and `_` are digits.
const USERSIG: GeneralPurpose = {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    let padding = Symbol::new(b'_').expect("`_` is printable");
    match Alphabet::new_with_padding(DIGITS, padding) {
        Ok(alphabet) => GeneralPurpose::new(&alphabet, PAD),
        Err(_) => unreachable!(),
    }
};

/// Appends `bytes` to `text`, in the standard alphabet.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    STANDARD.encode_string(bytes, text);
}

/// Decodes the standard alphabet; `None` if `text` is not base64 with padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Writes an HMAC into `text`, in the standard alphabet.
pub(crate) fn encode_mac<'a>(mac: &[u8; 32], text: &'a mut [u8; 44]) -> &'a str {
    // 32 bytes are exactly 44 ASCII characters, so the fallbacks are unreachable.
    let length = STANDARD.encode_slice(mac, text).unwrap_or(0);
    str::from_utf8(&text[..length]).unwrap_or_default()
}

/// Decodes an HMAC; `None` if `text` does not hold 32 bytes.
pub(crate) fn decode_mac(text: &str) -> Option<[u8; 32]> {
    // `decode_slice` requires 33 bytes of output for 44 characters.
    let mut bytes = [0; 33];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    bytes[..length].try_into().ok()
}

/// Encodes a zlib stream in the alphabet of UserSig.
pub(crate) fn encode_usersig(bytes: &[u8]) -> String {
    USERSIG.encode(bytes)
}

/// Decodes the alphabet of UserSig and appends the zlib stream to `bytes`.
pub(crate) fn decode_usersig(text: &str, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    USERSIG.decode_vec(text, bytes).map_err(|_| Malformed::NotBase64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usersig_alphabet_has_three_symbols_of_its_own() {
        assert_eq!(encode_usersig(&[0xfb, 0xff, 0xbf, 0xfb]), "*-*-*w__");
        let decode = |text| {
            let mut bytes = Vec::new();
            decode_usersig(text, &mut bytes).map(|()| bytes)
        };
        assert_eq!(decode("*-*-*w__").unwrap(), [0xfb, 0xff, 0xbf, 0xfb]);
        for other in ["+-*-*w__", "*/*-*w__", "*-*-*w==", "*-*-*w", "*-*-*x__", "*-*-*w__\n", "é*-*"] {
            assert_eq!(decode(other), Err(Malformed::NotBase64), "{other}");
        }
    }

    #[test]
    fn an_hmac_has_32_bytes() {
        let mut text = [0; 44];
        assert_eq!(decode_mac(encode_mac(&[7; 32], &mut text)), Some([7; 32]));
        for length in [0, 31, 33, 100] {
            assert_eq!(decode_mac(&STANDARD.encode(vec![7; length])), None, "{length}");
        }
    }
}
