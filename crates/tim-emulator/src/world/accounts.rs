//! The accounts.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
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

/// Sets the time of the latest kick. The account must exist.
pub(crate) fn kick(db: &Connection, user: &UserId, now: i64) -> Result<()> {
    db.prepare_cached("UPDATE account SET kicked_at = ?2 WHERE user = ?1")?.execute(params![user.as_str(), now])?;
    Ok(())
}

/// Returns the time of the latest kick; `None` if the user was never kicked, or has no account.
pub(crate) fn kicked_at(db: &Connection, user: &UserId) -> Result<Option<i64>> {
    let kicked = db
        .prepare_cached("SELECT kicked_at FROM account WHERE user = ?1")?
        .query_row([user.as_str()], |row| row.get(0))
        .optional()?;
    Ok(kicked.flatten())
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

/// Removes the account with its follows, friends, friend requests and blocks in both directions,
/// its friend groups, login states and profile.
pub(crate) fn delete(db: &Connection, user: &UserId) -> Result<()> {
    for sql in [
        "DELETE FROM follow WHERE from_user = ?1",
        "DELETE FROM follow WHERE to_user = ?1",
        "DELETE FROM friend WHERE owner = ?1",
        "DELETE FROM friend WHERE friend = ?1",
        "DELETE FROM friend_group WHERE owner = ?1",
        "DELETE FROM friend_request WHERE to_user = ?1",
        "DELETE FROM friend_request WHERE from_user = ?1",
        "DELETE FROM blocked WHERE owner = ?1",
        "DELETE FROM blocked WHERE user = ?1",
        "DELETE FROM login WHERE user = ?1",
        "DELETE FROM profile WHERE user = ?1",
        "DELETE FROM account WHERE user = ?1",
    ] {
        db.prepare_cached(sql)?.execute([user.as_str()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::friends::FriendEntry;
    use crate::world::requests::FriendRequest;
    use crate::world::testing::{custom, world};
    use crate::world::{blocks, follows, friends, groups, logins, profiles, requests};

    #[test]
    fn a_kick_keeps_the_latest_time() {
        let db = world(&["alice"]);
        let alice = "alice".into();
        assert_eq!(kicked_at(&db, &alice).unwrap(), None);
        kick(&db, &alice, 5).unwrap();
        kick(&db, &alice, 7).unwrap();
        assert_eq!(kicked_at(&db, &alice).unwrap(), Some(7));
        assert_eq!(kicked_at(&db, &"nobody".into()).unwrap(), None);
    }

    #[test]
    fn a_deleted_account_is_removed_from_every_table() {
        let db = world(&["alice", "bob"]);
        let (alice, bob): (UserId, UserId) = ("alice".into(), "bob".into());
        let entry = FriendEntry { groups: vec!["Work".into()], custom: custom(1), ..FriendEntry::default() };
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            follows::begin(&db, one, other, 1).unwrap();
            groups::add(&db, one, "Work").unwrap();
            friends::add(&db, one, other, &entry).unwrap();
            blocks::add(&db, one, other, 1).unwrap();
            requests::put(&db, &FriendRequest::new(one.clone(), other.clone())).unwrap();
        }
        logins::set(&db, &alice, "Web", Some(logins::ONLINE), 1).unwrap();
        profiles::set(&db, &alice, &[tim_types::ProfileItem::new("Tag_Profile_IM_Nick", "A")]).unwrap();
        kick(&db, &alice, 5).unwrap();

        delete(&db, &alice).unwrap();
        let left = |table: &str| {
            let count = format!("SELECT COUNT(*) FROM {table}");
            db.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let tables = ["account", "follow", "friend", "friend_group", "friend_request", "blocked", "login", "profile"];
        assert_eq!(tables.map(left), [1, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(groups::list(&db, &bob).unwrap(), ["Work"], "a group of another user stays");
        let size = friends::size(&db, &bob).unwrap();
        assert_eq!((size.count, size.sequence, size.custom_sequence), (0, 2, 2));
    }
}
