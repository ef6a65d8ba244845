//! What is printed: a table for people, CSV or one JSON object a line for programs, from the same rows.
//!
//! Data goes to standard output, everything else to standard error.

mod csv;
pub(crate) mod file;
pub(crate) mod journal;
mod ndjson;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod sink;
mod table;

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use self::row::{Cells, Row};
use self::table::{MAX_ROWS, Table};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object a line
    Ndjson,
}

/// Where data goes.
pub(crate) struct Output {
    format: Format,
    /// Rows of the table that are not printed yet.
    rows: Vec<Cells>,
    table: Table,
    header_is_due: bool,
    to: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// On standard output.
    pub(crate) fn stdout(json: bool) -> Self {
        Self::new(if json { Format::Ndjson } else { Format::Table }, Box::new(io::stdout()))
    }

    pub(crate) fn new(format: Format, to: Box<dyn Write>) -> Self {
        let (rows, table, to) = (Vec::new(), Table::default(), BufWriter::new(to));
        Self { format, rows, table, header_is_due: true, to }
    }

    /// Goes on with what holds `bytes` bytes already.
    pub(crate) fn after(self, bytes: u64) -> Self {
        Self { header_is_due: bytes == 0, ..self }
    }

    /// Whether programs read it as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Ndjson
    }

    /// Prints rows from now on in another way.
    pub(crate) fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    /// Whether people read it as a table.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints the header of CSV for rows like `row`, so that an output without rows is not empty.
    pub(crate) fn header(&mut self, row: &impl Row) -> io::Result<()> {
        if self.format == Format::Csv { self.csv_header(row) } else { Ok(()) }
    }

    /// Prints a row: for programs at once, for people with its table.
    pub(crate) fn row(&mut self, row: &impl Row) -> io::Result<()> {
        match self.format {
            Format::Ndjson => self.object(row),
            Format::Csv => {
                self.csv_header(row)?;
                self.line(csv::record(row)?)
            }
            Format::Table => {
                self.rows.push(row.cells());
                if self.rows.len() >= MAX_ROWS { self.show() } else { Ok(()) }
            }
        }
    }

    fn csv_header(&mut self, row: &impl Row) -> io::Result<()> {
        if std::mem::take(&mut self.header_is_due) { self.line(csv::header(row)?) } else { Ok(()) }
    }

    /// Prints an object as one line.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.line(ndjson::line(object)?)
    }

    /// Prints a line as it is.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        let line = format!("{text}\n");
        self.to.write_all(line.as_bytes())
    }

    /// Prints the rows so far, and whatever is still in a buffer. A table may go on.
    pub(crate) fn show(&mut self) -> io::Result<()> {
        for line in self.table.lines(&std::mem::take(&mut self.rows)) {
            self.line(line)?;
        }
        self.to.flush()
    }

    /// The same, and ends the table.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.show()?;
        self.table = Table::default();
        Ok(())
    }
}

/// Tells people something beside the data, on standard error.
pub(crate) fn note(text: impl Display) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What others wrote may not move the cursor or break the line.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
    }
}
