//! A stream of bits.

use crate::Malformed;
use crate::codes::SHORT_LITERALS;
use crate::huffman::Huffman;

/// So many zeros have to follow the stream: no valid one has them taken, but all may be read ahead.
pub(crate) const READ_AHEAD: usize = 16;

/// A stream of bits, the lowest first.
#[derive(Clone, Copy)]
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    /// Where the next byte is read.
    next: usize,
    /// The bits that were read and not taken.
    hold: u64,
    /// How many there are.
    count: u32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(data: &'a [u8], next: usize) -> Self {
        Self { data, next, hold: 0, count: 0 }
    }

    /// Holds at least 48 bits afterwards.
    #[inline]
    pub(crate) fn fill(&mut self) -> Result<(), Malformed> {
        if self.count < 48 {
            let bytes = self.data.get(self.next..).and_then(<[u8]>::first_chunk).ok_or(Malformed::NotZlib)?;
            // What is held above `count` is the same byte already, or nothing.
            self.hold |= u64::from_le_bytes(*bytes) << self.count;
            self.next += (63 - self.count as usize) >> 3;
            self.count |= 56;
        }
        Ok(())
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.count -= count;
        self.hold >>= count;
    }

    /// The next bits, at most 16, as a number.
    #[inline]
    pub(crate) fn take(&mut self, count: u32) -> usize {
        let value = self.hold & ((1 << count) - 1);
        self.skip(count);
        value as usize
    }

    #[inline]
    pub(crate) fn symbol(&mut self, code: &Huffman) -> Result<usize, Malformed> {
        let (symbol, length) = code.symbol(self.hold).ok_or(Malformed::NotZlib)?;
        self.skip(length);
        Ok(symbol.into())
    }

    /// Like [`symbol`](Self::symbol). The literals with 8 bits of the fixed code can be seen from the bits themselves: the
    /// next symbol does not wait for a look into the table then.
    #[inline]
    pub(crate) fn literal<const FIXED: bool>(&mut self, code: &Huffman) -> Result<usize, Malformed> {
        let literal = SHORT_LITERALS[usize::from(self.hold as u8)];
        if FIXED && literal < 144 {
            self.skip(8);
            return Ok(literal.into());
        }
        self.symbol(code)
    }

    /// How many bits were taken.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.next * 8 - self.count as usize
    }

    /// Goes on at the next whole byte, and returns its place and the bits that were skipped.
    pub(crate) fn align(&mut self) -> (usize, usize) {
        let skipped = self.take(self.count % 8);
        *self = Self::new(self.data, self.at() / 8);
        (self.next, skipped)
    }

    /// The next so many whole bytes, for whoever is at a whole byte.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.data.get(self.next..)?.get(..count)?;
        self.next += count;
        Some(bytes)
    }
}
