//! Helpers for the tests of this module.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result};
use serde_json::Value;

use super::{accounts, store};

/// Creates a state in memory with these accounts.
pub(super) fn world(users: &[&str]) -> Connection {
    let db = store::in_memory().unwrap();
    users.iter().for_each(|user| accounts::import(&db, &(*user).into()).unwrap());
    db
}

/// Returns a custom field of a friend with this value.
pub(super) fn custom(value: u64) -> BTreeMap<String, Value> {
    BTreeMap::from([("Tag_SNS_Custom_Level".to_owned(), value.into())])
}

/// Returns the query plan of a statement.
pub(super) fn plan(db: &Connection, sql: &str) -> String {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![0; explain.parameter_count()];
    let lines = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
    lines.collect::<Result<Vec<_>>>().unwrap().join("; ")
}
