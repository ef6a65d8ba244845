//! A world for tests.

use serde_json::{Value, json};

use super::World;
use crate::app_settings::AppSettings;
use crate::commands;
use crate::relation_limits::RelationLimits;

pub(crate) struct TestWorld {
    pub(crate) world: World,
    pub(crate) now: u64,
}

impl TestWorld {
    /// A world with these accounts at second 1000.
    pub(crate) fn with(users: &[&str]) -> Self {
        Self::limited(RelationLimits::default(), users)
    }

    pub(crate) fn limited(limits: RelationLimits, users: &[&str]) -> Self {
        Self::with_settings(AppSettings { relation_limits: limits, ..AppSettings::default() }, users)
    }

    pub(crate) fn with_settings(settings: AppSettings, users: &[&str]) -> Self {
        let world = World::open(None, settings, &["administrator".to_owned()]).unwrap();
        let mut stage = Self { world, now: 1000 };
        for hundred in users.chunks(100) {
            stage.ok("im_open_login_svc/multiaccount_import", json!({ "Accounts": hundred }));
        }
        stage
    }

    pub(crate) fn call(&mut self, path: &str, body: Value) -> Value {
        let (service, command) = path.split_once('/').unwrap();
        let route = commands::find(service, command).unwrap();
        serde_json::from_str(&self.world.apply(route, body.to_string().as_bytes(), self.now, &|_| None)).unwrap()
    }

    /// A call that is done as a whole; single targets may be refused.
    pub(crate) fn ok(&mut self, path: &str, body: Value) -> Value {
        let answer = self.call(path, body);
        assert_eq!((&answer["ActionStatus"], &answer["ErrorCode"]), (&json!("OK"), &json!(0)), "{path} {answer}");
        answer
    }

    /// The code with which a call is refused as a whole.
    pub(crate) fn refused(&mut self, path: &str, body: Value) -> i64 {
        let answer = self.call(path, body);
        assert_eq!(answer["ActionStatus"], "FAIL", "{path} {answer}");
        answer["ErrorCode"].as_i64().unwrap()
    }

    /// Follows and returns the codes of the targets.
    pub(crate) fn follow(&mut self, from: &str, to: &[&str]) -> Vec<i64> {
        let items: Vec<_> = to.iter().map(|to| json!({ "To_Account": to })).collect();
        codes(&self.ok("follow/follow_add", json!({ "From_Account": from, "FollowItem": items })))
    }

    pub(crate) fn unfollow(&mut self, from: &str, to: &[&str]) -> Vec<i64> {
        codes(&self.ok("follow/follow_delete", json!({ "From_Account": from, "To_Account": to })))
    }

    /// Followers, following, mutual.
    pub(crate) fn counts(&mut self, user: &str) -> [u64; 3] {
        let answer = self.ok("follow/follow_get_info", json!({ "From_Account": user, "To_Account": [user] }));
        let item = &answer["FollowInfo"][0];
        ["FollowerCount", "FollowingCount", "MutualFollowingCount"].map(|key| item[key].as_u64().unwrap())
    }

    /// A page of a list and its next cursor.
    pub(crate) fn page(&mut self, user: &str, kind: i64, start: &str, want: i64) -> (Vec<String>, String) {
        let request = json!({ "From_Account": user, "FollowType": kind, "StartCursor": start, "WantNum": want });
        let answer = self.ok("follow/follow_get", request);
        let user = |item: &Value| item["To_Account"].as_str().unwrap().to_owned();
        let users = answer["FollowItem"].as_array().unwrap().iter().map(user).collect();
        (users, answer["NextCursor"].as_str().unwrap().to_owned())
    }
}

/// The codes of all items.
pub(crate) fn codes(answer: &Value) -> Vec<i64> {
    let keys = ["ResultItem", "InfoItem", "FollowInfo", "BlackListCheckItem", "UserProfileItem"];
    let items = keys.iter().find_map(|key| answer[key].as_array());
    items.unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect()
}
