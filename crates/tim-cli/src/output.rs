//! Prints rows: as a table for people, as CSV or as one JSON object per line for programs.
//!
//! Data goes to standard output, and messages go to standard error.

mod csv;
pub(crate) mod escape;
pub(crate) mod file;
pub(crate) mod journal;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod row;
pub(crate) mod saving;
pub(crate) mod schema;
pub(crate) mod sink;
mod table;
pub(crate) mod terminal;

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use self::row::{Cells, Row};
use self::table::{MAX_ROWS, Table};

pub(crate) use self::terminal::{note, note_lines};

/// The format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object per line
    Ndjson,
}

/// Writes rows in a format.
pub(crate) struct Output {
    format: Format,
    /// Rows of the table that are not printed yet.
    rows: Vec<Cells>,
    table: Table,
    header_is_due: bool,
    /// Whether CSV has an apostrophe before each text that a spreadsheet would run as a formula.
    csv_safe: bool,
    /// Whether the data goes to a terminal. It is escaped then.
    is_terminal: bool,
    to: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// Writes to standard output.
    pub(crate) fn stdout(json: bool) -> Self {
        let format = if json { Format::Ndjson } else { Format::Table };
        let is_terminal = terminal::stdout_is_terminal();
        Self::new(format, Box::new(terminal::stdout())).escaped_if(is_terminal)
    }

    /// Escapes the data if it goes to a terminal.
    pub(crate) fn escaped_if(self, is_terminal: bool) -> Self {
        Self { is_terminal, ..self }
    }

    pub(crate) fn new(format: Format, to: Box<dyn Write>) -> Self {
        let (rows, table, to) = (Vec::new(), Table::default(), BufWriter::new(to));
        let (csv_safe, is_terminal) = (false, false);
        Self { format, rows, table, header_is_due: true, csv_safe, is_terminal, to }
    }

    /// Continues an output that has `bytes` bytes already.
    pub(crate) fn after(self, bytes: u64) -> Self {
        Self { header_is_due: bytes == 0, ..self }
    }

    /// Whether the format is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Ndjson
    }

    /// Sets the format of the next rows.
    pub(crate) fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    /// Sets whether CSV is safe for spreadsheets. Cells can then differ from the received text.
    pub(crate) fn set_csv_safe(&mut self, csv_safe: bool) {
        self.csv_safe = csv_safe;
    }

    /// Whether the format is a table.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints the header of CSV for rows like `row`, so that an output without rows is not empty.
    pub(crate) fn header(&mut self, row: &impl Row) -> io::Result<()> {
        if self.format == Format::Csv { self.csv_header(row) } else { Ok(()) }
    }

    /// Prints a row. A table holds rows until [`show`](Self::show) or until it has many.
    pub(crate) fn row(&mut self, row: &impl Row) -> io::Result<()> {
        match self.format {
            Format::Ndjson => self.object(row),
            Format::Csv => {
                self.csv_header(row)?;
                self.line(csv::record(row, self.csv_safe)?)
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
        self.json(&serde_json::to_string(object)?)
    }

    /// Prints JSON as one line without unsafe characters.
    pub(crate) fn json(&mut self, text: &str) -> io::Result<()> {
        self.write(&escape::json(text))
    }

    /// Prints a line, escaped on a terminal.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        let text = text.to_string();
        if self.is_terminal { self.write(&escape::line(&text)) } else { self.write(&text) }
    }

    /// Prints a text with several lines, escaped on a terminal.
    pub(crate) fn lines(&mut self, text: impl Display) -> io::Result<()> {
        let text = text.to_string();
        if self.is_terminal { self.write(&escape::lines(&text)) } else { self.write(&text) }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.to.write_all(line.as_bytes())?;
        self.to.write_all(b"\n")
    }

    /// Prints the rows and the buffer. A table continues with later rows.
    pub(crate) fn show(&mut self) -> io::Result<()> {
        for line in self.table.lines(&std::mem::take(&mut self.rows)) {
            self.line(line)?;
        }
        self.to.flush()
    }

    /// Prints the rows and the buffer, and ends the table.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.show()?;
        self.table = Table::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use schemars::JsonSchema;

    use super::*;

    #[derive(Serialize, JsonSchema)]
    struct Example {
        command: &'static str,
        to: &'static str,
    }

    impl Row for Example {
        fn cells(&self) -> Cells {
            vec![("to", self.to.to_owned())]
        }
    }

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_table_and_json_are_always_escaped_and_csv_is_on_a_terminal() {
        let printed = |format, is_terminal| {
            let shared = Shared::default();
            let mut out = Output::new(format, Box::new(shared.clone())).escaped_if(is_terminal);
            out.row(&Example { command: "follow_check", to: "a\u{9b}\nb" }).unwrap();
            out.flush().unwrap();
            String::from_utf8(shared.0.borrow().clone()).unwrap()
        };
        for is_terminal in [false, true] {
            assert_eq!(printed(Format::Table, is_terminal), "TO\na\\u{9b}\\nb\n");
            let object = "{\"command\":\"follow_check\",\"to\":\"a\\u009b\\nb\"}\n";
            assert_eq!(printed(Format::Ndjson, is_terminal), object);
        }
        assert_eq!(printed(Format::Csv, true), "to\n\"a\\u{9b}\\nb\"\n");
        assert_eq!(printed(Format::Csv, false), "to\n\"a\u{9b}\nb\"\n");
    }
}
