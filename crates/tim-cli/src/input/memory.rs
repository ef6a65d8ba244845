//! Reads inputs from memory, for tests.

use std::fmt::Debug;
use std::io::{Cursor, Read};

use tim_follow::friend::ImportedFriend;
use tim_follow::{UserId, follow, profile};

use super::error::InputError;
use super::export::Export;
use super::fields::Fields;
use super::from_line::FromLine;
use super::lines::Lines;
use super::position::InputState;
use super::reading::{Header, Kind, Reading};
use super::retry::Retry;
use super::source::{Record, Records};

const NAME: &str = "memory";

/// What an input contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// `--targets` of a user.
    Targets,
    /// `--pairs`.
    Pairs,
    /// `--pairs` with the columns of `tim friend import`.
    Friends,
    /// `--targets` with the columns of `tim profile set`.
    Profiles,
    /// `--retry-failed` of `tim follow add`.
    RetryTargets,
    /// `--retry-failed` of `tim follow list`.
    RetryLists,
}

/// A record of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputRecord {
    /// A target, and the state of the input behind it.
    Target { target: String, state: InputState },
    /// Why a line has no target.
    Bad(String),
}

/// The records of an input up to its end, or up to an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadInput {
    pub records: Vec<InputRecord>,
    pub error: Option<String>,
}

/// Reads an input to its end.
pub fn read_input(kind: InputKind, reader: impl Read + Send + 'static) -> ReadInput {
    read(kind, Lines::new(reader), None)
}

/// Reads an input behind the record with this state. An input that is compressed has no records:
/// it cannot be continued.
pub fn continue_input(kind: InputKind, bytes: &[u8], state: InputState) -> ReadInput {
    read(kind, Lines::new(Cursor::new(bytes.to_vec())), Some((bytes, state)))
}

/// Reads all rows of an export, as `tim diff` does. Returns their number.
///
/// # Errors
/// Returns why the export or a row cannot be read.
pub fn read_export(reader: impl Read + Send + 'static) -> Result<u64, String> {
    let text = |error: InputError| error.to_string();
    let mut export = Export::read(NAME.to_owned(), reader).map_err(text)?;
    let mut rows = 0;
    while export.advance().map_err(text)? {
        rows += 1;
    }
    Ok(rows)
}

fn read(kind: InputKind, lines: Lines, from: Option<(&[u8], InputState)>) -> ReadInput {
    let pairs = Kind::Pairs;
    match kind {
        InputKind::Targets => collect::<UserId>(lines, Kind::Targets(Some("alice".into())), None, from),
        InputKind::Pairs => collect::<UserId>(lines, pairs, None, from),
        InputKind::Friends => collect::<ImportedFriend>(lines, pairs, None, from),
        InputKind::Profiles => collect::<profile::Set>(lines, Kind::Users { accepts_pairs: false }, None, from),
        InputKind::RetryTargets => collect::<UserId>(lines, pairs, Some(Retry::targets_of::<follow::Add>()), from),
        InputKind::RetryLists => collect::<UserId>(lines, pairs, Some(Retry::lists_of::<follow::List>()), from),
    }
}

fn collect<T: FromLine + Debug>(
    lines: Lines,
    kind: Kind,
    retry: Option<Retry>,
    from: Option<(&[u8], InputState)>,
) -> ReadInput {
    let reading = Reading { kind, format: None, header: Header::Auto, retry, defaults: Fields::default() };
    let mut records = Records::<T>::new(lines, reading, NAME.to_owned(), "--pairs");
    let mut read = ReadInput::default();
    if let Some((bytes, state)) = from {
        let offset = usize::try_from(state.position.offset).unwrap_or(usize::MAX);
        let rest = bytes.get(offset..).unwrap_or_default().to_vec();
        match records.continue_at(state, |_| Ok(Cursor::new(rest))) {
            Ok(true) => {}
            Ok(false) => return read,
            Err(error) => return ReadInput { error: Some(error.to_string()), ..read },
        }
    }
    for record in records {
        match record {
            Ok(Record::Target(pair, state)) => {
                read.records.push(InputRecord::Target { target: format!("{pair:?}"), state });
            }
            Ok(Record::Bad(why)) => read.records.push(InputRecord::Bad(why)),
            Err(error) => read.error = Some(error.to_string()),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_in_memory_can_be_continued_behind_each_target() {
        let text = b"from,to\na,b\nc\nd,e\n";
        let all = read_input(InputKind::Pairs, Cursor::new(text));
        let InputRecord::Target { state, .. } = all.records[0] else { panic!("{all:?}") };
        let rest = continue_input(InputKind::Pairs, text, state);
        assert_eq!((rest.records.as_slice(), rest.error), (&all.records[1..], None));
        assert_eq!(all.records.len(), 3);
        assert!(read_input(InputKind::RetryLists, Cursor::new(text)).error.unwrap().contains("not an output of tim"));
    }

    #[test]
    fn the_rows_of_an_export_in_memory_are_counted() {
        assert_eq!(read_export(Cursor::new(b"from,to\na,b\nc,d\n")), Ok(2));
        assert!(read_export(Cursor::new(b"from,to\na\n")).unwrap_err().contains("memory, line 2"));
    }
}
