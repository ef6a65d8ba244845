//! Where targets come from: the command line, a file or standard input, read line by line.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tim_follow::{Printable, UserId};

use super::error::InputError;
use super::fingerprint::Fingerprint;
use super::line::{LineError, Pair};
use super::lines::{Line, Lines, MAX_LINE, ReadError};
use super::reading::{Kind, Reading};
use super::record::Parser;

/// If all of so many first lines are bad, the file is probably not the right one, and nothing is
/// sent.
const MAX_BAD_START: u64 = 1000;

/// Where the targets of a command come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The command line.
    Arguments(Vec<Pair>),
    File(InputFile),
}

/// A file of users.
#[derive(Debug, Clone)]
pub(crate) struct InputFile {
    /// `-` is standard input.
    pub(crate) path: PathBuf,
    /// The flag that names it.
    pub(crate) flag: &'static str,
    pub(crate) reading: Reading,
}

/// How far an input was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPosition {
    /// The number of bytes, after decompression.
    pub offset: u64,
    /// The number of lines; of arguments, the number of targets.
    pub line: u64,
    /// How many of the lines were bad.
    pub bad: u64,
}

/// Something in the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A pair, and the position behind it.
    Pair(UserId, UserId, InputPosition),
    /// A line that has no pair, and why; starts with the number of the line.
    Bad(String),
}

/// The input, record by record. Ends after an error.
pub(crate) enum Records {
    Arguments(Arguments),
    Lines(Box<LineRecords>),
}

pub(crate) struct Arguments {
    pairs: Vec<Pair>,
    next: usize,
}

pub(crate) struct LineRecords {
    lines: Lines,
    parser: Parser,
    name: String,
    flag: &'static str,
    bad: u64,
    /// Whether there was a pair.
    any_pair: bool,
    first_bad: Option<String>,
    ended: bool,
}

