//! What keeps follows in order and counted: indexes and triggers, which a large import does better without.

use rusqlite::{Connection, Result};

pub(super) const SQL: &str = include_str!("upkeep.sql");

/// Memory for pages, in KiB: what SQLite takes by default.
const CACHE: i32 = 2000;
/// Enough that an import of ten million follows does not write a page before it is done with it.
const LARGE_CACHE: i32 = 1024 * 1024;

/// Takes the upkeep away, when there is nothing yet to keep up. Says whether it did.
pub(super) fn suspend(db: &Connection) -> Result<bool> {
    if db.prepare("SELECT 1 FROM follow")?.exists([])? {
        return Ok(false);
    }
    db.execute_batch(
        "DROP TRIGGER follow_begins; DROP TRIGGER follow_ends;
         DROP INDEX follow_following; DROP INDEX follow_followers; DROP INDEX follow_mutual;",
    )?;
    Ok(true)
}

/// Brings it back, and makes up for what it would have done.
pub(super) fn resume(db: &Connection) -> Result<()> {
    db.execute_batch(
        "UPDATE follow SET mutual = 1 WHERE mutual = 0 AND EXISTS (
             SELECT 1 FROM follow AS back WHERE back.from_user = follow.to_user AND back.to_user = follow.from_user
         )",
    )?;
    db.execute_batch(SQL)?;
    db.execute_batch(
        "UPDATE account SET
             followers = (SELECT COUNT(*) FROM follow WHERE to_user = user),
             following = (SELECT COUNT(*) FROM follow WHERE from_user = user),
             mutual = (SELECT COUNT(*) FROM follow WHERE from_user = user AND mutual = 1);
         UPDATE total SET follows = (SELECT COUNT(*) FROM follow)",
    )
}

/// How many pages may stay in memory.
pub(super) fn set_cache(db: &Connection, large: bool) -> Result<()> {
    db.pragma_update(None, "cache_size", -(if large { LARGE_CACHE } else { CACHE }))
}
