//! What is packed and unpacked here, beside a library that does it for everybody.

use std::io::{Read as _, Write as _};

use flate2::read::ZlibDecoder;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use flate2::{Decompress, FlushDecompress, Status};
use proptest::prelude::*;

use crate::bits::READ_AHEAD;
use crate::codec::Packed;
use crate::codes::Codes;
use crate::document::MAX_DOCUMENT;
use crate::inflate::{Unpacked, inflate};
use crate::scratch::Scratch;
use crate::spelling::Spelling;
use crate::{Encoding, Malformed, base64, codec, deflate};

fn library_packs(bytes: &[u8], level: u32) -> String {
    let mut zlib = ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    zlib.write_all(bytes).unwrap();
    base64::encode_around(&zlib.finish().unwrap())
}

fn library_unpacks(text: &str) -> Vec<u8> {
    let mut zlib = Vec::new();
    base64::decode_around(text, &mut Vec::new(), &mut zlib).unwrap();
    let mut bytes = Vec::new();
    ZlibDecoder::new(zlib.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn unpack(text: &str) -> Result<Vec<u8>, Malformed> {
    let mut scratch = Scratch::new();
    match codec::decode(text, &mut scratch)? {
        Packed { canonical: true, .. } => Ok(scratch.unpacked.bytes().to_vec()),
        Packed { canonical: false, .. } => Err(Malformed::NotCanonical),
    }
}

/// Documents like those of signatures, and others: much repeated, and not at all.
fn documents() -> impl Strategy<Value = Vec<u8>> {
    let repeated = prop::collection::vec(prop::sample::select(&b"\",TLS.aab"[..]), 0..2000);
    let any = prop::collection::vec(any::<u8>(), 0..2000);
    prop_oneof![repeated, any, signatures()]
}

fn signatures() -> impl Strategy<Value = Vec<u8>> {
    "[a-zA-Z0-9_-]{1,32}".prop_map(|user| {
        format!(r#"{{"TLS.ver":"2.0","TLS.identifier":"{user}","TLS.sdkappid":1400000000,"TLS.expire":86400,"TLS.sig":"{user}"}}"#)
            .into_bytes()
    })
}

/// What a stream unpacks to, whatever follows it; `None` for one that is broken or too long.
fn inflate_here(stream: &[u8]) -> Option<Vec<u8>> {
    let mut out = Unpacked::new();
    let padded = [stream, &[0; READ_AHEAD]].concat();
    let inflated = inflate(&padded, 0, &mut out, &mut Codes::empty(), &mut Spelling::new()).ok()?;
    (inflated.end <= stream.len()).then(|| out.bytes().to_vec())
}

fn inflate_in_library(stream: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(MAX_DOCUMENT);
    let done = Decompress::new(false).decompress_vec(stream, &mut out, FlushDecompress::Finish);
    matches!(done, Ok(Status::StreamEnd)).then_some(out)
}

proptest! {
    /// Streams with a few bits changed: most are broken, and both see that, or both read the same.
    #[test]
    fn a_broken_stream_is_read_as_the_library_reads_it(
        document in documents(),
        level in 0_u32..10,
        fixed in any::<bool>(),
        changes in prop::collection::vec((any::<usize>(), 0..8), 0..4),
    ) {
        let mut stream = Vec::new();
        if fixed {
            deflate::compress(&document, &mut stream);
        } else {
            let mut deflate = DeflateEncoder::new(&mut stream, flate2::Compression::new(level));
            deflate.write_all(&document).unwrap();
            deflate.finish().unwrap();
        }
        for (at, bit) in changes {
            let at = at % stream.len();
            stream[at] ^= 1_u8 << bit;
        }
        prop_assert_eq!(inflate_here(&stream), inflate_in_library(&stream));
    }

    #[test]
    fn the_library_reads_what_is_written_here(document in documents()) {
        for encoding in [Encoding::Compact, Encoding::Stored] {
            let text = codec::encode(&document, encoding, &mut Vec::new());
            prop_assert_eq!(library_unpacks(&text), document.clone());
            prop_assert_eq!(unpack(&text), Ok(document.clone()));
        }
    }

    #[test]
    fn what_the_library_writes_is_read_here(document in documents(), level in 0_u32..10) {
        prop_assert_eq!(unpack(&library_packs(&document, level)), Ok(document));
    }

    #[test]
    fn noise_is_no_zlib(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let zlib = [&[0x78, 0x9c][..], &noise].concat();
        prop_assert!(unpack(&base64::encode_around(&zlib)).is_err());
    }
}

#[test]
fn a_bomb_is_refused() {
    let bomb = library_packs(&vec![b' '; 1 << 20], 9);
    assert!(bomb.len() < 8 * 1024);
    assert_eq!(unpack(&bomb), Err(Malformed::TooLong));
    assert_eq!(unpack(&"A".repeat(10 << 20)), Err(Malformed::TooLong));
}

/// Each of many repetitions has many places to come from.
#[test]
fn a_stream_that_takes_long_to_look_at_is_read_soon() {
    let document: Vec<u8> = (0..MAX_DOCUMENT).map(|at| if at % 6 == 5 { (at / 6 % 251) as u8 } else { b'a' }).collect();
    for level in [1, 6] {
        let text = library_packs(&document, level);
        assert_eq!(unpack(&text).map(|found| found == document), Ok(true));
    }
}

#[test]
fn each_layer_names_itself() {
    let text = codec::encode(b"{}", Encoding::Compact, &mut Vec::new());
    assert_eq!(unpack(""), Err(Malformed::Empty));
    assert_eq!(unpack("a+b="), Err(Malformed::NotBase64));
    assert_eq!(unpack("AAAA"), Err(Malformed::NotZlib));
    assert_eq!(unpack(&text[..text.len() - 4]), Err(Malformed::NotZlib));
    let mut zlib = Vec::new();
    base64::decode_around(&text, &mut Vec::new(), &mut zlib).unwrap();
    zlib.push(0);
    assert_eq!(unpack(&base64::encode_around(&zlib)), Err(Malformed::NotZlib));
}

/// The bits after the end of the last block mean nothing, and may not be set.
#[test]
fn bits_that_mean_nothing_are_zero() {
    let mut zlib = Vec::new();
    base64::decode_around(&library_packs(b"{}", 0), &mut Vec::new(), &mut zlib).unwrap();
    assert_eq!(zlib[2], 1, "a stored block, the last one");
    zlib[2] |= 0x80;
    assert_eq!(unpack(&base64::encode_around(&zlib)), Err(Malformed::NotCanonical));
}
