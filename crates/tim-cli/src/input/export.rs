//! Reads an export that this program wrote, row by row: CSV with a header or NDJSON.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use csv::{ErrorKind, StringRecord};
use serde_json::{Map, Value};
use tim_follow::Printable;

use super::error::{FormatError, InputError};
use super::lines::{ReadError, text};

/// The maximum length of a row, which is far more than an export has. A longer row is an error, so
/// that a file without line ends is not held in memory.
const MAX_ROW: usize = 1 << 20;

const TOO_LONG: &str = "the row has more than 1 MiB; check that it is the right file";
const OPEN_QUOTE: &str = "a quote is not closed; write the export again, because a part of the file is missing";

/// An export, at one of its rows.
pub(crate) struct Export {
    name: String,
    columns: Vec<String>,
    rows: Rows,
    row: StringRecord,
    /// The number of the line at which the row starts.
    line: u64,
}

enum Rows {
    Csv(Box<csv::Reader<Bounded>>),
    Ndjson(Box<dyn BufRead + Send>),
}

impl Export {
    /// Opens a file, or standard input for `-`, and reads the names of its columns: the header of
    /// CSV, or the keys of the first object.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is empty, or names a column twice.
    pub(crate) fn open(path: &Path) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Self::read("standard input".to_owned(), io::stdin());
        }
        let name = Printable(&path.to_string_lossy()).to_string();
        let failed = |error| InputError::Read { name: name.clone(), error };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(InputError::Directory { name });
        }
        Self::read(name, file)
    }

    pub(super) fn read(name: String, reader: impl Read + Send + 'static) -> Result<Self, InputError> {
        let mut reader = text(reader).map_err(|error| unreadable(&name, error))?;
        let (line, number) = first_line(&mut reader, &name)?;
        let start = line.trim_ascii();
        // The lines that were read are read again, so that their numbers are right.
        let reader = Cursor::new("\n".repeat(number.saturating_sub(1))).chain(Cursor::new(line.clone())).chain(reader);
        let (rows, line) = (StringRecord::new(), 0);
        let export = match start.first() {
            Some(b'[') => return Err(unreadable(&name, FormatError::JsonArray.into())),
            Some(b'{') if start.len() == 1 => return Err(unreadable(&name, FormatError::JsonLines.into())),
            Some(b'{') => {
                let columns = object(start, &name, number as u64)?.into_iter().map(|(name, _)| name).collect();
                Self { name, columns, rows: Rows::Ndjson(Box::new(reader)), row: rows, line }
            }
            _ => {
                let mut csv =
                    csv::Reader::from_reader(Bounded { reader: Box::new(reader), left: MAX_ROW, quoted: false });
                let header = csv.headers().cloned().map_err(|error| csv_error(&name, error))?;
                let columns = header.iter().map(str::to_owned).collect();
                Self { name, columns, rows: Rows::Csv(Box::new(csv)), row: rows, line }
            }
        };
        let repeated = export.columns.iter().enumerate().find(|(at, column)| export.columns[..*at].contains(column));
        match repeated {
            Some((_, column)) => Err(InputError::Usage(format!(
                "cannot read {}: it has two columns {:?}; rename or remove one of them",
                export.name,
                Printable(column)
            ))),
            None => Ok(export),
        }
    }

    /// Its name in messages, escaped.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The names of its columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Reads the next row. Returns whether there is one.
    ///
    /// # Errors
    /// Returns an error if the row cannot be read or does not have the columns of the export.
    pub(crate) fn advance(&mut self) -> Result<bool, InputError> {
        match &mut self.rows {
            Rows::Csv(csv) => {
                csv.get_mut().left = MAX_ROW;
                let found = csv.read_record(&mut self.row).map_err(|error| csv_error(&self.name, error))?;
                match self.row.position().filter(|_| found) {
                    Some(position) => self.line = position.line(),
                    // The last row contains the rest of the file.
                    None if csv.get_ref().quoted => return Err(self.problem(OPEN_QUOTE)),
                    None => {}
                }
                Ok(found)
            }
            Rows::Ndjson(reader) => {
                let mut line = Vec::new();
                while line.trim_ascii().is_empty() {
                    line.clear();
                    self.line += 1;
                    if read_line(reader, &mut line, &self.name, self.line)? == 0 {
                        return Ok(false);
                    }
                }
                let mut object = object(&line, &self.name, self.line)?;
                self.row.clear();
                for column in &self.columns {
                    self.row.push_field(&cell(object.remove(column).unwrap_or_default()));
                }
                match object.keys().next() {
                    Some(key) => Err(self.problem(&format!(
                        "the first row does not have the key {:?}; give a file with the rows of one command",
                        Printable(key)
                    ))),
                    None => Ok(true),
                }
            }
        }
    }

    /// The text of the row in the column with this index; empty without a value.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.row.get(column).unwrap_or_default()
    }

    /// Why the row cannot be used.
    pub(crate) fn problem(&self, problem: &str) -> InputError {
        InputError::Row { name: self.name.clone(), line: self.line, problem: problem.to_owned() }
    }
}

