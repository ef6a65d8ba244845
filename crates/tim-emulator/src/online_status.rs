//! Changes of the online status of users, and their event State.StateChange.

use rusqlite::Connection;
use tim_types::UserId;
use tim_types::status::Status;
use tim_types::webhook::{Event, StateAction, StateChange, StateInfo, StateReason};

use crate::check;
use crate::world::{accounts, logins};

/// A valid change of the status of a user on one platform.
pub(crate) struct StatusChange {
    user: UserId,
    platform: String,
    status: Status,
}

/// The result of a [`StatusChange`].
#[derive(Debug, PartialEq)]
pub(crate) enum Changed {
    /// The user has no account.
    NoAccount,
    /// The platform had this status before.
    Same,
    Event(Event),
}

impl StatusChange {
    /// Returns an error that names the invalid value.
    pub(crate) fn new(user: UserId, platform: String, status: Status) -> Result<Self, String> {
        check::platform(&platform)?;
        check::one_of("status", status.as_str(), Status::KNOWN)?;
        Ok(Self { user, platform, status })
    }

    /// Returns the `OptPlatform` of the webhook: the documented name of the platform.
    pub(crate) fn opt_platform(&self) -> &'static str {
        match self.platform.to_ascii_lowercase().as_str() {
            // Other events write "iOS".
            "iphone" | "ios" => "IOS",
            "ipad" => "iPad",
            "android" => "Android",
            "web" => "Web",
            "pc" | "windows" => "Windows",
            "mac" | "macos" => "macOS",
            _ => "Unknown",
        }
    }

    /// Stores the status.
    pub(crate) fn apply(self, db: &Connection, now_ms: u64) -> rusqlite::Result<Changed> {
        let Self { user, platform, status } = self;
        if !accounts::exists(db, &user)? {
            return Ok(Changed::NoAccount);
        }
        let now = i64::try_from(now_ms / 1000).unwrap_or(i64::MAX);
        let logins = logins::current(db, &user, now)?;
        let earlier = logins.into_iter().find(|login| login.platform == platform);
        let earlier = earlier.map_or(Status::OFFLINE, |login| Status::from(login.status));
        let stored = Some(status.as_str()).filter(|_| status != Status::OFFLINE);
        logins::set(db, &user, &platform, stored, now)?;
        if earlier == status {
            return Ok(Changed::Same);
        }
        let reason = match status {
            status if status == Status::ONLINE => StateReason::REGISTER,
            status if status == Status::PUSH_ONLINE => StateReason::LINK_CLOSE,
            _ => StateReason::UNREGISTER,
        };
        Ok(Changed::Event(event(user, reason, now_ms)))
    }
}

/// Returns the event of a session that changed for this reason.
pub(crate) fn event(user: UserId, reason: StateReason, time_ms: u64) -> Event {
    let action = match &reason {
        reason if *reason == StateReason::REGISTER => StateAction::LOGIN,
        reason if *reason == StateReason::UNREGISTER => StateAction::LOGOUT,
        _ => StateAction::DISCONNECT,
    };
    Event::StateChange(StateChange { time_ms, info: StateInfo { action, user, reason }, kicked: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn a_change_of_the_status_is_an_event() {
        let world = World::open(None, &["bob".to_owned()]).unwrap();
        let now = 1_000_000_000;
        let set = |platform: &str, status: Status, days: u64| {
            let change = StatusChange::new("bob".into(), platform.to_owned(), status).unwrap();
            match change.apply(&world.db, now + days * 24 * 3600 * 1000).unwrap() {
                Changed::Event(Event::StateChange(event)) => Some(event.info.reason),
                Changed::Same => None,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(set("Web", Status::OFFLINE, 0), None);
        assert_eq!(set("Web", Status::ONLINE, 0), Some(StateReason::REGISTER));
        assert_eq!(set("Web", Status::ONLINE, 1), None);
        assert_eq!(set("iPhone", Status::ONLINE, 1), Some(StateReason::REGISTER));
        assert_eq!(set("Web", Status::PUSH_ONLINE, 1), Some(StateReason::LINK_CLOSE));
        assert_eq!(set("Web", Status::PUSH_ONLINE, 2), None);
        assert_eq!(set("Web", Status::PUSH_ONLINE, 10), Some(StateReason::LINK_CLOSE), "it was offline");
        assert_eq!(set("Web", Status::OFFLINE, 18), None, "it was offline");
        assert_eq!(set("iPhone", Status::OFFLINE, 18), Some(StateReason::UNREGISTER));
        assert_eq!(logins::of(&world.db, &"bob".into()).unwrap(), []);
    }

    #[test]
    fn a_webhook_has_the_documented_name_of_the_platform() {
        for (platform, expected) in [
            ("iPhone", "IOS"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Web", "Web"),
            ("PC", "Windows"),
            ("Mac", "macOS"),
            ("HarmonyOS5", "Unknown"),
        ] {
            let change = StatusChange::new("bob".into(), platform.to_owned(), Status::ONLINE).unwrap();
            assert_eq!(change.opt_platform(), expected, "{platform}");
        }
    }

    #[test]
    fn an_event_has_the_action_of_its_reason() {
        for (reason, action) in [
            (StateReason::REGISTER, StateAction::LOGIN),
            (StateReason::UNREGISTER, StateAction::LOGOUT),
            (StateReason::LINK_CLOSE, StateAction::DISCONNECT),
        ] {
            let Event::StateChange(change) = event("bob".into(), reason, 5) else { panic!() };
            assert_eq!((change.info.action, change.info.user.as_str(), change.time_ms), (action, "bob", 5));
        }
    }

    #[test]
    fn an_invalid_change_is_rejected() {
        let new = |platform: &str, status: &str| StatusChange::new("bob".into(), platform.to_owned(), status.into());
        assert!(new("i Phone", "Online").is_err() && new("Web", "online").is_err());
        let world = World::open(None, &[]).unwrap();
        assert_eq!(new("Web", "Online").unwrap().apply(&world.db, 0).unwrap(), Changed::NoAccount);
    }
}
