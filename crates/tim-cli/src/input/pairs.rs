//! Pairs of users in a text in memory, read as `--pairs` reads a file or a pipe.

use std::fmt;
use std::io::Cursor;
use std::sync::Arc;

use tim_follow::{Pair, UserId};

use super::error::InputError;
use super::fields::Fields;
use super::lines::Lines;
use super::position::InputState;
use super::reading::{Header, Kind, Reading};
use super::source::{Record, Records};

/// A text with pairs of users.
#[derive(Debug, Clone)]
pub struct PairsText {
    text: Arc<[u8]>,
    /// Whether it can be read from any position, like a file and unlike a pipe.
    is_file: bool,
}

/// A line of a text with pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairsLine {
    Pair {
        from: UserId,
        to: UserId,
        /// The state of the input behind the pair.
        state: InputState,
    },
    /// Why the line is not a pair.
    Bad(String),
}

/// The lines of a text. Ends after an error.
pub struct PairsLines(Records<UserId>);

impl PairsText {
    pub fn new(text: impl Into<Arc<[u8]>>, is_file: bool) -> Self {
        Self { text: text.into(), is_file }
    }

    /// Starts to read behind the first `targets` pairs, which end at `state`.
    ///
    /// # Errors
    /// The first pairs are others.
    pub fn open_at(&self, state: InputState, targets: u64) -> Result<PairsLines, String> {
        let open_at = |offset| {
            let mut text = Cursor::new(Arc::clone(&self.text));
            text.set_position(offset);
            Ok(self.is_file.then_some(text))
        };
        let lines = Records::resume(|| Ok(self.open()), open_at, state, targets);
        lines.map(PairsLines).map_err(|error| error.to_string())
    }

    fn open(&self) -> Records<UserId> {
        let reading =
            Reading { kind: Kind::Pairs, format: None, header: Header::Auto, retry: None, defaults: Fields::default() };
        Records::new(Lines::new(Cursor::new(Arc::clone(&self.text))), reading, "the text".to_owned(), "--pairs")
    }
}

impl fmt::Debug for PairsLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairsLines").finish_non_exhaustive()
    }
}

impl Iterator for PairsLines {
    type Item = Result<PairsLine, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = |record| match record {
            Record::Target(Pair { from, target: to }, state) => PairsLine::Pair { from, to, state },
            Record::Bad(why) => PairsLine::Bad(why),
        };
        Some(self.0.next()?.map(line).map_err(|error: InputError| error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "from,to\na,b\nbad\nc,d\n\ne,f\n";

    fn users(lines: PairsLines) -> String {
        let user = |line| match line {
            Ok(PairsLine::Pair { to, .. }) => to.to_string(),
            Ok(PairsLine::Bad(_)) => "-".to_owned(),
            Err(error) => error,
        };
        lines.map(user).collect()
    }

    #[test]
    fn a_text_is_resumed_behind_any_pair_as_a_file_and_as_a_pipe() {
        for is_file in [false, true] {
            let text = PairsText::new(TEXT.as_bytes(), is_file);
            let open = |state, targets| text.open_at(state, targets);
            assert_eq!(users(open(InputState::default(), 0).unwrap()), "b-df");
            let pairs: Vec<_> = open(InputState::default(), 0).unwrap().flatten().collect();
            let [PairsLine::Pair { state: first, .. }, _, PairsLine::Pair { state: second, .. }, _] = pairs[..] else {
                panic!("{pairs:?}");
            };
            assert_eq!(users(open(first, 1).unwrap()), "-df");
            assert_eq!(users(open(second, 2).unwrap()), "f");
            let PairsLine::Pair { state: again, .. } = open(second, 2).unwrap().next().unwrap().unwrap() else {
                panic!("not a pair");
            };
            let Some(PairsLine::Pair { state: last, .. }) = pairs.last() else { panic!("not a pair") };
            assert_eq!(again, *last);
        }
        let pipe = PairsText::new(TEXT.as_bytes(), false);
        assert!(pipe.open_at(InputState::default(), 2).is_err(), "the fingerprint is another one");
    }
}
