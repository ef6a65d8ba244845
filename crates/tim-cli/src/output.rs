//! What is printed: a table for people, CSV or one JSON object a line for programs, from the same rows.
//!
//! Data goes to standard output, everything else to standard error.

pub(crate) mod escape;
pub(crate) mod file;
pub(crate) mod journal;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod sink;
pub(crate) mod terminal;

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

pub(crate) use self::terminal::{note, note_lines};

/// What is known about a refusal; these columns stand last, whichever row has them first.
const LAST_COLUMNS: [&str; 3] = ["code", "meaning", "info"];

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    name: &'static str,
    value: Value,
    /// How the table shows it; `None` when only programs need it.
    text: Option<String>,
}

impl Field {
    /// A value for both.
    pub(crate) fn new(name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let text = match &value {
            Value::Null => "-".to_owned(),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self { name, value, text: Some(text) }
    }

    /// A value that people want to see in other words.
    pub(crate) fn shown_as(name: &'static str, value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self { name, value: value.into(), text: Some(text.into()) }
    }

    /// A value for programs only.
    pub(crate) fn hidden(name: &'static str, value: impl Into<Value>) -> Self {
        Self { name, value: value.into(), text: None }
    }
}

/// A line of a table and an object for programs: fields in the order in which they are printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row(Vec<Field>);

impl Row {
    /// The start of a row about `command`, asked for `from`; a table does not repeat either.
    pub(crate) fn new(command: &str, from: &str) -> Self {
        Self::default().with(Field::hidden("command", command)).with(Field::hidden("from", from))
    }

    pub(crate) fn with(mut self, field: Field) -> Self {
        self.0.push(field);
        self
    }

    pub(crate) fn with_all(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.0.extend(fields);
        self
    }

    fn cell(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|field| field.name == name)?.text.as_deref()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        Some(&self.0.iter().find(|field| field.name == name)?.value)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|field| (field.name, &field.value)))
    }
}

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
    rows: Vec<Row>,
    table: Table,
    /// The header of CSV; the fields of the first row unless it is set.
    columns: Vec<&'static str>,
    header_is_due: bool,
    /// Whether CSV has an apostrophe before what a spreadsheet takes as a formula.
    csv_safe: bool,
    /// Whether a terminal gets the data, which is escaped then.
    is_terminal: bool,
    to: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// On standard output.
    pub(crate) fn stdout(json: bool) -> Self {
        let format = if json { Format::Ndjson } else { Format::Table };
        let is_terminal = terminal::stdout_is_terminal();
        Self::new(format, Box::new(terminal::stdout())).escaped_if(is_terminal)
    }

    /// The same, escaped if it is a terminal.
    pub(crate) fn escaped_if(self, is_terminal: bool) -> Self {
        Self { is_terminal, ..self }
    }

    pub(crate) fn new(format: Format, to: Box<dyn Write>) -> Self {
        let (rows, columns) = (Vec::new(), Vec::new());
        let (table, to) = (Table::default(), BufWriter::new(to));
        let (csv_safe, is_terminal) = (false, false);
        Self { format, rows, table, columns, header_is_due: true, csv_safe, is_terminal, to }
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

    /// The columns of CSV, for rows that do not have all of them.
    pub(crate) fn set_columns(&mut self, columns: &[&'static str]) {
        self.columns = columns.to_vec();
    }

    /// Whether CSV is safe for spreadsheets, at the cost of cells that are not what was received.
    pub(crate) fn set_csv_safe(&mut self, csv_safe: bool) {
        self.csv_safe = csv_safe;
    }

    /// Whether people read it as a table.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints a row: for programs at once, for people with its table.
    pub(crate) fn row(&mut self, row: Row) -> io::Result<()> {
        match self.format {
            Format::Ndjson => self.object(&row),
            Format::Csv => self.csv(&row),
            Format::Table => {
                self.rows.push(row);
                if self.rows.len() >= MAX_ROWS { self.show() } else { Ok(()) }
            }
        }
    }

    fn csv(&mut self, row: &Row) -> io::Result<()> {
        if self.columns.is_empty() {
            self.columns = row.0.iter().map(|field| field.name).collect();
        }
        if std::mem::take(&mut self.header_is_due) {
            self.line(self.columns.join(","))?;
        }
        let cell = |name: &&str| row.value(name).map(|value| csv_cell(value, self.csv_safe)).unwrap_or_default();
        let cells: Vec<_> = self.columns.iter().map(cell).collect();
        self.line(cells.join(","))
    }

    /// Prints an object as one line.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.json(&serde_json::to_string(object)?)
    }

    /// Prints JSON as one line without unsafe characters.
    pub(crate) fn json(&mut self, text: &str) -> io::Result<()> {
        self.write(&escape::json(text))
    }

    /// Prints a line as it is, on a terminal escaped.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        let text = text.to_string();
        if self.is_terminal { self.write(&escape::line(&text)) } else { self.write(&text) }
    }

    /// Prints a text that has line ends of its own as it is, on a terminal escaped.
    pub(crate) fn lines(&mut self, text: impl Display) -> io::Result<()> {
        let text = text.to_string();
        if self.is_terminal { self.write(&escape::lines(&text)) } else { self.write(&text) }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.to.write_all(line.as_bytes())?;
        self.to.write_all(b"\n")
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

/// So many rows of a table are held for the width of its columns; those after them take what they left.
const MAX_ROWS: usize = 1000;

/// A value as it is in CSV. If `safe`, a text that a spreadsheet takes as a formula starts with an apostrophe.
fn csv_cell(value: &Value, safe: bool) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) if safe && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The columns of a table and their widths so far.
#[derive(Debug, Default)]
struct Table {
    columns: Vec<&'static str>,
    widths: Vec<usize>,
}

