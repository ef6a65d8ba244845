//! The Huffman codes of DEFLATE (RFC 1951, section 3.2.2): lengths in, a table to decode with out.

/// Codes up to this length are found in one step.
const QUICK_BITS: usize = 9;
/// The longest code that the format allows.
const LONGEST: usize = 15;

/// A symbol and the length of its code in one number.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry(u16);

impl Entry {
    /// `length` is at most 15, and 0 for no code.
    pub(crate) const fn new(symbol: usize, length: u8) -> Self {
        Self((symbol as u16) << 4 | length as u16)
    }

    pub(crate) fn symbol(self) -> u16 {
        self.0 >> 4
    }

    pub(crate) fn length(self) -> usize {
        usize::from(self.0 & 15)
    }
}

/// The decoder of one code.
pub(crate) struct Huffman {
    /// With which symbol the next bits of the stream begin; without a length for longer codes.
    quick: [Entry; 1 << QUICK_BITS],
    /// Which bits of the stream choose among them: as many as the longest code has.
    mask: usize,
    /// How many codes have each length.
    counts: [u16; LONGEST + 1],
    /// The symbols in the order of their codes.
    symbols: [u16; 288],
}

impl Huffman {
    /// No code yet.
    pub(crate) const fn empty() -> Self {
        Self { quick: [Entry(0); 1 << QUICK_BITS], mask: 0, counts: [0; LONGEST + 1], symbols: [0; 288] }
    }

    /// Becomes the code of these symbols, at most 288 and in rising order.
    ///
    /// `None` when that is no code, or leaves bits without a meaning; only a code of at most one symbol may, because
    /// zlib writes such a one for distances.
    pub(crate) fn set(&mut self, entries: &[Entry]) -> Option<()> {
        self.counts = [0; LONGEST + 1];
        for entry in entries {
            self.counts[entry.length()] += 1;
        }
        // How much of all the codes there can be is taken, in codes of the longest kind; and where each length starts.
        let (mut taken, mut longest, mut starts) = (0, 0, [0_u16; LONGEST + 2]);
        for length in 1..=LONGEST {
            let count = self.counts[length];
            taken += u32::from(count) << (LONGEST - length);
            longest = if count > 0 { length } else { longest };
            starts[length + 1] = starts[length] + count;
        }
        let complete = taken == 1 << LONGEST;
        if !complete && (entries.len() > 1 || longest > 1) {
            return None;
        }
        for entry in entries {
            let place = &mut starts[entry.length()];
            self.symbols[usize::from(*place)] = entry.symbol();
            *place += 1;
        }
        self.make_quick(longest.min(QUICK_BITS), complete && longest <= QUICK_BITS);
        Some(())
    }

    /// Makes the table for so many bits. It grows with the length of the codes: with each bit more, what was entered so far
    /// holds for both of its values. The stream has the first bit of a code lowest, so they count from the highest bit on.
    fn make_quick(&mut self, bits: usize, all_overwritten: bool) {
        if !all_overwritten {
            self.quick = [Entry(0); 1 << QUICK_BITS];
        }
        self.mask = (1 << bits) - 1;
        let (mut code, mut index) = (0, 0);
        for length in 1..=bits {
            let half = 1 << (length - 1);
            self.quick.copy_within(..half, half);
            for symbol in &self.symbols[index..index + usize::from(self.counts[length])] {
                self.quick[code] = Entry::new((*symbol).into(), length as u8);
                // No bit is left to count on with after the last code of all.
                let bit = 1 << (code ^ (2 * half - 1)).checked_ilog2().unwrap_or(0);
                code = code & (bit - 1) | bit;
            }
            index += usize::from(self.counts[length]);
        }
    }

    /// The symbol with which these bits begin, and how many of them it takes.
    #[inline]
    pub(crate) fn symbol(&self, bits: u64) -> Option<(u16, u32)> {
        match self.quick[bits as usize & self.mask & ((1 << QUICK_BITS) - 1)] {
            Entry(0) => self.long_symbol(bits),
            entry => Some((entry.symbol(), entry.length() as u32)),
        }
    }

    /// Bit by bit: the codes of each length are numbers in a row.
    fn long_symbol(&self, bits: u64) -> Option<(u16, u32)> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_usize);
        for length in 1..=LONGEST {
            code |= (bits >> (length - 1)) as u32 & 1;
            let count = u32::from(self.counts[length]);
            if code < first + count {
                return Some((self.symbols[index + (code - first) as usize], length as u32));
            }
            index += count as usize;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(lengths: &[u8]) -> Option<Huffman> {
        let entries = |lengths: &[u8]| -> Vec<Entry> {
            let all = lengths.iter().enumerate().filter(|(_, length)| **length > 0);
            all.map(|(symbol, length)| Entry::new(symbol, *length)).collect()
        };
        // Whatever it was before does not show.
        let mut code = Huffman::empty();
        code.set(&entries(&[3; 8]))?;
        code.set(&entries(lengths)).map(|()| code)
    }

    #[test]
    fn a_set_of_lengths_that_is_no_code_is_refused() {
        assert!(code(&[1, 1, 1]).is_none(), "more codes than bits");
        assert!(code(&[2, 2, 2]).is_none(), "bits that mean nothing");
        assert!(code(&[2]).is_none());
        for fine in [&[1, 1][..], &[1], &[0, 0], &[]] {
            assert!(code(fine).is_some(), "{fine:?}");
        }
    }

    #[test]
    fn short_and_long_codes_are_found() {
        // One code of each length, and two of the longest: 0, 10, 110, ...
        let mut lengths: Vec<u8> = (1..=15).collect();
        lengths.push(15);
        let code = code(&lengths).unwrap();
        for symbol in 0..15 {
            assert_eq!(code.symbol((1 << symbol) - 1), Some((symbol, u32::from(symbol) + 1)));
        }
        assert_eq!(code.symbol(0x7fff), Some((15, 15)));
        let single = self::code(&[1]).unwrap();
        assert_eq!(single.symbol(1), None);
    }
}
