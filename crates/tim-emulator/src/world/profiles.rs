//! The profiles of the users.

use rusqlite::{Connection, OptionalExtension as _, Result};
use tim_types::{ProfileItem, ProfileTag, UserId};

use super::json::Json;

/// Sets these fields; other fields stay unchanged. Counts as one change of the profile. The account
/// must exist.
pub(crate) fn set(db: &Connection, user: &UserId, items: &[ProfileItem]) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let mut set = db.prepare_cached("INSERT OR REPLACE INTO profile (user, tag, value) VALUES (?1, ?2, ?3)")?;
    for item in items {
        set.execute([user.as_str(), item.tag.as_str(), &item.value.to_string()])?;
    }
    db.prepare_cached("UPDATE account SET profile_sequence = profile_sequence + 1 WHERE user = ?1")?
        .execute([user.as_str()])?;
    Ok(())
}

/// Returns the fields, sorted by tag, and the number of changes of the profile; `None` for a user
/// without fields.
pub(crate) fn get(db: &Connection, user: &UserId) -> Result<Option<(Vec<ProfileItem>, i64)>> {
    let items = db
        .prepare_cached("SELECT tag, value FROM profile WHERE user = ?1 ORDER BY tag")?
        .query_map([user.as_str()], |row| {
            let Json(value) = row.get::<_, Json<serde_json::Value>>(1)?;
            Ok(ProfileItem::new(row.get_ref(0)?.as_str()?, value))
        })?
        .collect::<Result<Vec<_>>>()?;
    if items.is_empty() {
        return Ok(None);
    }
    let sequence = db
        .prepare_cached("SELECT profile_sequence FROM account WHERE user = ?1")?
        .query_row([user.as_str()], |row| row.get(0))?;
    Ok(Some((items, sequence)))
}

/// Returns the text of a field; `None` if the field is not set or is a number.
pub(crate) fn text(db: &Connection, user: &UserId, tag: &ProfileTag) -> Result<Option<String>> {
    let value = db
        .prepare_cached("SELECT value FROM profile WHERE user = ?1 AND tag = ?2")?
        .query_row([user.as_str(), tag.as_str()], |row| row.get::<_, String>(0))
        .optional()?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}
