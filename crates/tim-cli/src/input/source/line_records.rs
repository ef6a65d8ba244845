//! The records of a file.

use std::io::Read;

use tim_follow::UserId;

use crate::input::error::InputError;
use crate::input::fields::Fields;
use crate::input::line::{LineError, LineTarget};
use crate::input::lines::{Line, Lines, MAX_LINE, ReadError};
use crate::input::position::InputPosition;
use crate::input::record::Parser;

/// If all of so many first lines are bad, the file is probably not the right one, and nothing is
/// sent.
const MAX_BAD_START: u64 = 1000;

/// Reads the records of a file: a line each, or several lines if a text has line breaks.
pub(super) struct LineRecords {
    lines: Lines,
    parser: Parser,
    name: String,
    flag: &'static str,
    /// The lines of a record with line breaks.
    record: Vec<u8>,
    /// The number of the first line of the last record.
    number: u64,
    bad: u64,
    /// Whether there was a target.
    any_target: bool,
    first_bad: Option<String>,
    ended: bool,
}

/// What a line contains; nothing if it is empty or a header.
type Parsed = Result<Option<LineTarget>, LineError>;
/// A target, or why a line is bad.
pub(super) type ReadLine<T> = Result<(LineTarget, T), String>;

impl LineRecords {
    pub(super) fn new(lines: Lines, parser: Parser, name: String, flag: &'static str) -> Self {
        Self {
            lines,
            parser,
            name,
            flag,
            record: Vec::new(),
            number: 0,
            bad: 0,
            any_target: false,
            first_bad: None,
            ended: false,
        }
    }

    /// The number of bad lines so far.
    pub(super) fn bad(&self) -> u64 {
        self.bad
    }

    pub(super) fn is_gzip(&self) -> bool {
        self.lines.is_gzip()
    }

    /// The next target, which `make` creates from a user and the columns.
    pub(super) fn next<T>(
        &mut self,
        make: impl Fn(UserId, &Fields) -> Result<T, String>,
    ) -> Result<Option<ReadLine<T>>, InputError> {
        if self.ended {
            return Ok(None);
        }
        let record = self.read(make);
        self.ended = !matches!(record, Ok(Some(_)));
        record
    }

    fn read<T>(
        &mut self,
        make: impl Fn(UserId, &Fields) -> Result<T, String>,
    ) -> Result<Option<ReadLine<T>>, InputError> {
        loop {
            let parsed = match self.parse_next() {
                Ok(None) => return Ok(None),
                Ok(Some(parsed)) => parsed,
                Err(error) => return Err(self.error(error)),
            };
            let made = parsed.and_then(|line| {
                let Some(line) = line else { return Ok(None) };
                Ok(Some((make(line.user.clone(), &line.fields)?, line)))
            });
            match made {
                Ok(None) => {}
                Ok(Some((target, line))) => {
                    self.any_target = true;
                    return Ok(Some(Ok((line, target))));
                }
                Err(LineError::Bad(why)) => return self.bad_line(&why).map(|bad| Some(Err(bad))),
                Err(LineError::File(problem)) => return Err(self.error(ReadError::Format(problem))),
            }
        }
    }

    /// Reads a line, or several lines if a quoted field continues. `None` at the end of the input.
    fn parse_next(&mut self) -> Result<Option<Parsed>, ReadError> {
        let too_long = || Err(LineError::Bad(format!("it has more than {MAX_LINE} bytes")));
        self.number = self.lines.number() + 1;
        match self.lines.next()? {
            None => return Ok(None),
            Some(Line::TooLong) => return Ok(Some(too_long())),
            Some(Line::Text(line)) if !self.parser.continues(line, false) => return Ok(Some(self.parser.parse(line))),
            Some(Line::Text(line)) => {
                self.record.clear();
                self.record.extend_from_slice(line);
            }
        }
        let mut continues = true;
        while continues && self.record.len() as u64 <= MAX_LINE {
            match self.lines.next()? {
                None => break,
                Some(Line::TooLong) => return Ok(Some(too_long())),
                Some(Line::Text(line)) => {
                    continues = self.parser.continues(line, true);
                    self.record.extend_from_slice(line);
                }
            }
        }
        Ok(Some(self.parser.parse(&self.record)))
    }

    fn bad_line(&mut self, why: &str) -> Result<String, InputError> {
        self.bad += 1;
        let lines = match self.lines.number() {
            last if last > self.number => format!("lines {} to {last}", self.number),
            last => format!("line {last}"),
        };
        let bad = format!("{lines}: {why}");
        if self.any_target {
            return Ok(bad);
        }
        let first = self.first_bad.get_or_insert_with(|| bad.clone());
        if self.bad >= MAX_BAD_START {
            return Err(InputError::WrongFile { name: self.name.clone(), lines: self.bad, first: first.clone() });
        }
        Ok(bad)
    }

    fn error(&self, error: ReadError) -> InputError {
        let (name, flag) = (self.name.clone(), self.flag);
        match error {
            ReadError::Io(error) => InputError::Read { name, error },
            ReadError::Format(problem) => InputError::Format { name, flag, problem },
        }
    }

    /// The position behind the last record.
    pub(super) fn position(&self) -> InputPosition {
        InputPosition { offset: self.lines.offset(), line: self.lines.number(), bad: self.bad }
    }

    /// Reads lines until the format and the header are known, but not beyond `offset`.
    pub(super) fn settle(&mut self, offset: u64) -> Result<(), InputError> {
        let ignore = |_: UserId, _: &Fields| Ok(());
        while !self.parser.is_settled() && self.lines.offset() < offset && self.next(ignore)?.is_some() {}
        Ok(())
    }

    /// Continues at a position of the same input, which is not compressed. `reader` is at that
    /// position.
    pub(super) fn continue_at(&mut self, position: InputPosition, reader: impl Read + Send + 'static) {
        self.lines = Lines::at(reader, position.line, position.offset);
        self.bad = position.bad;
        self.any_target = true;
        self.ended = false;
    }
}
