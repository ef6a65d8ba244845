//! Compares two states.
//!
//! Reads each table of both states once, in the order of its key. So the memory does not depend on
//! the size of the states.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};
use serde::Serialize;
use serde_json::{Map, Value};

use super::transfer::{OnProgress, PROGRESS_EVERY};

/// The maximum number of changes in the sample of a part.
const MAX_SAMPLE: usize = 20;
/// The maximum length of a column in a sample, in bytes. A longer text is cut.
const MAX_TEXT: usize = 2000;

/// The differences of a part of the state, from one state to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Differences {
    /// The number of rows that only the second state has.
    pub added: u64,
    /// The number of rows that only the first state has.
    pub removed: u64,
    /// The number of rows that both states have, with different values.
    pub changed: u64,
    /// The first differences in the order of their keys, at most 20.
    pub sample: Vec<Difference>,
}

/// A row that differs between two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// How the row differs.
    pub change: Change,
    /// The key of the row, for example the two users of a follow.
    pub key: Vec<String>,
    /// The values in the first state by name; `None` if the row was added. A text of more than 2000
    /// bytes is cut.
    pub before: Option<Value>,
    /// The values in the second state by name; `None` if the row was removed.
    pub after: Option<Value>,
}

/// How a row differs between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the second state has the row.
    Added,
    /// Only the first state has the row.
    Removed,
    /// Both states have the row, with different values.
    Changed,
}

/// A table to compare. The times of login states and the order of rows are not compared, because an
/// export does not have them.
struct Table {
    /// The name of the part.
    part: &'static str,
    table: &'static str,
    key: &'static [&'static str],
    columns: &'static [Column],
}

/// A column that is compared. `name` is its name in a sample.
struct Column {
    column: &'static str,
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A text, or a number.
    Plain,
    /// A text that contains JSON.
    Json,
    /// 0 or 1.
    Flag,
}

const fn plain(column: &'static str) -> Column {
    Column { column, name: column, kind: Kind::Plain }
}

const TABLES: [Table; 8] = [
    Table { part: "accounts", table: "account", key: &["user"], columns: &[plain("kicked_at")] },
    Table {
        part: "profiles",
        table: "profile",
        key: &["user", "tag"],
        columns: &[Column { column: "value", name: "value", kind: Kind::Json }],
    },
    Table { part: "follows", table: "follow", key: &["from_user", "to_user"], columns: &[plain("followed_at")] },
    Table {
        part: "friends",
        table: "friend",
        key: &["owner", "friend"],
        columns: &[
            plain("source"),
            plain("remark"),
            plain("wording"),
            Column { column: "group_names", name: "groups", kind: Kind::Json },
            Column { column: "custom", name: "custom", kind: Kind::Json },
            plain("added_at"),
        ],
    },
    Table { part: "groups", table: "friend_group", key: &["owner", "name"], columns: &[] },
    Table {
        part: "friend_requests",
        table: "friend_request",
        key: &["to_user", "from_user"],
        columns: &[
            plain("source"),
            plain("remark"),
            plain("wording"),
            Column { column: "group_name", name: "group", kind: Kind::Plain },
            Column { column: "both_ways", name: "both_ways", kind: Kind::Flag },
            plain("requested_at"),
        ],
    },
    Table { part: "blocked", table: "blocked", key: &["owner", "user"], columns: &[plain("blocked_at")] },
    Table { part: "logins", table: "login", key: &["user", "platform"], columns: &[plain("status")] },
];

impl Table {
    /// Returns a query of the key and the columns, in the order of the key.
    fn query(&self) -> String {
        let key = self.key.join(", ");
        let columns: Vec<_> = self.key.iter().copied().chain(self.columns.iter().map(|column| column.column)).collect();
        format!("SELECT {} FROM {} ORDER BY {key}", columns.join(", "), self.table)
    }

    /// Compares the keys of two rows. The database sorts texts by their bytes.
    fn compare_keys(&self, from: &Row<'_>, to: &Row<'_>) -> Result<Ordering> {
        for column in 0..self.key.len() {
            let order = bytes(from.get_ref(column)?).cmp(bytes(to.get_ref(column)?));
            if order != Ordering::Equal {
                return Ok(order);
            }
        }
        Ok(Ordering::Equal)
    }

