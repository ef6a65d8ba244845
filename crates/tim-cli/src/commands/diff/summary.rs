//! Prints the differences, and counts them.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::compare::{Difference, Totals};
use super::plan::Plan;
use super::rows::cells;
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::text::counted;

/// A difference between two exports.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct DiffRow {
    /// `diff`.
    command: &'static str,
    /// The key column `from`; null if the exports have the key `user`.
    from: Option<String>,
    /// The key column `kind`; null if it is not part of the key.
    kind: Option<String>,
    /// The key column `to`; null in a row about the list of `from`.
    to: Option<String>,
    /// The key column `user`; null if the exports have the key `from` and `to`.
    user: Option<String>,
    /// The key column `group`; null if it is not part of the key.
    group: Option<String>,
    /// The difference.
    change: Change,
    /// The column that differs; null unless the row was changed.
    column: Option<String>,
    /// The value in A; for `duplicate`, the number of rows; for `not_done`, the outcome; null if A
    /// does not have one.
    a: Option<String>,
    /// The same in B.
    b: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Change {
    /// B does not have the key.
    #[default]
    OnlyInA,
    /// A does not have the key.
    OnlyInB,
    /// A column has different values.
    Changed,
    /// The exports have different numbers of rows with the key.
    Duplicate,
    /// The row was not done in an export, so it has no data there.
    NotDone,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::OnlyInA => "only_in_a",
            Self::OnlyInB => "only_in_b",
            Self::Changed => "changed",
            Self::Duplicate => "duplicate",
            Self::NotDone => "not_done",
        }
    }
}

impl Row for DiffRow {
    fn cells(&self) -> Cells {
        let cells = [
            ("from", &self.from),
            ("kind", &self.kind),
            ("to", &self.to),
            ("user", &self.user),
            ("group", &self.group),
            ("change", &Some(self.change.name().to_owned())),
            ("column", &self.column),
            ("a", &self.a),
            ("b", &self.b),
        ];
        cells.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect()
    }
}

/// The differences so far.
pub(super) struct Summary<'p> {
    plan: &'p Plan,
    limit: u64,
    /// The number of rows for the differences.
    rows: u64,
    /// The number of differences of each sort.
    counts: BTreeMap<Change, u64>,
}

impl<'p> Summary<'p> {
    pub(super) fn new(plan: &'p Plan, limit: Option<u64>) -> Self {
        Self { plan, limit: limit.unwrap_or(u64::MAX), rows: 0, counts: BTreeMap::new() }
    }

    /// Counts and prints a difference of the rows with this key.
    pub(super) fn add(&mut self, key: &[u8], difference: Difference<'_>, out: &mut Output) -> io::Result<()> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (change, a, b) = match difference {
            Difference::Changed(a, b) => {
                self.count(Change::Changed);
                return self.changed(key, a, b, out);
            }
            Difference::OnlyInA => (Change::OnlyInA, None, None),
            Difference::OnlyInB => (Change::OnlyInB, None, None),
            Difference::Duplicate(a, b) => (Change::Duplicate, Some(a.to_string()), Some(b.to_string())),
            Difference::NotDone(a, b) => (Change::NotDone, a.map(text), b.map(text)),
        };
        self.count(change);
        self.print(&DiffRow { a, b, ..self.row(key, change) }, out)
    }

    /// Prints a row for each column that differs.
    fn changed(&mut self, key: &[u8], a: &[u8], b: &[u8], out: &mut Output) -> io::Result<()> {
        let plan = self.plan;
        for (column, (a, b)) in plan.compared.iter().zip(cells(a).zip(cells(b))) {
            if a != b {
                self.print(&DiffRow { column: Some(column.clone()), a, b, ..self.row(key, Change::Changed) }, out)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, change: Change) {
        *self.counts.entry(change).or_default() += 1;
    }

    fn print(&mut self, row: &DiffRow, out: &mut Output) -> io::Result<()> {
        self.rows += 1;
        if self.rows <= self.limit { out.row(row) } else { Ok(()) }
    }

    fn row(&self, key: &[u8], change: Change) -> DiffRow {
        let mut row = DiffRow { command: "diff", change, ..DiffRow::default() };
        for (name, cell) in self.plan.key.iter().zip(cells(key)) {
            match *name {
                "from" => row.from = cell,
                "kind" => row.kind = cell,
                "to" => row.to = cell,
                "user" => row.user = cell,
                _ => row.group = cell,
            }
        }
        row
    }

    /// Whether the exports are equal.
    pub(super) fn is_equal(&self) -> bool {
        self.counts.is_empty()
    }

    /// The messages for people.
    pub(super) fn lines(&self, totals: &Totals) -> Vec<String> {
        let mut lines = Vec::new();
        if self.rows > self.limit {
            lines.push(format!("tim: --limit hides {}", counted(self.rows - self.limit, "more row")));
        }
        if totals.repeated > 0 {
            let keys = counted(totals.repeated as u64, "key");
            lines.push(format!(
                "tim: A has {keys} in several rows; rows with the same key were compared in their order"
            ));
        }
        let count = |change| self.counts.get(&change).copied().unwrap_or_default();
        let [only_a, only_b, changed] = [Change::OnlyInA, Change::OnlyInB, Change::Changed].map(count);
        let mut line = format!(
            "tim: {} in A, {} in B: {only_a} only in A, {only_b} only in B, {changed} changed",
            counted(totals.a, "row"),
            totals.b
        );
        for (change, words) in [(Change::Duplicate, "duplicate"), (Change::NotDone, "not done")] {
            if count(change) > 0 {
                line = format!("{line}, {} {words}", count(change));
            }
        }
        lines.push(line);
        lines
    }
}
