//! Base64, as it is inside a signature and as it is around one.

use base64::Engine as _;

use crate::Malformed;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static STANDARD: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::standard(base64::engine::general_purpose::PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::STANDARD;

/// The standard alphabet. `text` is appended to.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    STANDARD.encode_string(bytes, text);
}

/// The standard alphabet; `None` when the text has another form.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// An HMAC in the standard alphabet, written into `text`.
pub(crate) fn encode_mac<'a>(mac: &[u8], text: &'a mut [u8; 44]) -> &'a str {
    // It has just the length that is needed, and all of it is ASCII.
    let length = STANDARD.encode_slice(mac, text).unwrap_or(0);
    str::from_utf8(&text[..length]).unwrap_or_default()
}

/// An HMAC in the standard alphabet: 32 bytes.
pub(crate) fn decode_mac(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 36];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    bytes[..length].try_into().ok()
}

/// The alphabet around a signature, which needs no escape in a URL. It is not RFC 4648 base64url, where `-` and `_` are
/// digits: here `*` stands for `+`, `-` for `/`, and `_` is the padding.
pub(crate) fn encode_around(bytes: &[u8]) -> String {
    let length = bytes.len().div_ceil(3) * 4;
    // Not `vec!`: memory that the allocator has to clear takes longer to get.
    let mut text = Vec::with_capacity(length);
    text.extend(std::iter::repeat_n(0, length));
    // It has just the length that is needed.
    let length = STANDARD.encode_slice(bytes, &mut text).unwrap_or(0);
    text.truncate(length);
    exchange(&mut text);
    // All of it is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// Puts what the text holds into `bytes`, an empty buffer; `standard` is another one to work in.
pub(crate) fn decode_around(text: &str, standard: &mut Vec<u8>, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    standard.extend_from_slice(text.as_bytes());
    // What is no digit around becomes none of the standard alphabet either.
    exchange(standard);
    bytes.resize(text.len().div_ceil(4) * 3, 0);
    let length = STANDARD.decode_slice(standard, bytes).map_err(|_| Malformed::NotBase64)?;
    bytes.truncate(length);
    Ok(())
}

/// Exchanges the three signs of the standard alphabet for those around a signature, and those for these.
fn exchange(text: &mut [u8]) {
    // Without a branch, many bytes are exchanged in one step.
    let differ = |byte, a, b| if byte == a || byte == b { a ^ b } else { 0 };
    for byte in text {
        *byte ^= differ(*byte, b'+', b'*') | differ(*byte, b'/', b'-') | differ(*byte, b'=', b'_');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_around_has_three_signs_of_its_own() {
        assert_eq!(encode_around(&[0xfb, 0xff, 0xbf, 0xfb]), "*-*-*w__");
        let decode = |text| {
            let mut bytes = Vec::new();
            decode_around(text, &mut Vec::new(), &mut bytes).map(|()| bytes)
        };
        assert_eq!(decode("*-*-*w__").unwrap(), [0xfb, 0xff, 0xbf, 0xfb]);
        for other in ["+-*-*w__", "*/*-*w__", "*-*-*w==", "*-*-*w", "*-*-*x__", "*-*-*w__\n", "é*-*"] {
            assert_eq!(decode(other), Err(Malformed::NotBase64), "{other}");
        }
    }
}
