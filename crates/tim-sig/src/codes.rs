//! The codes of DEFLATE (RFC 1951): what symbols stand for, and the codes that the format fixes.

use std::ops::Range;
use std::sync::LazyLock;

use crate::huffman::{Entry, Huffman};

/// The base and the number of extra bits of the symbols from 257 on.
pub(crate) const LENGTHS: [(u16, u8); 29] = bases(3, 2, 285);
/// The same for distances.
pub(crate) const DISTANCES: [(u16, u8); 30] = bases(1, 1, 0);
/// In which order the lengths of the code for lengths are written.
pub(crate) const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The codes that the format fixes.
pub(crate) static FIXED: LazyLock<Codes> = LazyLock::new(|| {
    let lengths = [(0..144, 8), (144..256, 9), (256..280, 7), (280..288, 8)];
    let entries =
        lengths.into_iter().flat_map(|(symbols, length)| symbols.map(move |symbol| Entry::new(symbol, length)));
    let mut codes = Codes::empty();
    codes.literals.set(&entries.collect::<Vec<_>>());
    codes.distances.set(&std::array::from_fn::<_, 32, _>(|symbol| Entry::new(symbol, 5)));
    codes
});

/// The literal that the fixed code writes as these eight bits; 144 or more for bits that are something else.
pub(crate) static SHORT_LITERALS: [u8; 256] = {
    let mut literals = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        literals[bits] = (bits as u8).reverse_bits().wrapping_sub(0x30);
        bits += 1;
    }
    literals
};

/// The codes of a block.
pub(crate) struct Codes {
    pub(crate) literals: Huffman,
    pub(crate) distances: Distances,
}

impl Codes {
    pub(crate) fn empty() -> Self {
        let distances = Distances { code: Huffman::empty(), costs: [0; 32], alike: [0; 32] };
        Self { literals: Huffman::empty(), distances }
    }
}

/// The code of distances.
pub(crate) struct Distances {
    pub(crate) code: Huffman,
    /// In how many bits each symbol is written, with its extra bits.
    costs: [usize; 32],
    /// Which symbols are written in so many bits: a bit for each.
    alike: [u32; 32],
}

impl Distances {
    /// Becomes the code of these symbols; `None` as in [`Huffman::set`].
    pub(crate) fn set(&mut self, entries: &[Entry]) -> Option<()> {
        self.alike = [0; 32];
        for entry in entries {
            let symbol = usize::from(entry.symbol());
            // The last two of the fixed code mean nothing.
            if let Some((_, extra)) = DISTANCES.get(symbol) {
                let cost = entry.length() + usize::from(*extra);
                self.costs[symbol] = cost;
                self.alike[cost] |= 1 << symbol;
            }
        }
        self.code.set(entries)
    }

    /// The distances that take as many bits as those of `symbol`, the nearest first, as ranges.
    #[inline]
    pub(crate) fn alike(&self, symbol: usize) -> impl Iterator<Item = Range<usize>> {
        let mut alike = self.alike[self.costs[symbol]];
        std::iter::from_fn(move || {
            let (base, extra) = *DISTANCES.get(alike.trailing_zeros() as usize)?;
            alike &= alike - 1;
            Some(usize::from(base)..usize::from(base) + (1 << extra))
        })
    }
}

/// Both tables grow alike: after twice `group` symbols without extra bits, each group of symbols takes one bit more. The
/// symbol `last`, if there is such a one, is the length 258.
const fn bases<const N: usize>(start: u16, group_bits: u32, last: usize) -> [(u16, u8); N] {
    let mut table = [(start, 0); N];
    let mut at = 1;
    while at < N {
        let (base, extra) = table[at - 1];
        let group = at >> group_bits;
        table[at] = (base + (1 << extra), if group > 1 { group as u8 - 1 } else { 0 });
        at += 1;
    }
    if last == 257 + N - 1 {
        table[N - 1] = (258, 0);
    }
    table
}
