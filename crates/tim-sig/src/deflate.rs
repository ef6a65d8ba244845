//! Writing DEFLATE (RFC 1951): stored, or with the fixed code, as short texts are best written.

use flate2::{Compress, Compression as Effort, FlushCompress, Status};
use zeroize::Zeroizing;

use crate::document::MAX_DOCUMENT;

/// Appends `data` as stored blocks.
pub(crate) fn store(data: &[u8], out: &mut Vec<u8>) {
    const { assert!(MAX_DOCUMENT <= u16::MAX as usize, "one block holds a document") };
    let length = data.len() as u16;
    out.push(1);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
}

/// Whether flate2 writes this stream for `data` at its fastest level, which chooses places in a way of its own.
#[cold]
pub(crate) fn library_writes(stream: &[u8], data: &[u8]) -> bool {
    // A stream that is longer is not equal.
    let mut written = Zeroizing::new(Vec::with_capacity(stream.len() + 1));
    let done = Compress::new(Effort::fast(), false).compress_vec(data, &mut written, FlushCompress::Finish);
    matches!(done, Ok(Status::StreamEnd)) && *written == stream
}

/// How many places the search for repetitions remembers, as a power of two.
const PLACES_BITS: u32 = 9;
/// The shortest repetition, and the longest.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;

/// Appends `data` as one block with the fixed code, each repetition named by its nearest place.
pub(crate) fn compress(data: &[u8], out: &mut Vec<u8>) {
    // The last place, plus one, at which three bytes with this hash began.
    let mut places = [0_u16; 1 << PLACES_BITS];
    let mut bits = Bits { hold: 0, count: 0, out };
    // The last block, with the fixed code.
    bits.put(0b011, 3);
    let mut at = 0;
    while at < data.len() {
        let (length, distance) =
            remember(&mut places, data, at).map_or((0, 0), |from| (same(data, from, at), at - from));
        if length < SHORTEST {
            let (code, count) = LITERALS[usize::from(data[at])];
            bits.put(code.into(), count.into());
            at += 1;
        } else {
            bits.repeat(length, distance);
            for inside in at + 1..at + length {
                remember(&mut places, data, inside);
            }
            at += length;
        }
    }
    // The end of the block is seven zeros; the rest of the last byte is zero too.
    bits.put(0, 7);
    bits.finish();
}

/// Enters the place `at`, and returns the one that was there before.
#[inline]
fn remember(places: &mut [u16; 1 << PLACES_BITS], data: &[u8], at: usize) -> Option<usize> {
    let [a, b, c] = *data.get(at..)?.first_chunk()?;
    let three = u32::from_le_bytes([a, b, c, 0]);
    let place = &mut places[(three.wrapping_mul(0x9e37_79b1) >> (32 - PLACES_BITS)) as usize];
    usize::from(std::mem::replace(place, at as u16 + 1)).checked_sub(1)
}

/// How many bytes from `at` on are the same as those from `from` on.
#[inline]
fn same(data: &[u8], from: usize, at: usize) -> usize {
    data[from..].iter().zip(&data[at..]).take(LONGEST).take_while(|(a, b)| a == b).count()
}

/// The fixed code of each byte, as it stands in the stream, and its length.
static LITERALS: [(u16, u8); 256] = {
    let mut codes = [(0, 0); 256];
    let mut symbol = 0;
    while symbol < 256 {
        let (code, length): (u16, u8) = if symbol < 144 { (0x30 + symbol, 8) } else { (0x190 - 144 + symbol, 9) };
        codes[symbol as usize] = (code.reverse_bits() >> (16 - length), length);
        symbol += 1;
    }
    codes
};

/// Bits on their way out, the lowest first.
struct Bits<'a> {
    hold: u64,
    count: u32,
    out: &'a mut Vec<u8>,
}

impl Bits<'_> {
    /// Appends at most 32 bits.
    #[inline]
    fn put(&mut self, bits: u64, count: u32) {
        self.hold |= bits << self.count;
        self.count += count;
        if self.count >= 32 {
            self.out.extend_from_slice(&(self.hold as u32).to_le_bytes());
            self.hold >>= 32;
            self.count -= 32;
        }
    }

    fn repeat(&mut self, length: usize, distance: usize) {
        let (symbol, extra) = split(length as u32 - 3, 2);
        // Length 258 has a symbol of its own.
        let (symbol, extra) = if length == LONGEST { (28, (0, 0)) } else { (symbol, extra) };
        // The symbols 257 to 279 have seven bits, the others eight.
        let (code, count) = if symbol < 23 { (symbol + 1, 7) } else { (0xc0 + symbol - 23, 8) };
        self.put((code.reverse_bits() >> (32 - count)).into(), count);
        self.put(extra.0.into(), extra.1);
        let (symbol, extra) = split(distance as u32 - 1, 1);
        self.put((symbol.reverse_bits() >> 27).into(), 5);
        self.put(extra.0.into(), extra.1);
    }

    fn finish(self) {
        let bytes = self.count.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.hold.to_le_bytes()[..bytes]);
    }
}

/// The symbol of a length or distance counted from 0, and its extra bits with their number: each group of symbols, so
/// many of them as `group_bits` count, takes one bit more than the one before.
fn split(value: u32, group_bits: u32) -> (u32, (u32, u32)) {
    let extra = value.checked_ilog2().unwrap_or(0).saturating_sub(group_bits);
    ((extra << group_bits) + (value >> extra), (value & ((1 << extra) - 1), extra))
}
