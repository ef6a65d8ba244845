//! Reading DEFLATE (RFC 1951), bounded. Only this crate's needs are met here; files are left to others.

use std::ops::Range;

use crate::Malformed;
use crate::bits::Bits;
use crate::codes::{Codes, DISTANCES, FIXED, LENGTHS, ORDER};
use crate::document::MAX_DOCUMENT;
use crate::huffman::{Entry, Huffman};
use crate::secret::wipe;
use crate::spelling::{Repetition, Spelling};

/// How a stream was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: stored blocks.
    Stored,
    /// With the code that the format fixes, as short texts are.
    Fixed,
    /// With a code of its own, as longer texts are.
    Dynamic,
}

/// The longest repetition.
const LONGEST: usize = 258;
/// A longer repetition than this is copied in steps of so many bytes, the last of which may be a few bytes too long.
const STEP: usize = 16;
/// What may be written beyond a document before its end is looked at: two bytes and a repetition.
const BEYOND: usize = 2 + LONGEST + STEP;

/// The bytes that a stream unpacks to.
pub(crate) struct Unpacked {
    bytes: Box<[u8; MAX_DOCUMENT + BEYOND]>,
    length: usize,
}

impl Unpacked {
    pub(crate) fn new() -> Self {
        Self { bytes: Box::new([0; MAX_DOCUMENT + BEYOND]), length: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Empties it, and leaves none of its bytes behind.
    pub(crate) fn wipe(&mut self) {
        let end = self.bytes.len().min(self.length + BEYOND);
        wipe(&mut self.bytes[..end]);
        self.length = 0;
    }
}

/// What a stream held.
pub(crate) struct Inflated {
    /// Where the stream ends.
    pub(crate) end: usize,
    /// How the last block was compressed that held anything.
    pub(crate) compression: Compression,
}

/// Unpacks what `data` holds from `start` on into the empty `out`; `spelling` is shown each choice that a compressor had.
/// `data` ends with [`READ_AHEAD`](crate::bits::READ_AHEAD) zeros.
pub(crate) fn inflate(
    data: &[u8],
    start: usize,
    out: &mut Unpacked,
    codes: &mut Codes,
    spelling: &mut Spelling,
) -> Result<Inflated, Malformed> {
    let mut inflate = Inflate { bits: Bits::new(data, start), out, spelling };
    let mut compression = Compression::Stored;
    loop {
        let before = inflate.out.length;
        inflate.bits.fill()?;
        let last = inflate.bits.take(1) == 1;
        let kind = inflate.bits.take(2);
        inflate.spelling.block(kind != 0, last);
        let found = match kind {
            0 => inflate.stored().map(|()| Compression::Stored)?,
            1 => inflate.compressed::<true>(&FIXED).map(|()| Compression::Fixed)?,
            2 => {
                inflate.read_codes(codes)?;
                inflate.compressed::<false>(codes).map(|()| Compression::Dynamic)?
            }
            _ => return Err(Malformed::NotZlib),
        };
        if inflate.out.length > before {
            compression = found;
        }
        if last {
            return Ok(Inflated { end: inflate.align(), compression });
        }
    }
}

/// A run of equal lengths, as far as it was read.
#[derive(Default)]
struct Run {
    /// The bit with which it begins.
    start: usize,
    /// How many steps there were.
    steps: usize,
    /// How many single lengths came last.
    singles: usize,
    /// Whether the last step could have been longer.
    open: bool,
}

impl Run {
    /// Goes on with a step of so many; whether the run is written in as few steps as can be. The first of a length other
    /// than 0 stands for itself; then as many as can be are written in one step, and less than three as they are.
    fn takes(&mut self, length: u8, count: usize) -> bool {
        let first = length > 0 && self.steps == 0 && count == 1;
        let fine = if count > 1 { self.singles == 0 && !self.open } else { !self.open && self.singles < 2 };
        self.steps += 1;
        if count > 1 {
            self.open = count < if length > 0 { 6 } else { 138 };
        } else if !first {
            self.singles += 1;
        }
        fine
    }
}

struct Inflate<'a> {
    bits: Bits<'a>,
    out: &'a mut Unpacked,
    spelling: &'a mut Spelling,
}

impl Inflate<'_> {
    /// Goes on at the next whole byte and returns its place; what is skipped should be zero.
    fn align(&mut self) -> usize {
        let start = self.bits.at();
        let (place, skipped) = self.bits.align();
        self.spelling.unused(skipped, start..place * 8);
        place
    }

    fn stored(&mut self) -> Result<(), Malformed> {
        self.align();
        let header = self.bits.bytes(4).and_then(<[u8]>::first_chunk);
        let [a, b, c, d] = *header.ok_or(Malformed::NotZlib)?;
        let length = u16::from_le_bytes([a, b]);
        if length != !u16::from_le_bytes([c, d]) {
            return Err(Malformed::NotZlib);
        }
        let bytes = self.bits.bytes(length.into()).ok_or(Malformed::NotZlib)?;
        let end = self.out.length + bytes.len();
        if end > MAX_DOCUMENT {
            return Err(Malformed::TooLong);
        }
        self.out.bytes[self.out.length..end].copy_from_slice(bytes);
        self.out.length = end;
        Ok(())
    }

