//! Writing DEFLATE (RFC 1951) for short texts: as a stored block, or with the fixed Huffman code.
//!
//! General compressors set up tens of kilobytes of state, which takes longer than compressing 200
//! bytes.

use crate::document::MAX_DOCUMENT;

/// Appends `data` as one stored block.
pub(crate) fn store(data: &[u8], out: &mut Vec<u8>) {
    const { assert!(MAX_DOCUMENT <= u16::MAX as usize, "one block holds a document") };
    let length = data.len() as u16;
    out.push(1);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
}

/// The binary logarithm of the size of the hash table that finds repeated bytes.
const TABLE_BITS: u32 = 9;
/// The shortest and the longest match that DEFLATE can express.
const MIN_MATCH: usize = 3;
const MAX_MATCH: usize = 258;

/// Maps the hash of three bytes to the last position, plus one, at which they occurred.
type Table = [u16; 1 << TABLE_BITS];

/// Appends `data` as one block with the fixed code.
pub(crate) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let mut table: Table = [0; 1 << TABLE_BITS];
    let mut bits = Bits { hold: 0, count: 0, out };
    // The header: the last block, with the fixed code.
    bits.put(0b011, 3);
    let mut at = 0;
    while at < data.len() {
        let (length, distance) =
            insert(&mut table, data, at).map_or((0, 0), |from| (match_length(data, from, at), at - from));
        if length < MIN_MATCH {
            let (code, count) = LITERALS[usize::from(data[at])];
            bits.put(code.into(), count.into());
            at += 1;
        } else {
            bits.put_match(length, distance);
            for inside in (at..at + length).skip(1) {
                insert(&mut table, data, inside);
            }
            at += length;
        }
    }
    // The end of the block is seven zeros. The rest of the last byte is zero too.
    bits.put(0, 7);
    bits.finish();
}

/// Inserts the three bytes at position `at`, and returns the previous position with the same hash.
#[inline]
fn insert(table: &mut Table, data: &[u8], at: usize) -> Option<usize> {
    let [a, b, c] = *data.get(at..)?.first_chunk()?;
    let three = u32::from_le_bytes([a, b, c, 0]);
    let entry = &mut table[(three.wrapping_mul(0x9e37_79b1) >> (32 - TABLE_BITS)) as usize];
    usize::from(std::mem::replace(entry, at as u16 + 1)).checked_sub(1)
}

/// How many bytes at `at` equal those at `from`, at most `MAX_MATCH`.
#[inline]
fn match_length(data: &[u8], from: usize, at: usize) -> usize {
    data[from..].iter().zip(&data[at..]).take(MAX_MATCH).take_while(|(a, b)| a == b).count()
}

/// The fixed code of each byte, in the bit order of the stream, and its length in bits.
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

/// Writes bits, the lowest first.
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

    fn put_match(&mut self, length: usize, distance: usize) {
        let (symbol, extra) = split(length as u32 - 3, 2);
        // Length 258 has its own symbol.
        let (symbol, extra) = if length == MAX_MATCH { (28, (0, 0)) } else { (symbol, extra) };
        // Symbols 257 to 279 have seven bits, the others eight.
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

/// The symbol of a length or distance that is counted from 0, and its extra bits with their number.
/// Symbols come in groups of `1 << group_bits`; from the third group on, each has one extra bit
/// more than the group before it.
fn split(value: u32, group_bits: u32) -> (u32, (u32, u32)) {
    let extra = value.checked_ilog2().unwrap_or(0).saturating_sub(group_bits);
    ((extra << group_bits) + (value >> extra), (value & ((1 << extra) - 1), extra))
}
