//! Rows as CSV.

use std::io;

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use super::row::{Row, pairs};

/// The key that CSV leaves out, because it has the same value in each row.
const NOT_A_COLUMN: &str = "command";

/// The header for rows of a type.
pub(super) fn header<R: Row>(row: &R) -> io::Result<String> {
    line(columns(row)?.into_iter().map(|(name, _)| name))
}

/// A row. If `safe`, a text that a spreadsheet takes as a formula starts with an apostrophe.
pub(super) fn record<R: Row>(row: &R, safe: bool) -> io::Result<String> {
    line(columns(row)?.into_iter().map(|(_, value)| cell(value, safe)))
}

/// The columns of a row and their values.
pub(super) fn columns<R: Row>(row: &R) -> io::Result<Vec<(String, Value)>> {
    let mut columns = pairs(row)?;
    columns.retain(|(name, _)| name != NOT_A_COLUMN);
    Ok(columns)
}

/// A value as text: nothing for null, and JSON for lists and objects.
fn cell(value: Value, safe: bool) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if safe && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// One record, without its line end.
fn line(cells: impl Iterator<Item = String>) -> io::Result<String> {
    let mut writer =
        WriterBuilder::new().buffer_capacity(1024).terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(cells.map(String::into_bytes))?;
    let mut line = String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    line.pop();
    Ok(line)
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Serialize;

    use super::*;
    use crate::output::row::Cells;

    #[derive(Default, Serialize, JsonSchema)]
    struct Example {
        command: &'static str,
        text: &'static str,
        number: Option<u8>,
        list: Vec<u8>,
    }

    impl Row for Example {
        fn cells(&self) -> Cells {
            Vec::new()
        }
    }

    #[test]
    fn the_columns_are_the_keys_without_the_command() {
        assert_eq!(header(&Example::default()).unwrap(), "text,number,list");
    }

    #[test]
    fn values_are_quoted_where_they_need_it() {
        let record = |text, number, list| record(&Example { command: "x", text, number, list }, false).unwrap();
        assert_eq!(record("小明", Some(7), vec![]), "小明,7,[]");
        assert_eq!(record("a,b", None, vec![1, 2]), "\"a,b\",,\"[1,2]\"");
        assert_eq!(record("say \"x\"\nand y", None, vec![1]), "\"say \"\"x\"\"\nand y\",,[1]");
    }

    #[test]
    fn a_spreadsheet_finds_no_formula_in_safe_csv() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(cell(text.into(), true), format!("'{text}"));
            assert_eq!(cell(text.into(), false), text);
        }
        assert_eq!([cell("a=1".into(), true), cell((-1).into(), true)], ["a=1", "-1"]);
    }
}