/// A value as CSV has it: nothing for null, and JSON for lists and objects.
fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The first line that is not empty, and its number.
fn first_line(reader: &mut Box<dyn BufRead + Send>, name: &str) -> Result<(Vec<u8>, usize), InputError> {
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        if read_line(reader, &mut line, name, number as u64)? == 0 {
            return Err(InputError::Usage(format!(
                "cannot read {name}: it is empty; give a file that --out, --json or --output-format csv wrote"
            )));
        }
        if let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf") {
            line = rest.to_owned();
        }
        if !line.trim_ascii().is_empty() {
            return Ok((line, number));
        }
    }
}

/// Reads a line with its line end; returns its length.
fn read_line(
    reader: &mut Box<dyn BufRead + Send>,
    line: &mut Vec<u8>,
    name: &str,
    number: u64,
) -> Result<usize, InputError> {
    let read = reader.take(MAX_ROW as u64 + 1).read_until(b'\n', line);
    match read.map_err(|error| unreadable(name, error.into()))? {
        length if length > MAX_ROW => Err(row(name, number, TOO_LONG)),
        length => Ok(length),
    }
}

fn object(line: &[u8], name: &str, number: u64) -> Result<Map<String, Value>, InputError> {
    serde_json::from_slice(line)
        .map_err(|error| row(name, number, format!("it is not a JSON object ({error}); write the export again")))
}

fn row(name: &str, line: u64, problem: impl Into<String>) -> InputError {
    InputError::Row { name: name.to_owned(), line, problem: problem.into() }
}

fn unreadable(name: &str, error: ReadError) -> InputError {
    let name = name.to_owned();
    match error {
        ReadError::Io(error) => InputError::Read { name, error },
        ReadError::Format(problem) => InputError::Format { name, flag: "diff", problem },
    }
}

fn csv_error(name: &str, error: csv::Error) -> InputError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(error) => InputError::Read { name: name.to_owned(), error },
        ErrorKind::Utf8 { .. } => row(name, line, "it is not UTF-8; convert the file, with iconv for example"),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let problem = format!("it has {len} columns, and the header has {expected_len}; write the export again");
            row(name, line, problem)
        }
        other => row(name, line, format!("{other:?}")),
    }
}

/// The text of CSV, with a bound for each row.
struct Bounded {
    reader: Box<dyn Read + Send>,
    /// The number of bytes that the row can still have.
    left: usize,
    /// Whether the number of quotes so far is odd.
    quoted: bool,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TOO_LONG));
        }
        let length = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(length);
        let quotes = buffer.iter().take(length).filter(|byte| **byte == b'"').count();
        self.quoted ^= quotes % 2 == 1;
        Ok(length)
    }
}
