//! Where targets come from: the command line, a file or standard input, read line by line.

mod line_records;

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use tim_follow::{Pair, Printable};

use self::line_records::LineRecords;
use super::error::InputError;
use super::fingerprint::Fingerprint;
use super::from_line::FromLine;
use super::line::LineTarget;
use super::lines::Lines;
use super::position::{InputPosition, InputState};
use super::reading::{Kind, Reading};
use super::record::Parser;

/// Where the targets of a command come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The command line.
    Arguments(Vec<LineTarget>),
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

/// Something in the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record<T> {
    /// A target, and the state behind it.
    Target(Pair<T>, InputState),
    /// A line that has no target, and why; starts with the number of the line.
    Bad(String),
}

/// The input, record by record. Ends after an error.
pub(crate) struct Records<T> {
    from: From,
    name: String,
    fingerprint: Fingerprint,
    target: PhantomData<fn() -> T>,
}

enum From {
    Arguments(Arguments),
    Lines(Box<LineRecords>),
}

struct Arguments {
    targets: Vec<LineTarget>,
    next: usize,
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
    pub(crate) fn open<T: FromLine>(&self) -> Result<Records<T>, InputError> {
        let from = match self {
            Self::Arguments(targets) => From::Arguments(Arguments { targets: targets.clone(), next: 0 }),
            Self::File(file) => {
                let lines = match self.path() {
                    Some(_) => Lines::new(self.open_file(file)?),
                    None => Lines::new(io::stdin()),
                };
                return Ok(Records::new(lines, file.reading.clone(), self.name(), file.flag));
            }
        };
        Ok(Records { from, name: self.name(), fingerprint: Fingerprint::default(), target: PhantomData })
    }

    /// Starts to read behind the first `targets` targets, which end at `state`.
    ///
    /// A regular file without compression is read from that position. Other inputs are read from
    /// the start, and their first targets are compared with the fingerprint. For a regular file,
    /// [`Preflight`](super::preflight::Preflight) has done that.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read, or if its first targets differ.
    pub(crate) fn open_at<T: FromLine>(&self, state: InputState, targets: u64) -> Result<Records<T>, InputError> {
        let at = |offset| {
            let Self::File(file) = self else { return Ok(None) };
            if !self.is_repeatable() {
                return Ok(None);
            }
            let mut opened = self.open_file(file)?;
            let seek = opened.seek(SeekFrom::Start(offset));
            seek.map_err(|error| InputError::Read { name: self.name(), error })?;
            Ok(Some(opened))
        };
        Records::resume(|| self.open(), at, state, targets)
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

impl<T: FromLine> Records<T> {
    /// The records of an input. `flag` is the flag that names it.
    pub(super) fn new(lines: Lines, reading: Reading, name: String, flag: &'static str) -> Self {
        let lines = LineRecords::new(lines, Parser::new::<T>(reading), name.clone(), flag);
        let fingerprint = Fingerprint::default();
        Self { from: From::Lines(Box::new(lines)), name, fingerprint, target: PhantomData }
    }

    /// Continues behind the record with this state. `at` opens the input at an offset. Returns
    /// whether that is possible: a compressed input is read from the start.
    pub(super) fn continue_at<R: io::Read + Send + 'static>(
        &mut self,
        state: InputState,
        at: impl FnOnce(u64) -> Result<R, InputError>,
    ) -> Result<bool, InputError> {
        let From::Lines(lines) = &mut self.from else { return Ok(false) };
        lines.settle(state.position.offset)?;
        if lines.is_gzip() {
            return Ok(false);
        }
        lines.continue_at(state.position, at(state.position.offset)?);
        self.fingerprint = state.fingerprint;
        Ok(true)
    }

    /// Starts to read behind the first `targets` targets, which end at `state`. `open` starts at
    /// the beginning. `at` opens the input at an offset, if it can be read from there.
    pub(super) fn resume<R: io::Read + Send + 'static>(
        open: impl Fn() -> Result<Self, InputError>,
        at: impl FnOnce(u64) -> Result<Option<R>, InputError>,
        state: InputState,
        targets: u64,
    ) -> Result<Self, InputError> {
        let offset = state.position.offset;
        if offset > 0
            && let Some(rest) = at(offset)?
        {
            let mut records = open()?;
            if records.continue_at(state, |_| Ok(rest))? {
                return Ok(records);
            }
        }
        let mut records = open()?;
        records.pass_over(targets, state.fingerprint).map(|()| records)
    }

    /// Passes over the first targets, and checks that they are the same as before.
    fn pass_over(&mut self, targets: u64, fingerprint: Fingerprint) -> Result<(), InputError> {
        let mut left = targets;
        while left > 0 {
            match self.next().transpose()? {
                Some(Record::Target(..)) => left -= 1,
                Some(Record::Bad(_)) => {}
                None => break,
            }
        }
        if left > 0 || self.fingerprint != fingerprint {
            return Err(InputError::Other { name: self.name.clone(), targets });
        }
        Ok(())
    }

    /// The number of bad lines so far.
    pub(crate) fn bad(&self) -> u64 {
        match &self.from {
            From::Arguments(_) => 0,
            From::Lines(lines) => lines.bad(),
        }
    }

    /// Whether all targets are on the command line.
    pub(crate) fn is_arguments(&self) -> bool {
        matches!(self.from, From::Arguments(_))
    }

    /// A target on the command line. It was checked when the command line was read.
    fn argument(&mut self, line: &LineTarget, number: u64) -> Result<Record<T>, InputError> {
        let target = T::from_line(line.user.clone(), &line.fields).map_err(InputError::Argument)?;
        let position = InputPosition { line: number, ..InputPosition::default() };
        Ok(self.record(line, target, position))
    }

    fn record(&mut self, line: &LineTarget, target: T, position: InputPosition) -> Record<T> {
        self.fingerprint.add(line);
        let state = InputState { position, fingerprint: self.fingerprint };
        Record::Target(Pair { from: line.from.clone(), target }, state)
    }
}

impl<T: FromLine> Iterator for Records<T> {
    type Item = Result<Record<T>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.from {
            From::Arguments(arguments) => {
                let (line, number) = arguments.next()?;
                Some(self.argument(&line, number))
            }
            From::Lines(lines) => match lines.next(T::from_line).transpose()? {
                Ok(Ok((line, target))) => {
                    let position = lines.position();
                    Some(Ok(self.record(&line, target, position)))
                }
                Ok(Err(bad)) => Some(Ok(Record::Bad(bad))),
                Err(error) => Some(Err(error)),
            },
        }
    }
}

impl Arguments {
    fn next(&mut self) -> Option<(LineTarget, u64)> {
        let target = self.targets.get(self.next)?.clone();
        self.next += 1;
        Some((target, self.next as u64))
    }
}

#[cfg(test)]
mod tests;
