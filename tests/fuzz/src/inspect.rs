//! Any bytes are decoded or rejected: as a text, and as the zlib stream inside one.

use tim_sig::{RejectedCall, explain, inspect};

pub(crate) fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let call = RejectedCall { user: Some("xiaojun"), now: 1_700_000_000, ..RejectedCall::default() };
        assert!(!explain(text, 70003, &call).text.is_empty());
    }
    let _ = inspect(&around(bytes));
}

/// Encodes the bytes in the alphabet of UserSig, so that the fuzzer also reaches the layers below.
fn around(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let known = digit <= three.len();
            text.push(if known { DIGITS[(bits >> (18 - 6 * digit)) as usize & 63].into() } else { '_' });
        }
    }
    text
}
