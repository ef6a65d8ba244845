//! The rows of an export in memory, by key.
//!
//! A million rows fit: all keys and contents are in one buffer, and a row is its position there.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// Ends a cell. It does not occur in UTF-8.
const END: u8 = 0xff;
/// Starts the content of a row that was not done.
const NOT_DONE: u8 = 0xfe;

/// Replaces `bytes` with these cells.
pub(super) fn join(bytes: &mut Vec<u8>, cells: impl Iterator<Item: AsRef<str>>) {
    bytes.clear();
    for cell in cells {
        bytes.extend_from_slice(cell.as_ref().as_bytes());
        bytes.push(END);
    }
}

/// The cells that [`join`] wrote; `None` for an empty one.
pub(super) fn cells(bytes: &[u8]) -> impl Iterator<Item = Option<String>> {
    let text = |cell: &[u8]| Some(String::from_utf8_lossy(cell).into_owned()).filter(|text| !text.is_empty());
    bytes.split_inclusive(|byte| *byte == END).map(move |cell| text(cell.strip_suffix(&[END]).unwrap_or(cell)))
}

/// What a row contains beside its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// The compared cells.
    Data(&'a [u8]),
    /// The outcome, without data.
    NotDone(&'a [u8]),
}

impl<'a> Content<'a> {
    pub(super) fn data(bytes: &mut Vec<u8>, cells: impl Iterator<Item: AsRef<str>>) {
        join(bytes, cells);
    }

    pub(super) fn not_done(bytes: &mut Vec<u8>, outcome: &str) {
        bytes.clear();
        bytes.push(NOT_DONE);
        bytes.extend_from_slice(outcome.as_bytes());
    }

    pub(super) fn of(bytes: &'a [u8]) -> Self {
        match bytes.split_first() {
            Some((&NOT_DONE, outcome)) => Self::NotDone(outcome),
            _ => Self::Data(bytes),
        }
    }
}

/// Rows in the order of their file.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    /// The first row of each key, by the hash of the key, or by the next free number.
    first: HashMap<u64, usize>,
    /// The other rows of a key, by its first row.
    others: HashMap<usize, Vec<usize>>,
    hasher: RandomState,
}

struct Row {
    /// The position of the key in the buffer. The content follows the key up to the next row.
    key: usize,
    content: usize,
    /// The first row with this key.
    first: usize,
    /// The number of rows with this key before this one.
    nth: usize,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row; returns the first row with its key.
    pub(super) fn add(&mut self, key: &[u8], content: &[u8]) -> usize {
        let row = self.rows.len();
        let (first, nth) = match self.slot(key) {
            Ok(first) => {
                let others = self.others.entry(first).or_default();
                others.push(row);
                (first, others.len())
            }
            Err(free) => {
                self.first.insert(free, row);
                (row, 0)
            }
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.rows.push(Row { key: start, content: self.bytes.len(), first, nth });
        self.bytes.extend_from_slice(content);
        first
    }

    /// The first row with this key.
    pub(super) fn find(&self, key: &[u8]) -> Option<usize> {
        self.slot(key).ok()
    }

    /// The first row with this key, or the number under which it can be added.
    fn slot(&self, key: &[u8]) -> Result<usize, u64> {
        let mut number = self.hasher.hash_one(key);
        while let Some(row) = self.first.get(&number) {
            if self.key(*row) == key {
                return Ok(*row);
            }
            number = number.wrapping_add(1);
        }
        Err(number)
    }

    /// The row with the key of the row `first` that has `nth` such rows before it.
    pub(super) fn nth(&self, first: usize, nth: usize) -> Option<usize> {
        match nth.checked_sub(1) {
            None => Some(first),
            Some(other) => self.others.get(&first)?.get(other).copied(),
        }
    }

    /// The first row with the key of `row`, and the number of such rows before `row`.
    pub(super) fn place(&self, row: usize) -> (usize, usize) {
        self.rows.get(row).map_or((row, 0), |row| (row.first, row.nth))
    }

    /// The number of rows with the key of the row `first`.
    pub(super) fn count(&self, first: usize) -> usize {
        self.others.get(&first).map_or(1, |others| others.len() + 1)
    }

    /// The number of keys that more than one row has.
    pub(super) fn repeated(&self) -> usize {
        self.others.len()
    }

    pub(super) fn key(&self, row: usize) -> &[u8] {
        self.rows.get(row).and_then(|row| self.bytes.get(row.key..row.content)).unwrap_or_default()
    }

    pub(super) fn content(&self, row: usize) -> Content<'_> {
        let end = self.rows.get(row + 1).map_or(self.bytes.len(), |next| next.key);
        Content::of(self.rows.get(row).and_then(|row| self.bytes.get(row.content..end)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_key_and_number() {
        let mut rows = Rows::default();
        assert_eq!([rows.add(b"a", b"1"), rows.add(b"ab", b""), rows.add(b"a", b"2")], [0, 1, 0]);
        assert_eq!((rows.find(b"a"), rows.find(b"b"), rows.count(0), rows.count(1)), (Some(0), None, 2, 1));
        assert_eq!([rows.nth(0, 0), rows.nth(0, 1), rows.nth(0, 2)], [Some(0), Some(2), None]);
        assert_eq!((rows.place(2), rows.key(1), rows.content(2)), ((0, 1), &b"ab"[..], Content::Data(b"2")));
    }

    #[test]
    fn cells_are_read_as_they_were_joined() {
        let mut bytes = Vec::new();
        join(&mut bytes, ["小明", "", "b\n"].into_iter());
        assert_eq!(cells(&bytes).collect::<Vec<_>>(), [Some("小明".to_owned()), None, Some("b\n".to_owned())]);
        Content::not_done(&mut bytes, "rejected");
        assert_eq!(Content::of(&bytes), Content::NotDone(b"rejected"));
    }
}
