//! The accounts.

use rusqlite::{Connection, Result, params};
use tim_types::UserId;

pub(crate) fn exists(db: &Connection, user: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM account WHERE user = ?1")?.exists([user.as_str()])
}

/// Creates the account. An existing account stays unchanged.
pub(crate) fn import(db: &Connection, user: &UserId) -> Result<()> {
    db.prepare_cached("INSERT INTO account (user) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([user.as_str()])?;
    Ok(())
}

/// Creates these accounts.
pub(crate) fn import_all(db: &Connection, users: &[String]) -> Result<()> {
    users.iter().try_for_each(|user| import(db, &user.as_str().into()))
}

/// Whether the user has more follows than `limit`, in both directions together.
pub(crate) fn has_more_follows(db: &Connection, user: &UserId, limit: u32) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM account WHERE user = ?1 AND followers + following > ?2")?
        .exists(params![user.as_str(), limit])
}

/// Removes up to `limit` follows of the user in each direction. Returns whether more follows can
/// exist.
pub(crate) fn remove_follows(db: &Connection, user: &UserId, limit: u32) -> Result<bool> {
    let mut more = false;
    for column in ["from_user", "to_user"] {
        let sql = format!(
            "DELETE FROM follow WHERE (from_user, to_user) IN
                 (SELECT from_user, to_user FROM follow WHERE {column} = ?1 LIMIT ?2)"
        );
        more |= db.prepare_cached(&sql)?.execute(params![user.as_str(), limit])? == limit as usize;
    }
    Ok(more)
}

/// Removes the account with its follows, friends and blocks in both directions, and its profile.
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