    fn has_same_values(&self, from: &Row<'_>, to: &Row<'_>) -> Result<bool> {
        for column in (self.key.len()..).take(self.columns.len()) {
            if from.get_ref(column)? != to.get_ref(column)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn key_of(&self, row: &Row<'_>) -> Result<Vec<String>> {
        (0..self.key.len()).map(|column| row.get(column)).collect()
    }

    /// Returns the values of the columns by their names.
    fn values_of(&self, row: &Row<'_>) -> Result<Value> {
        let columns = (self.key.len()..).zip(self.columns);
        let values = columns.map(|(at, column)| Ok((column.name.to_owned(), value(row.get_ref(at)?, column.kind))));
        values.collect::<Result<Map<_, _>>>().map(Value::Object)
    }
}

/// Compares the states, and returns the differences of each part by its name. `None` if
/// `on_progress` stopped the comparison; it gets the number of compared rows. Opens a read
/// transaction in `to`. Nothing may write to `from`, which can be the same connection.
pub(crate) fn compare(
    from: &Connection,
    to: &Connection,
    on_progress: &OnProgress<'_>,
) -> Result<Option<BTreeMap<&'static str, Differences>>> {
    let moment = to.unchecked_transaction()?;
    let (mut parts, mut rows) = (BTreeMap::new(), 0);
    for table in &TABLES {
        match compare_table(table, from, &moment, &mut rows, on_progress)? {
            Some(differences) => parts.insert(table.part, differences),
            None => return Ok(None),
        };
    }
    Ok(Some(parts))
}

fn compare_table(
    table: &Table,
    from: &Connection,
    to: &Connection,
    compared: &mut u64,
    on_progress: &OnProgress<'_>,
) -> Result<Option<Differences>> {
    let (mut from, mut to) = (from.prepare(&table.query())?, to.prepare(&table.query())?);
    let (mut from, mut to) = (from.query([])?, to.query([])?);
    from.advance()?;
    to.advance()?;
    let mut differences = Differences::default();
    loop {
        let order = match (from.get(), to.get()) {
            (None, None) => return Ok(Some(differences)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(from), Some(to)) => table.compare_keys(from, to)?,
        };
        let before = if order.is_le() { from.get() } else { None };
        let after = if order.is_ge() { to.get() } else { None };
        differences.add(table, before, after)?;
        if order.is_le() {
            from.advance()?;
        }
        if order.is_ge() {
            to.advance()?;
        }
        *compared += 1;
        if compared.is_multiple_of(PROGRESS_EVERY) && on_progress(*compared) == ControlFlow::Break(()) {
            return Ok(None);
        }
    }
}

impl Differences {
    /// Returns whether both are equal.
    pub fn is_empty(&self) -> bool {
        (self.added, self.removed, self.changed) == (0, 0, 0)
    }

    /// Counts a row. `None` means that the state does not have the row.
    fn add(&mut self, table: &Table, before: Option<&Row<'_>>, after: Option<&Row<'_>>) -> Result<()> {
        let (change, row) = match (before, after) {
            (Some(before), Some(after)) if table.has_same_values(before, after)? => return Ok(()),
            (Some(before), Some(_)) => (Change::Changed, before),
            (Some(before), None) => (Change::Removed, before),
            (None, Some(after)) => (Change::Added, after),
            (None, None) => return Ok(()),
        };
        *match change {
            Change::Added => &mut self.added,
            Change::Removed => &mut self.removed,
            Change::Changed => &mut self.changed,
        } += 1;
        if self.sample.len() < MAX_SAMPLE {
            let values = |row: Option<&Row<'_>>| row.map(|row| table.values_of(row)).transpose();
            let (key, before, after) = (table.key_of(row)?, values(before)?, values(after)?);
            self.sample.push(Difference { change, key, before, after });
        }
        Ok(())
    }
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    value.as_bytes().unwrap_or_default()
}

fn value(value: ValueRef<'_>, kind: Kind) -> Value {
    match (value, kind) {
        (ValueRef::Integer(number), Kind::Flag) => (number != 0).into(),
        (ValueRef::Integer(number), _) => number.into(),
        (ValueRef::Text(text), Kind::Json) if text.len() <= MAX_TEXT => {
            serde_json::from_slice(text).unwrap_or_else(|_| shortened(text))
        }
        (ValueRef::Text(text), _) => shortened(text),
        _ => Value::Null,
    }
}

/// Returns the text, cut to [`MAX_TEXT`] bytes.
fn shortened(text: &[u8]) -> Value {
    match text.get(..MAX_TEXT) {
        Some(start) if text.len() > MAX_TEXT => {
            // The cut can be within a character.
            format!("{}…", String::from_utf8_lossy(start).trim_end_matches(char::REPLACEMENT_CHARACTER))
        }
        _ => String::from_utf8_lossy(text).into_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests;