    /// Reads the codes of a block that has its own.
    fn read_codes(&mut self, codes: &mut Codes) -> Result<(), Malformed> {
        let literals = self.bits.take(5) + 257;
        let distances = self.bits.take(5) + 1;
        let written = self.bits.take(4) + 4;
        if literals > 286 || distances > 30 {
            return Err(Malformed::NotZlib);
        }
        let mut lengths = [0_u8; 19];
        for symbol in &ORDER[..written] {
            self.bits.fill()?;
            lengths[*symbol] = self.bits.take(3) as u8;
        }
        let mut entries = [Entry::default(); 286 + 30];
        let mut used = 0;
        for (symbol, length) in lengths.into_iter().enumerate().filter(|(_, length)| *length > 0) {
            entries[used] = Entry::new(symbol, length);
            used += 1;
        }
        // Its place is free until the codes are read.
        codes.literals.set(&entries[..used]).ok_or(Malformed::NotZlib)?;
        let (of_literals, of_distances) = self.entries(&codes.literals, literals, distances, &mut entries)?;
        let set = codes.literals.set(of_literals).and_then(|()| codes.distances.set(of_distances));
        set.ok_or(Malformed::NotZlib)
    }

    /// Reads the lengths of both codes, written with `code`, into `entries`; those of each.
    fn entries<'e>(
        &mut self,
        code: &Huffman,
        literals: usize,
        distances: usize,
        entries: &'e mut [Entry; 286 + 30],
    ) -> Result<(&'e [Entry], &'e [Entry]), Malformed> {
        let mut bits = self.bits;
        let (mut at, mut used, mut used_by_literals) = (0, 0, 0);
        let (mut before, mut run) = (None, Run::default());
        while at < literals + distances {
            bits.fill()?;
            let start = bits.at();
            let symbol = bits.symbol(code)?;
            let (length, count) = match symbol {
                length @ 0..16 => (length as u8, 1),
                16 => (before.ok_or(Malformed::NotZlib)?, 3 + bits.take(2)),
                17 => (0, 3 + bits.take(3)),
                _ => (0, 11 + bits.take(7)),
            };
            if before != Some(length) || at == literals {
                run = Run { start, ..Run::default() };
            }
            if !run.takes(length, count) {
                self.spelling.wasteful(run.start..bits.at());
            }
            let end = at + count;
            if end > literals + distances {
                return Err(Malformed::NotZlib);
            }
            if length > 0 {
                for at in at..end {
                    let symbol = if at < literals { at } else { at - literals };
                    entries[used] = Entry::new(symbol, length);
                    used += 1;
                    used_by_literals += usize::from(at < literals);
                }
            }
            (at, before) = (end, Some(length));
        }
        self.bits = bits;
        Ok(entries[..used].split_at(used_by_literals))
    }

    /// Reads a block to its end.
    fn compressed<const FIXED: bool>(&mut self, codes: &Codes) -> Result<(), Malformed> {
        // The compiler keeps copies in registers. They count in any case: what was written has to be wiped.
        let (mut bits, mut length) = (self.bits, self.out.length);
        let block = Block { codes, spelling: self.spelling };
        let end = block.read::<FIXED>(&mut bits, &mut self.out.bytes, &mut length);
        (self.bits, self.out.length) = (bits, length);
        end
    }
}

/// What is needed to read a block.
struct Block<'a> {
    codes: &'a Codes,
    spelling: &'a mut Spelling,
}

impl Block<'_> {
    #[inline(always)]
    fn read<const FIXED: bool>(
        self,
        bits: &mut Bits<'_>,
        out: &mut [u8; MAX_DOCUMENT + BEYOND],
        length: &mut usize,
    ) -> Result<(), Malformed> {
        let Codes { literals, distances } = self.codes;
        'rounds: while *length <= MAX_DOCUMENT {
            // Three literals take at most 45 bits.
            bits.fill()?;
            let (mut start, mut symbol);
            let mut more = 3;
            loop {
                start = bits.at();
                symbol = bits.literal::<FIXED>(literals)?;
                if symbol >= 256 {
                    break;
                }
                out[*length] = symbol as u8;
                *length += 1;
                more -= 1;
                if more == 0 {
                    continue 'rounds;
                }
            }
            if symbol == 256 {
                self.spelling.block_ends(out, *length, distances);
                return Ok(());
            }
            // What belongs to a repetition takes at most 33 bits.
            bits.fill()?;
            let (base, extra) = *LENGTHS.get(symbol - 257).ok_or(Malformed::NotZlib)?;
            let count = usize::from(base) + bits.take(extra.into());
            if count == LONGEST && extra > 0 {
                self.spelling.wasteful(start..bits.at());
            }
            let symbol = bits.symbol(&distances.code)?;
            let (base, extra) = *DISTANCES.get(symbol).ok_or(Malformed::NotZlib)?;
            let distance = usize::from(base) + bits.take(extra.into());
            let place = *length..*length + count;
            *length = place.end;
            repeat(out, place.clone(), distance).ok_or(Malformed::NotZlib)?;
            self.spelling.repetition(Repetition { place, distance, symbol, bits: start..bits.at() });
        }
        Err(Malformed::TooLong)
    }
}

/// Copies what is `distance` before; it may write up to [`STEP`] bytes more.
#[inline]
fn repeat(out: &mut [u8; MAX_DOCUMENT + BEYOND], to: Range<usize>, distance: usize) -> Option<()> {
    let step = if distance < STEP { 1 } else { STEP };
    to.start.checked_sub(distance)?;
    for at in to.step_by(step) {
        if step == 1 {
            out[at] = out[at - distance];
        } else {
            out.copy_within(at - distance..at - distance + STEP, at);
        }
    }
    Some(())
}
