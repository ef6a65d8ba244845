//! Which users exist.

use rusqlite::{Connection, Result};
use tim_types::UserId;

pub(crate) fn exists(db: &Connection, user: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM account WHERE user = ?1")?.exists([user.as_str()])
}

/// Makes the account; one that is there stays as it is.
pub(crate) fn import(db: &Connection, user: &UserId) -> Result<()> {
    db.prepare_cached("INSERT INTO account (user) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([user.as_str()])?;
    Ok(())
}

/// Makes these accounts.
pub(crate) fn import_all(db: &Connection, users: &[String]) -> Result<()> {
    users.iter().try_for_each(|user| import(db, &user.as_str().into()))
}

/// Removes the account and all that hangs on it: follows, friends and blocks in both directions, and the profile.
pub(crate) fn delete(db: &Connection, user: &UserId) -> Result<()> {
    for sql in [
        "DELETE FROM follow WHERE from_user = ?1",
        "DELETE FROM follow WHERE to_user = ?1",
        "DELETE FROM friend WHERE owner = ?1",
        "DELETE FROM friend WHERE friend = ?1",
        "DELETE FROM blocked WHERE owner = ?1",
        "DELETE FROM blocked WHERE user = ?1",
        "DELETE FROM profile WHERE user = ?1",
        "DELETE FROM account WHERE user = ?1",
    ] {
        db.prepare_cached(sql)?.execute([user.as_str()])?;
    }
    Ok(())
}
