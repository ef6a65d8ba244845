//! What is printed: a table for people, or one JSON object a line for programs, from the same rows.
//!
//! Data goes to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

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
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|field| (field.name, &field.value)))
    }
}

/// Where data goes.
pub(crate) struct Output {
    json: bool,
    rows: Vec<Row>,
    to: Box<dyn Write>,
}

impl Output {
    /// On standard output.
    pub(crate) fn stdout(json: bool) -> Self {
        Self::new(json, Box::new(BufWriter::new(io::stdout().lock())))
    }

    pub(crate) fn new(json: bool, to: Box<dyn Write>) -> Self {
        Self { json, rows: Vec::new(), to }
    }

    /// Whether programs read it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a row: for programs at once, for people with its table.
    pub(crate) fn row(&mut self, row: Row) -> io::Result<()> {
        if self.json {
            return self.object(&row);
        }
        self.rows.push(row);
        Ok(())
    }

    /// Prints an object as one line.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, object)?;
        self.line("")
    }

    /// Prints a line as it is.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.to, "{text}")
    }

    /// Prints the table of the rows so far, and whatever is still in a buffer.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        for line in table(&std::mem::take(&mut self.rows)) {
            self.line(line)?;
        }
        self.to.flush()
    }
}

/// Tells people something beside the data, on standard error.
pub(crate) fn note(text: impl Display) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The lines of a table, its columns as wide as their widest cell on a terminal.
fn table(rows: &[Row]) -> Vec<String> {
    let columns = columns(rows);
    let header = columns.iter().map(|name| name.to_uppercase().replace('_', " ")).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|name| printable(row.cell(name).unwrap_or("-"))).collect());
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(cells).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let pad = |cell: &String, width: &usize| format!("{cell}{}", " ".repeat(width - cell.width()));
    let line = |line: &Vec<String>| line.iter().zip(&widths).map(|(cell, width)| pad(cell, width)).collect::<Vec<_>>();
    let lines = lines.iter().map(|cells| line(cells).join("  ").trim_end().to_owned());
    if rows.is_empty() { Vec::new() } else { lines.collect() }
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

/// What others wrote may not move the cursor or break the line.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
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
        assert_eq!(table(&rows), ["TO    N", "小明  1", "bob   -"]);
    }

    #[test]
    fn a_refusal_stands_last_even_when_it_comes_first() {
        let rows = [row("x").with(Field::new("code", 30003)), row("bob").with(Field::new("relation", "mutual"))];
        assert_eq!(table(&rows), ["TO   RELATION  CODE", "x    -         30003", "bob  mutual    -"]);
        assert_eq!(table(&[]), [""; 0]);
    }

    #[test]
    fn a_cell_cannot_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
    }
}
