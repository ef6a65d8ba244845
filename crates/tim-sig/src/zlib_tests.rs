//! Tests of the two outer layers against flate2, in both directions.

use std::io::{Read as _, Write as _};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use crate::document::MAX_DOCUMENT;
use crate::scratch::Scratch;
use crate::{Encoding, Malformed, base64, codec};

fn compress(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    zlib.write_all(bytes).unwrap();
    zlib.finish().unwrap()
}

fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    let mut scratch = Scratch::new();
    codec::decode(text, &mut scratch).map(|()| scratch.json)
}

fn decode_zlib(zlib: &[u8]) -> Result<Vec<u8>, Malformed> {
    decode(&base64::encode_usersig(zlib))
}

/// Documents of all lengths and of all kinds of content: repetitive, random, JSON-like.
fn documents() -> impl Strategy<Value = Vec<u8>> {
    let random = prop::collection::vec(any::<u8>(), 0..MAX_DOCUMENT / 2);
    let repetitive = (prop::collection::vec(any::<u8>(), 1..40), 0..MAX_DOCUMENT / 2)
        .prop_map(|(part, length)| part.into_iter().cycle().take(length).collect());
    let json = "[ -~]{0,600}".prop_map(|text| format!("{{\"TLS.ver\":\"{text}\"}}").into_bytes());
    prop_oneof![random, repetitive, json]
}

proptest! {
    #[test]
    fn flate2_reads_both_encodings(document in documents()) {
        for encoding in [Encoding::Compact, Encoding::Stored] {
            let text = codec::encode(&document, encoding, &mut Vec::new());
            let (mut zlib, mut bytes) = (Vec::new(), Vec::new());
            base64::decode_usersig(&text, &mut zlib).unwrap();
            ZlibDecoder::new(zlib.as_slice()).read_to_end(&mut bytes).unwrap();
            prop_assert_eq!(&bytes, &document);
            if text.len() <= 8 * 1024 {
                prop_assert_eq!(decode(&text), Ok(document.clone()));
            }
        }
    }

    #[test]
    fn a_stream_of_any_level_is_decoded(document in documents(), level in 0_u32..10) {
        let zlib = compress(&document, level);
        prop_assume!(zlib.len() <= 6 * 1024);
        prop_assert_eq!(decode_zlib(&zlib), Ok(document));
    }

    #[test]
    fn a_changed_bit_is_rejected_or_changes_nothing(document in "[ -~]{1,300}", at in any::<usize>(), bit in 0..8) {
        let mut zlib = compress(document.as_bytes(), 6);
        let at = at % zlib.len();
        zlib[at] ^= 1_u8 << bit;
        if let Ok(decoded) = decode_zlib(&zlib) {
            prop_assert_eq!(decoded, document.into_bytes());
        }
    }

    #[test]
    fn random_bytes_are_not_zlib(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(decode_zlib(&[&[0x78, 0x9c][..], &noise].concat()).is_err());
    }
}

#[test]
fn a_document_has_at_most_8_kib() {
    for level in [0, 1, 6, 9] {
        // In base64, a stored document of 8 KiB is longer than the text may be.
        let fits = level > 0;
        let expected = |length| if fits { Ok(vec![b' '; length]) } else { Err(Malformed::TooLong) };
        assert_eq!(decode_zlib(&compress(&[b' '; MAX_DOCUMENT], level)), expected(MAX_DOCUMENT));
        assert_eq!(decode_zlib(&compress(&[b' '; MAX_DOCUMENT + 1], level)), Err(Malformed::TooLong));
    }
}

/// A longer text is not even decoded.
#[test]
fn a_text_has_at_most_8_kib() {
    // Not compressed: 11 bytes around the document, and four characters for three bytes.
    let text = |length| base64::encode_usersig(&compress(&vec![b' '; length], 0));
    assert_eq!(text(6133).len(), 8192);
    assert_eq!(decode(&text(6133)), Ok(vec![b' '; 6133]));
    for text in [text(6134), "A".repeat(10 << 20)] {
        let mut scratch = Scratch::new();
        assert_eq!(codec::decode(&text, &mut scratch), Err(Malformed::TooLong));
        assert!(scratch.zlib.is_empty() && scratch.inflate.total_in() == 0);
    }
}

#[test]
fn decompression_stops_at_the_limit() {
    let bomb = compress(&vec![b' '; 5 << 20], 9);
    assert!(bomb.len() < 6 * 1024, "{}", bomb.len());
    let mut scratch = Scratch::new();
    assert_eq!(codec::decode(&base64::encode_usersig(&bomb), &mut scratch), Err(Malformed::TooLong));
    assert_eq!(scratch.inflate.total_out(), MAX_DOCUMENT as u64 + 1, "the bytes that were decompressed");
    assert!(scratch.json.capacity() <= 2 * MAX_DOCUMENT, "{}", scratch.json.capacity());
}

#[test]
fn three_repeated_bytes_are_compressed() {
    let length = |text: &[u8]| base64_length(&codec::encode(text, Encoding::Compact, &mut Vec::new()));
    assert!(length(b"abcabc") < length(b"abcdef"), "{} {}", length(b"abcabc"), length(b"abcdef"));
}

/// The number of bytes that a text in base64 stands for.
fn base64_length(text: &str) -> usize {
    let mut bytes = Vec::new();
    base64::decode_usersig(text, &mut bytes).unwrap();
    bytes.len()
}

#[test]
fn the_error_names_the_layer() {
    let zlib = compress(b"{}", 6);
    assert_eq!(decode_zlib(&zlib), Ok(b"{}".to_vec()));
    assert_eq!(decode(""), Err(Malformed::Empty));
    for text in ["a+b=", "eJyr_-8=", "eJy"] {
        assert_eq!(decode(text), Err(Malformed::NotBase64), "{text}");
    }
    for end in 1..zlib.len() {
        assert_eq!(decode_zlib(&zlib[..end]), Err(Malformed::NotZlib), "cut after {end} bytes");
    }
    let (trailing, raw) = ([&zlib[..], &[0]].concat(), &zlib[2..zlib.len() - 4]);
    let mut checksum = zlib.clone();
    checksum[zlib.len() - 1] ^= 1;
    // FDICT is set, with the id of a dictionary; the first two bytes are still a multiple of 31.
    let dictionary = [&[0x78, 0xbb, 0, 0, 0, 1][..], &zlib[2..]].concat();
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], raw, &[0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0]].concat();
    for (what, stream) in [
        ("trailing byte", &trailing[..]),
        ("wrong checksum", &checksum),
        ("preset dictionary", &dictionary),
        ("raw deflate", raw),
        ("gzip", &gzip),
    ] {
        assert_eq!(decode_zlib(stream), Err(Malformed::NotZlib), "{what}");
    }
}
