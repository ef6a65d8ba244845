//! Logins, query_online_status and kick as values, and what the model returns for them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{Model, No};
use super::responses::{Body, body};
use super::users::{user, users};

const DAY: u64 = 24 * 60 * 60;

/// The logins of a user: by platform, the status and its second.
pub(super) type Logins = BTreeMap<&'static str, (&'static str, u64)>;

/// A user whose status on a platform was set some days ago.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) platform: &'static str,
    pub(super) status: &'static str,
    days_ago: u64,
}

#[derive(Debug, Clone)]
pub(super) enum SessionAct {
    Query { users: Vec<String>, detail: bool, is_old: bool },
    Kick { user: String },
}

pub(super) fn login() -> impl Strategy<Value = Login> {
    let platform = prop::sample::select(&["iPhone", "Web"][..]);
    let status = prop::sample::select(&["Online", "PushOnline", "Offline"][..]);
    let days_ago = prop_oneof![4 => Just(0), 1 => Just(7), 1 => Just(8)];
    (user(), platform, status, days_ago).prop_map(|(user, platform, status, days_ago)| Login {
        user,
        platform,
        status,
        days_ago,
    })
}

pub(super) fn session_act() -> impl Strategy<Value = SessionAct> {
    prop_oneof![
        3 => (users(), any::<bool>(), any::<bool>())
            .prop_map(|(users, detail, is_old)| SessionAct::Query { users, detail, is_old }),
        1 => user().prop_map(|user| SessionAct::Kick { user }),
    ]
}

impl Login {
    /// The second in which the status was set.
    pub(super) fn at(&self, now: u64) -> u64 {
        now.saturating_sub(self.days_ago * DAY)
    }
}

impl SessionAct {
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Query { is_old: false, .. } => "openim/query_online_status",
            Self::Query { is_old: true, .. } => "openim/querystate",
            Self::Kick { .. } => "im_open_login_svc/kick",
        }
    }

    pub(super) fn request(&self) -> Value {
        match self {
            Self::Query { users, detail: true, .. } => json!({ "IsNeedDetail": 1, "To_Account": users }),
            Self::Query { users, detail: false, .. } => json!({ "To_Account": users }),
            Self::Kick { user } => json!({ "UserID": user }),
        }
    }
}

impl Model {
    /// Sets a status, and returns the reason of the event.
    pub(super) fn log_in(&mut self, login: &Login) -> Option<&'static str> {
        let at = login.at(self.now);
        if !self.exists(&login.user) {
            return None;
        }
        let earlier = self.platforms(&login.user, at).into_iter().find(|(platform, _)| *platform == login.platform);
        let earlier = earlier.map_or("Offline", |(_, status)| status);
        self.account(&login.user).logins.insert(login.platform, (login.status, at));
        match login.status {
            status if status == earlier => None,
            "Online" => Some("Register"),
            "PushOnline" => Some("LinkClose"),
            _ => Some("Unregister"),
        }
    }

    pub(super) fn run_session(&mut self, act: &SessionAct) -> Result<Body, No> {
        match act {
            SessionAct::Query { users, detail, is_old } => self.query(users, *detail, *is_old),
            SessionAct::Kick { user } if user.is_empty() => Err(No::Call(70402)),
            SessionAct::Kick { user } if !self.exists(user) => Err(No::Call(70107)),
            SessionAct::Kick { user } => {
                self.account(user).logins.clear();
                Ok(Body::new())
            }
        }
    }

    /// The platforms that are not offline at this second, with their status.
    fn platforms(&self, user: &str, at: u64) -> Vec<(&'static str, &'static str)> {
        let is_on = |status: &str, since: u64| match status {
            "Online" => true,
            "PushOnline" => at.saturating_sub(since) <= 7 * DAY,
            _ => false,
        };
        let logins = self.accounts[user].logins.iter();
        logins.filter(|(_, (status, since))| is_on(status, *since)).map(|(on, (status, _))| (*on, *status)).collect()
    }

    fn query(&self, users: &[String], detail: bool, is_old: bool) -> Result<Body, No> {
        if users.is_empty() || users.iter().any(String::is_empty) {
            return Err(No::Call(90001));
        }
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for user in users {
            if !self.exists(user) {
                if self.quirks.unknown_target_rejects_call {
                    return Err(No::Call(70107));
                }
                errors.push(json!({ "To_Account": user, "ErrorCode": 70107 }));
                continue;
            }
            let platforms = self.platforms(user, self.now);
            let has = |status: &str| platforms.iter().any(|(_, other)| *other == status);
            let status = ["Online", "PushOnline"].into_iter().find(|status| has(status)).unwrap_or("Offline");
            let key = if is_old || self.quirks.status_key_state { "State" } else { "Status" };
            let mut item = body(json!({ "To_Account": user, key: status }));
            if detail {
                let device = |(platform, status)| json!({ "Platform": platform, "Status": status });
                item.insert("Detail".into(), platforms.into_iter().map(device).collect());
            }
            found.push(item);
        }
        if found.is_empty() && self.quirks.all_rejected_rejects_call {
            return Err(No::Call(70107));
        }
        let mut response = body(json!({ "QueryResult": found }));
        if found.is_empty() {
            response.insert("ErrorCode".into(), 70107.into());
        }
        if !errors.is_empty() && !is_old {
            response.insert("ErrorList".into(), errors.into());
        }
        Ok(response)
    }
}
