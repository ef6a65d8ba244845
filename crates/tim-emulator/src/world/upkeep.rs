//! The indexes and triggers that order and count relations. A large import is faster without them.

use rusqlite::{Connection, Result};

pub(super) const SQL: &str = include_str!("upkeep.sql");

/// The statements that create the dropped indexes and triggers again.
pub(super) struct Suspended {
    indexes: Vec<String>,
    triggers: Vec<String>,
}

impl Suspended {
    /// Drops all indexes and triggers of these tables. Primary keys stay.
    pub(super) fn new(db: &Connection, tables: &[&str]) -> Result<Self> {
        let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = ?1 AND tbl_name = ?2 AND sql IS NOT NULL";
        let mut objects = db.prepare(sql)?;
        let mut drop_all = |kind: &str| {
            let mut created = Vec::new();
            for table in tables {
                let found = objects.query_map([kind, table], |row| Ok((row.get(0)?, row.get(1)?)))?;
                for (name, sql) in found.collect::<Result<Vec<(String, String)>>>()? {
                    db.execute_batch(&format!("DROP {kind} main.{name}"))?;
                    created.push(sql);
                }
            }
            Ok::<_, rusqlite::Error>(created)
        };
        Ok(Self { indexes: drop_all("index")?, triggers: drop_all("trigger")? })
    }

    /// Returns the statements that create the indexes again.
    pub(super) fn indexes(&self) -> impl Iterator<Item = &str> {
        self.indexes.iter().map(String::as_str)
    }

    /// Returns the statements that create the triggers again.
    pub(super) fn triggers(&self) -> impl Iterator<Item = &str> {
        self.triggers.iter().map(String::as_str)
    }
}
