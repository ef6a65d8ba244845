//! Rows as a table for people.

use unicode_width::UnicodeWidthStr as _;

use super::escape;
use super::row::{Cells, NONE};

/// The number of rows that are held until the columns of a table get their widths. Later rows
/// keep these widths.
pub(super) const MAX_ROWS: usize = 1000;

/// The columns with the reason of a failure. They are the last columns of a table.
const LAST_COLUMNS: [&str; 4] = ["code", "meaning", "info", "fix"];

/// The columns of a table and their widths so far.
#[derive(Debug, Default)]
pub(super) struct Table {
    columns: Vec<&'static str>,
    widths: Vec<usize>,
}

impl Table {
    /// The lines of rows, columns as wide as their widest cell on a terminal. The header comes
    /// first, and again if there are other columns.
    pub(super) fn lines(&mut self, rows: &[Cells]) -> Vec<String> {
        let columns = columns(rows);
        let mut lines: Vec<Vec<String>> = Vec::new();
        if columns.iter().any(|name| !self.columns.contains(name)) {
            lines.push(columns.iter().map(|name| name.to_uppercase().replace('_', " ")).collect());
            *self = Self { widths: vec![0; columns.len()], columns };
        }
        let cells = |row: &Cells| self.columns.iter().map(|name| escape::line(cell(row, name)).into_owned()).collect();
        lines.extend(rows.iter().map(cells));
        for line in &lines {
            self.widths.iter_mut().zip(line).for_each(|(width, cell)| *width = cell.width().max(*width));
        }
        let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width - cell.width()));
        let line = |cells: &Vec<String>| cells.iter().zip(&self.widths).map(pad).collect::<Vec<_>>().join("  ");
        lines.iter().map(|cells| line(cells).trim_end().to_owned()).collect()
    }
}

fn cell<'a>(row: &'a Cells, name: &str) -> &'a str {
    row.iter().find(|(column, _)| *column == name).map_or(NONE, |(_, text)| text)
}

fn columns(rows: &[Cells]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| LAST_COLUMNS.iter().position(|last| last == name).map_or(0, |at| at + 1));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&'static str, &str)]) -> Cells {
        cells.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [row(&[("to", "小明"), ("n", "1")]), row(&[("to", "bob")])];
        assert_eq!(Table::default().lines(&rows), ["TO    N", "小明  1", "bob   -"]);
    }

    #[test]
    fn a_rejection_is_last_even_if_it_comes_first() {
        let rows = [row(&[("to", "x"), ("code", "30003")]), row(&[("to", "bob"), ("relation", "mutual")])];
        let lines = Table::default().lines(&rows);
        assert_eq!(lines, ["TO   RELATION  CODE", "x    -         30003", "bob  mutual    -"]);
        assert_eq!(Table::default().lines(&[]), [""; 0]);
    }

    #[test]
    fn a_table_continues_under_its_header() {
        let mut table = Table::default();
        assert_eq!(table.lines(&[row(&[("to", "robert")])]), ["TO", "robert"]);
        assert_eq!(table.lines(&[row(&[("to", "bob")])]), ["bob"]);
        assert_eq!(table.lines(&[row(&[("to", "x"), ("n", "1")])]), ["TO  N", "x   1"]);
        assert_eq!(table.lines(&[row(&[("to", "y")])]), ["y   -"]);
    }
}