impl Source {
    /// Whether it can be read twice: a regular file can, a pipe cannot.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Arguments(_) => true,
            Self::File(file) => !is_stdin(&file.path) && file.path.metadata().is_ok_and(|data| data.is_file()),
        }
    }

    /// Whether all targets are on the command line.
    pub(crate) fn is_arguments(&self) -> bool {
        matches!(self, Self::Arguments(_))
    }

    /// Whether each record has its own `from`.
    pub(crate) fn names_from(&self) -> bool {
        matches!(self, Self::File(file) if file.reading.kind == Kind::Pairs)
    }

    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) if !is_stdin(&file.path) => Some(&file.path),
            _ => None,
        }
    }

    /// Its name in messages, escaped.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Arguments(_) => "the command line".to_owned(),
            Self::File(file) if is_stdin(&file.path) => "standard input".to_owned(),
            Self::File(file) => Printable(&file.path.to_string_lossy()).to_string(),
        }
    }

    /// Starts to read it. Does not read from it yet, except from the file system.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is a directory.
    pub(crate) fn open(&self) -> Result<Records, InputError> {
        match self {
            Self::Arguments(pairs) => Ok(Records::Arguments(Arguments { pairs: pairs.clone(), next: 0 })),
            Self::File(file) => {
                let lines = match self.path() {
                    Some(_) => Lines::new(self.open_file(file)?),
                    None => Lines::new(io::stdin()),
                };
                let parser = Parser::new(file.reading.clone());
                Ok(Records::Lines(Box::new(LineRecords::new(lines, parser, self.name(), file.flag))))
            }
        }
    }

    /// Starts to read behind the first `targets` targets, which end at `position`.
    ///
    /// A regular file without compression is read from that position. Other inputs are read from
    /// the start, and their first targets are compared with `fingerprint`. For a regular file,
    /// [`Preflight`](super::preflight::Preflight) has done that.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read, or if its first targets differ.
    pub(crate) fn open_at(
        &self,
        position: InputPosition,
        targets: u64,
        fingerprint: Fingerprint,
    ) -> Result<Records, InputError> {
        let mut records = self.open()?;
        if let (Records::Lines(lines), Self::File(file)) = (&mut records, self)
            && position.offset > 0
            && self.is_repeatable()
        {
            lines.settle(position.offset)?;
            if !lines.lines.is_gzip() {
                let mut opened = self.open_file(file)?;
                let seek = opened.seek(SeekFrom::Start(position.offset));
                seek.map_err(|error| InputError::Read { name: self.name(), error })?;
                lines.continue_at(position, opened);
                return Ok(records);
            }
            records = self.open()?;
        }
        records.pass_over(targets, fingerprint).map(|()| records)
    }

    fn open_file(&self, file: &InputFile) -> Result<File, InputError> {
        let failed = |error| InputError::Read { name: self.name(), error };
        let opened = File::open(&file.path).map_err(failed)?;
        if opened.metadata().map_err(failed)?.is_dir() {
            return Err(InputError::Directory { name: self.name() });
        }
        Ok(opened)
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

impl Records {
    /// Passes over the first targets, and checks that they are the same as before.
    fn pass_over(&mut self, targets: u64, fingerprint: Fingerprint) -> Result<(), InputError> {
        let (mut found, mut left) = (Fingerprint::default(), targets);
        while left > 0 {
            match self.next().transpose()? {
                Some(Record::Pair(from, to, _)) => {
                    found.add(&from, &to);
                    left -= 1;
                }
                Some(Record::Bad(_)) => {}
                None => break,
            }
        }
        if left > 0 || found != fingerprint {
            let name = match self {
                Self::Arguments(_) => "the command line".to_owned(),
                Self::Lines(lines) => lines.name.clone(),
            };
            return Err(InputError::Other { name, targets });
        }
        Ok(())
    }

    /// The number of bad lines so far.
    pub(crate) fn bad(&self) -> u64 {
        match self {
            Self::Arguments(_) => 0,
            Self::Lines(lines) => lines.bad,
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Arguments(arguments) => arguments.next().map(Ok),
            Self::Lines(lines) => lines.next().transpose(),
        }
    }
}

impl Arguments {
    fn next(&mut self) -> Option<Record> {
        let (from, to) = self.pairs.get(self.next)?.clone();
        self.next += 1;
        Some(Record::Pair(from, to, InputPosition { line: self.next as u64, ..InputPosition::default() }))
    }
}

impl LineRecords {
    fn new(lines: Lines, parser: Parser, name: String, flag: &'static str) -> Self {
        Self { lines, parser, name, flag, bad: 0, any_pair: false, first_bad: None, ended: false }
    }

    fn next(&mut self) -> Result<Option<Record>, InputError> {
        if self.ended {
            return Ok(None);
        }
        let record = self.read();
        self.ended = !matches!(record, Ok(Some(_)));
        record
    }

    fn read(&mut self) -> Result<Option<Record>, InputError> {
        loop {
            let parsed = match self.lines.next() {
                Err(error) => return Err(self.error(error)),
                Ok(None) => return Ok(None),
                Ok(Some(Line::TooLong)) => Err(LineError::Bad(format!("it has more than {MAX_LINE} bytes"))),
                Ok(Some(Line::Text(line))) => self.parser.parse(line),
            };
            match parsed {
                Ok(None) => {}
                Ok(Some((from, to))) => {
                    self.any_pair = true;
                    return Ok(Some(Record::Pair(from, to, self.position())));
                }
                Err(LineError::Bad(why)) => return self.bad_line(&why).map(Some),
                Err(LineError::File(problem)) => return Err(self.error(ReadError::Format(problem))),
            }
        }
    }

    fn bad_line(&mut self, why: &str) -> Result<Record, InputError> {
        self.bad += 1;
        let bad = format!("line {}: {why}", self.lines.number());
        if self.any_pair {
            return Ok(Record::Bad(bad));
        }
        let first = self.first_bad.get_or_insert_with(|| bad.clone());
        if self.bad >= MAX_BAD_START {
            return Err(InputError::WrongFile { name: self.name.clone(), lines: self.bad, first: first.clone() });
        }
        Ok(Record::Bad(bad))
    }

    fn error(&self, error: ReadError) -> InputError {
        let (name, flag) = (self.name.clone(), self.flag);
        match error {
            ReadError::Io(error) => InputError::Read { name, error },
            ReadError::Format(problem) => InputError::Format { name, flag, problem },
        }
    }

    fn position(&self) -> InputPosition {
        InputPosition { offset: self.lines.offset(), line: self.lines.number(), bad: self.bad }
    }

    /// Reads lines until the format and the header are known, but not beyond `offset`.
    fn settle(&mut self, offset: u64) -> Result<(), InputError> {
        while !self.parser.is_settled() && self.lines.offset() < offset && self.next()?.is_some() {}
        Ok(())
    }

    /// Continues at a position of the same file, which is not compressed.
    fn continue_at(&mut self, position: InputPosition, file: File) {
        self.lines = Lines::at(file, position.line, position.offset);
        self.bad = position.bad;
        self.any_pair = true;
        self.ended = false;
    }
}

#[cfg(test)]
mod tests;
