//! Rows: what commands print, as typed structs.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The columns of a line of a table: a name and a text each.
pub(crate) type Cells = Vec<(&'static str, String)>;

/// A row of output.
///
/// Its serialised form is the line of NDJSON, its keys are the columns of CSV and Parquet, and its
/// schema is what `tim schema` prints. Every key is always there; a key without a value is null.
pub(crate) trait Row: Serialize + JsonSchema {
    /// The columns that a table shows. A column that no row has is left out.
    fn cells(&self) -> Cells;
}

/// A value in a table: `yes`, `no`, or `-` if there is none.
pub(crate) fn yes_no(value: impl Into<Option<bool>>) -> String {
    match value.into() {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => NONE.to_owned(),
    }
}

/// A value in a table, or `-` if there is none.
pub(crate) fn or_dash(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// What a table shows instead of a value that is not there.
pub(super) const NONE: &str = "-";

/// The keys and values of a row in the order of their declaration. They are read from its JSON,
/// because a map of `serde_json` sorts its keys.
pub(super) fn pairs(row: &impl Serialize) -> serde_json::Result<Vec<(String, Value)>> {
    let Pairs(pairs) = serde_json::from_slice(&serde_json::to_vec(row)?)?;
    Ok(pairs)
}

struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_of_a_row_keep_their_order() {
        #[derive(Serialize)]
        struct Declared {
            z: u8,
            a: Option<u8>,
        }
        let pairs = pairs(&Declared { z: 1, a: None }).unwrap();
        assert_eq!(pairs, [("z".to_owned(), Value::from(1)), ("a".to_owned(), Value::Null)]);
    }

    #[test]
    fn a_table_shows_what_is_missing_as_a_dash() {
        assert_eq!([yes_no(true), yes_no(false), yes_no(None)], ["yes", "no", "-"]);
        assert_eq!([or_dash(Some(7)), or_dash(None::<u8>)], ["7", "-"]);
    }
}
