//! Whether a stream is spelled as a compressor spells it.
//!
//! Bytes can be compressed in many ways that unpack alike, so somebody can change a character of a signature and have it
//! read as before. A compressor leaves traces of its habits: unused bits are zero, a run of equal lengths of a code is written
//! in as few steps as can be, and a repetition goes on as far as the bytes do and names the nearest place of those that cost
//! as many bits. zlib, which all official libraries use or imitate, has these habits at the efforts that they ask for. A change
//! of one character breaks a habit at one place. A stream that breaks them here and there comes from a compressor with others.

use std::ops::Range;

use crate::codes::Distances;

/// Which places zlib takes a repetition from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    /// The nearest of all.
    All,
    /// The nearest of those that are not inside of repetitions longer than 4.
    NotInRepetitions,
    /// It depends on the level, and no official library asks for such a one.
    Any,
}

/// How many places are looked at for all the repetitions of a block.
const MOST_PLACES: usize = 1 << 18;

/// Bytes that were written as a repetition of earlier ones.
#[derive(Debug)]
pub(crate) struct Repetition {
    pub(crate) place: Range<usize>,
    pub(crate) distance: usize,
    /// The symbol of the distance.
    pub(crate) symbol: usize,
    /// In which bits all that is written.
    pub(crate) bits: Range<usize>,
}

/// What was seen of a stream.
#[derive(Debug)]
pub(crate) struct Spelling {
    places: Places,
    /// The repetitions of the block.
    repetitions: Vec<Repetition>,
    /// Which bytes are inside of longer repetitions, when that matters.
    inside: Vec<bool>,
    /// When habits are broken: the first and the last of the characters that all those places have in common. There is none
    /// when the first is behind the last.
    broken: Option<(usize, usize)>,
}

impl Spelling {
    pub(crate) fn new() -> Self {
        Self { places: Places::Any, repetitions: Vec::new(), inside: Vec::new(), broken: None }
    }

    /// Before a stream, whose zlib header says with which effort it was made, from 0 to 3.
    pub(crate) fn begin(&mut self, effort: u8) {
        self.places = match effort {
            0 => Places::NotInRepetitions,
            2 => Places::All,
            _ => Places::Any,
        };
        self.repetitions.clear();
        self.broken = None;
    }

    /// A block begins. zlib writes a document as one; the fastest level of Go, which searches in a way of its own, ends with
    /// an empty one.
    pub(crate) fn block(&mut self, compressed: bool, last: bool) {
        if self.places == Places::NotInRepetitions && compressed && !last {
            self.places = Places::Any;
        }
    }

    /// Whether the stream may be one that a compressor wrote and of which one character was changed.
    pub(crate) fn is_suspect(&self) -> bool {
        self.broken.is_some_and(|(first, last)| first <= last)
    }

    /// A habit is broken in these bits, or in others of the same bytes.
    fn broken(&mut self, bits: Range<usize>) {
        let (first, last) = self.broken.unwrap_or((0, usize::MAX));
        let bytes = bits.start / 8..bits.end.div_ceil(8);
        // A character stands for six bits.
        self.broken = Some((first.max(bytes.start * 8 / 6), last.min((bytes.end * 8 - 1) / 6)));
    }

    /// These bits mean nothing.
    pub(crate) fn unused(&mut self, value: usize, bits: Range<usize>) {
        if value != 0 {
            self.broken(bits);
        }
    }

    /// What these bits say could have been written in fewer.
    pub(crate) fn wasteful(&mut self, bits: Range<usize>) {
        if self.places != Places::Any {
            self.broken(bits);
        }
    }

    #[inline]
    pub(crate) fn repetition(&mut self, repetition: Repetition) {
        self.repetitions.push(repetition);
    }

    /// A block ended, and with it the first `end` of these bytes; `bytes` goes on behind them.
    pub(crate) fn block_ends(&mut self, bytes: &[u8], end: usize, distances: &Distances) {
        let repetitions = std::mem::take(&mut self.repetitions);
        if self.places == Places::NotInRepetitions {
            self.mark(&repetitions, end);
        }
        let mut looked_at = 0;
        for Repetition { place, distance, symbol, bits } in &repetitions {
            // Whoever makes a stream for it could keep this busy: a signature comes nowhere near.
            if self.places == Places::Any || looked_at > MOST_PLACES {
                break;
            }
            let mut fine = place.end == end || place.len() == 258 || bytes[place.end] != bytes[place.end - distance];
            let farthest = if self.places == Places::All { *distance } else { place.start + 1 };
            for alike in distances.alike(*symbol) {
                if alike.start >= farthest {
                    break;
                }
                let alike = alike.start..alike.end.min(farthest);
                looked_at += alike.len();
                if self.places == Places::All {
                    fine &= !repeats(bytes, place, alike);
                } else if let Some(nearest) = self.nearest(bytes, place, alike) {
                    fine &= nearest == *distance;
                    break;
                }
            }
            if !fine {
                self.broken(bits.clone());
            }
        }
        self.repetitions = repetitions;
        self.repetitions.clear();
    }

    /// Marks what is inside of repetitions longer than 4. Those behind a place do not matter to it.
    fn mark(&mut self, repetitions: &[Repetition], end: usize) {
        self.inside.clear();
        self.inside.resize(end, false);
        for Repetition { place, .. } in repetitions.iter().filter(|repetition| repetition.place.len() > 4) {
            self.inside[place.start + 1..place.end].fill(true);
        }
    }

    /// The nearest of these distances at which the repeated bytes are, and not inside of repetitions.
    fn nearest(&self, bytes: &[u8], repeated: &Range<usize>, mut distances: Range<usize>) -> Option<usize> {
        distances.find(|distance| {
            let place = repeated.start - distance;
            !self.inside[place] && bytes[place..].starts_with(&bytes[repeated.clone()])
        })
    }
}

/// Whether the repeated bytes are at one of these distances.
#[inline]
fn repeats(bytes: &[u8], repeated: &Range<usize>, distances: Range<usize>) -> bool {
    // The last four bytes, or three, are looked at first, as one number: most places differ at the end.
    let mask = if repeated.len() == 3 { 0x00ff_ffff } else { u32::MAX };
    let number = |four: &[u8]| four.first_chunk().map_or(0, |four| u32::from_le_bytes(*four) & mask);
    let skipped = repeated.len().saturating_sub(4);
    let last = number(&bytes[repeated.start + skipped..]);
    let places = repeated.start + 1 - distances.end..repeated.start + 1 - distances.start;
    let fours = bytes[places.start + skipped..places.end + skipped + 3].windows(4);
    fours.zip(places).any(|(four, place)| number(four) == last && bytes[place..].starts_with(&bytes[repeated.clone()]))
}
