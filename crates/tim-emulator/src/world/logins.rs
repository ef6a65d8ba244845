//! The login states of users on their platforms.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tim_types::UserId;

/// The status of a platform that is connected.
pub(crate) const ONLINE: &str = "Online";
/// The status of a platform that is not connected, and receives offline push messages.
pub(crate) const PUSH_ONLINE: &str = "PushOnline";
/// The known status values.
pub(crate) const STATES: [&str; 2] = [ONLINE, PUSH_ONLINE];
/// The number of seconds after which a platform with the status [`PUSH_ONLINE`] is offline.
const PUSH_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The login state of a platform that is not offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) platform: String,
    /// [`ONLINE`] or [`PUSH_ONLINE`].
    pub(crate) status: String,
    /// The unix second in which the status was set.
    pub(crate) since: i64,
}

impl Login {
    /// Whether the platform is offline at `now`, because its status was [`PUSH_ONLINE`] for too
    /// long.
    fn is_expired(&self, now: i64) -> bool {
        self.status == PUSH_ONLINE && now.saturating_sub(self.since) > PUSH_SECONDS
    }
}

/// Sets the status of a platform; `None` means offline. Returns the earlier status. The account
/// must exist.
pub(crate) fn set(
    db: &Connection,
    user: &UserId,
    platform: &str,
    status: Option<&str>,
    now: i64,
) -> Result<Option<String>> {
    let earlier = db
        .prepare_cached("SELECT status FROM login WHERE user = ?1 AND platform = ?2")?
        .query_row([user.as_str(), platform], |row| row.get(0))
        .optional()?;
    match status {
        Some(status) => db
            .prepare_cached("INSERT OR REPLACE INTO login (user, platform, status, since) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![user.as_str(), platform, status, now])?,
        None => db
            .prepare_cached("DELETE FROM login WHERE user = ?1 AND platform = ?2")?
            .execute([user.as_str(), platform])?,
    };
    Ok(earlier)
}

/// Returns the stored states of a user, sorted by platform.
pub(crate) fn of(db: &Connection, user: &UserId) -> Result<Vec<Login>> {
    db.prepare_cached("SELECT platform, status, since FROM login WHERE user = ?1 ORDER BY platform")?
        .query_map([user.as_str()], |row| Ok(Login { platform: row.get(0)?, status: row.get(1)?, since: row.get(2)? }))?
        .collect()
}

/// Returns the states of a user at `now`, sorted by platform: without a platform whose status is
/// [`PUSH_ONLINE`] for more than 7 days.
pub(crate) fn current(db: &Connection, user: &UserId, now: i64) -> Result<Vec<Login>> {
    let mut logins = of(db, user)?;
    logins.retain(|login| !login.is_expired(now));
    Ok(logins)
}

/// Whether any platform of a user has the status [`ONLINE`].
pub(crate) fn is_online(db: &Connection, user: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM login WHERE user = ?1 AND status = ?2")?.exists([user.as_str(), ONLINE])
}

/// Sets all platforms of a user to offline. Returns the removed states, sorted by platform.
pub(crate) fn clear(db: &Connection, user: &UserId) -> Result<Vec<Login>> {
    let removed = of(db, user)?;
    db.prepare_cached("DELETE FROM login WHERE user = ?1")?.execute([user.as_str()])?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::world;

    fn login(platform: &str, status: &str, since: i64) -> Login {
        Login { platform: platform.into(), status: status.into(), since }
    }

    #[test]
    fn a_status_is_set_replaced_and_removed() {
        let db = world(&["alice", "bob"]);
        let alice = "alice".into();
        assert_eq!(set(&db, &alice, "iPhone", Some(ONLINE), 5).unwrap(), None);
        assert_eq!(set(&db, &alice, "Web", Some(ONLINE), 6).unwrap(), None);
        assert_eq!(set(&db, &alice, "iPhone", Some(PUSH_ONLINE), 7).unwrap().as_deref(), Some(ONLINE));
        let stored = [login("Web", ONLINE, 6), login("iPhone", PUSH_ONLINE, 7)];
        assert_eq!(of(&db, &alice).unwrap(), stored);
        assert_eq!(of(&db, &"bob".into()).unwrap(), []);
        assert_eq!((is_online(&db, &alice).unwrap(), is_online(&db, &"bob".into()).unwrap()), (true, false));
        assert_eq!(set(&db, &alice, "iPhone", None, 8).unwrap().as_deref(), Some(PUSH_ONLINE));
        assert_eq!(set(&db, &alice, "iPhone", None, 8).unwrap(), None);
        set(&db, &alice, "Web", Some(PUSH_ONLINE), 8).unwrap();
        assert!(!is_online(&db, &alice).unwrap());
        set(&db, &alice, "Web", Some(ONLINE), 6).unwrap();
        assert_eq!(clear(&db, &alice).unwrap(), stored[..1]);
        assert_eq!(clear(&db, &alice).unwrap(), []);
    }

    #[test]
    fn a_push_login_ends_after_7_days() {
        let db = world(&["alice"]);
        let alice = "alice".into();
        set(&db, &alice, "Android", Some(PUSH_ONLINE), 100).unwrap();
        set(&db, &alice, "Web", Some(ONLINE), 100).unwrap();
        let all = [login("Android", PUSH_ONLINE, 100), login("Web", ONLINE, 100)];
        assert_eq!(current(&db, &alice, 100 + PUSH_SECONDS).unwrap(), all);
        assert_eq!(current(&db, &alice, 101 + PUSH_SECONDS).unwrap(), all[1..]);
        assert_eq!(current(&db, &alice, i64::MIN).unwrap(), all, "a clock that was set back");
        assert_eq!(of(&db, &alice).unwrap(), all, "the row stays");
    }
}