impl Table {
    /// The lines of rows, columns as wide as their widest cell on a terminal. The header comes first, and again when there
    /// are other columns.
    fn lines(&mut self, rows: &[Row]) -> Vec<String> {
        let columns = columns(rows);
        let mut lines: Vec<Vec<String>> = Vec::new();
        if columns.iter().any(|name| !self.columns.contains(name)) {
            lines.push(columns.iter().map(|name| name.to_uppercase().replace('_', " ")).collect());
            *self = Self { widths: vec![0; columns.len()], columns };
        }
        let cells = |row: &Row| {
            self.columns.iter().map(|name| escape::line(row.cell(name).unwrap_or("-")).into_owned()).collect()
        };
        lines.extend(rows.iter().map(cells));
        for line in &lines {
            self.widths.iter_mut().zip(line).for_each(|(width, cell)| *width = cell.width().max(*width));
        }
        let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width - cell.width()));
        let line = |cells: &Vec<String>| cells.iter().zip(&self.widths).map(pad).collect::<Vec<_>>().join("  ");
        lines.iter().map(|cells| line(cells).trim_end().to_owned()).collect()
    }
}

fn columns(rows: &[Row]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for field in rows.iter().flat_map(|row| &row.0) {
        if field.text.is_some() && !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    names.sort_by_key(|name| LAST_COLUMNS.iter().position(|last| last == name).map_or(0, |at| at + 1));
    names
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    fn row(to: &str) -> Row {
        Row::new("follow_check", "alice").with(Field::new("to", to))
    }

    #[test]
    fn an_object_keeps_the_order_of_its_fields() {
        let row = row("bob").with(Field::new("ok", true)).with(Field::shown_as("at", 0, "never"));
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(text, r#"{"command":"follow_check","from":"alice","to":"bob","ok":true,"at":0}"#);
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [row("小明").with(Field::new("n", 1)), row("bob").with(Field::new("n", Value::Null))];
        assert_eq!(Table::default().lines(&rows), ["TO    N", "小明  1", "bob   -"]);
    }

    #[test]
    fn a_refusal_stands_last_even_when_it_comes_first() {
        let rows = [row("x").with(Field::new("code", 30003)), row("bob").with(Field::new("relation", "mutual"))];
        let lines = Table::default().lines(&rows);
        assert_eq!(lines, ["TO   RELATION  CODE", "x    -         30003", "bob  mutual    -"]);
        assert_eq!(Table::default().lines(&[]), [""; 0]);
    }

    #[test]
    fn a_table_goes_on_under_its_header() {
        let mut table = Table::default();
        assert_eq!(table.lines(&[row("robert")]), ["TO", "robert"]);
        assert_eq!(table.lines(&[row("bob")]), ["bob"]);
        assert_eq!(table.lines(&[row("x").with(Field::new("n", 1))]), ["TO  N", "x   1"]);
        assert_eq!(table.lines(&[row("y")]), ["y   -"]);
    }

    #[test]
    fn csv_has_a_header_and_quotes_what_needs_it() {
        let cell = |value: Value| csv_cell(&value, false);
        assert_eq!(cell(Value::Null), "");
        assert_eq!([cell("a,b".into()), cell("say \"x\"".into())], ["\"a,b\"", "\"say \"\"x\"\"\""]);
        assert_eq!([cell(true.into()), cell(7.into()), cell("小明".into())], ["true", "7", "小明"]);
    }

    #[test]
    fn a_spreadsheet_finds_no_formula_in_safe_csv() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            let cell = csv_cell(&text.into(), true);
            assert!(cell.trim_start_matches('"').starts_with(&format!("'{text}")), "{cell}");
            assert!(!csv_cell(&text.into(), false).contains('\''));
        }
        assert_eq!([csv_cell(&"a=1".into(), true), csv_cell(&(-1).into(), true)], ["a=1", "-1"]);
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
            out.row(row("a\u{9b}\nb")).unwrap();
            out.flush().unwrap();
            String::from_utf8(shared.0.borrow().clone()).unwrap()
        };
        for is_terminal in [false, true] {
            assert_eq!(printed(Format::Table, is_terminal), "TO\na\\u{9b}\\nb\n");
            let object = "{\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"a\\u009b\\nb\"}\n";
            assert_eq!(printed(Format::Ndjson, is_terminal), object);
        }
        assert_eq!(printed(Format::Csv, true), "command,from,to\nfollow_check,alice,\"a\\u{9b}\\nb\"\n");
        assert_eq!(printed(Format::Csv, false), "command,from,to\nfollow_check,alice,\"a\u{9b}\nb\"\n");
    }
}
