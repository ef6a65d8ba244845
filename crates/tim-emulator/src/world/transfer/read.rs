//! Reads records from CSV or NDJSON.

use std::io::BufRead;

use super::csv::Table;
use super::lines::Lines;
use super::record::printable;
use super::{ImportError, Record};

/// Reads the records of `input`: NDJSON if its first character is `{`, otherwise CSV of follows or
/// of accounts. Each record is validated.
///
/// # Errors
/// The input is not text, the format of the first line is unknown, or the input cannot be read.
pub(crate) fn read<'a>(input: impl BufRead + 'a) -> Result<Records<'a>, ImportError> {
    let mut lines = Lines::new(input)?;
    let Some((number, line)) = lines.next()? else {
        return Ok(Records { lines, format: Format::Json, bytes: 0, failed: false });
    };
    let format = match line.trim_ascii_start().chars().next() {
        Some('{') => Format::Json,
        Some('[') => {
            let info = "a JSON array: expected NDJSON, which is one JSON record on each line, or CSV";
            return Err(ImportError::line(number, info));
        }
        _ => Format::Csv(Table::new(line).map_err(|reason| ImportError::line(number, reason))?),
    };
    if !matches!(&format, Format::Csv(table) if table.has_header()) {
        lines.repeat();
    }
    Ok(Records { lines, format, bytes: 0, failed: false })
}

enum Format {
    Json,
    Csv(Table),
}

/// An iterator over the records of an input, in order. Its memory does not depend on their number.
/// It ends after an error.
pub(crate) struct Records<'a> {
    lines: Lines<'a>,
    format: Format,
    bytes: u64,
    failed: bool,
}

impl Records<'_> {
    /// Returns the number of bytes in the lines of all records so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&mut self) -> Result<Option<Record>, ImportError> {
        while let Some((number, line)) = self.lines.next()? {
            let record = match &mut self.format {
                Format::Json => json(line).map(Some),
                Format::Csv(table) => table.parse(line),
            };
            let wrong = |reason| ImportError::line(number, reason);
            if let Some(record) = record.map_err(wrong)? {
                record.validate().map_err(wrong)?;
                self.bytes += line.len() as u64;
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.read();
        self.failed = record.is_err();
        record.transpose()
    }
}

fn json(line: &str) -> Result<Record, String> {
    if !line.trim_ascii_start().starts_with('{') {
        let found = tim_types::Printable(line);
        return Err(format!("{found:?} is not a JSON record, as the first line is: use only one format in a file"));
    }
    serde_json::from_str(line).map_err(|error| {
        // The parser sees one line, so its own line number is always 1.
        let reason = error.to_string().replace(" at line 1 column ", " at column ");
        format!("not a record of an export: {}", printable(reason))
    })
}
