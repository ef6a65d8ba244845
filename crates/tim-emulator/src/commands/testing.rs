//! A world for tests.

use std::ops::ControlFlow;

use serde_json::{Value, json};
use tim_types::webhook::Event;

use super::{Context, Reply, find};
use crate::app_settings::AppSettings;
use crate::command_error::CommandError;
use crate::online_status::{Changed, StatusChange};
use crate::relation_limits::RelationLimits;
use crate::world::transfer::{self, Import, ImportError};
use crate::world::{Totals, World, totals};

pub(crate) struct TestWorld {
    pub(crate) world: World,
    pub(crate) settings: AppSettings,
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
        let world = World::open(None, &settings.admins).unwrap();
        let mut stage = Self { world, settings, now: 1000 };
        for hundred in users.chunks(100) {
            stage.ok("im_open_login_svc/multiaccount_import", json!({ "Accounts": hundred }));
        }
        stage
    }

    pub(crate) fn call(&mut self, path: &str, body: Value) -> Value {
        let (service, command) = path.split_once('/').unwrap();
        serde_json::from_str(&self.reply(service, command, &body.to_string()).body).unwrap()
    }

    /// Imports these lines.
    pub(crate) fn import(&mut self, lines: &str) -> Result<u64, String> {
        let text = |error: ImportError| error.to_string();
        let keep_going = |_| ControlFlow::Continue(());
        let import =
            transfer::collect(&mut transfer::read(lines.as_bytes()).map_err(text)?, None, self.now, &keep_going);
        let import = import.map_err(text)?;
        let count = import.len();
        match import {
            Import::Rows(rows) => transfer::apply(&self.world.db, rows, self.now).unwrap(),
            Import::Staged(stage) => stage.merge_into(&self.world.db, &keep_going).unwrap(),
        }
        Ok(count)
    }

    /// Exports the whole state.
    pub(crate) fn export(&self) -> String {
        let mut lines = Vec::new();
        transfer::export(&self.world.db, &mut lines, &|_| ControlFlow::Continue(())).unwrap();
        String::from_utf8(lines).unwrap()
    }

    pub(crate) fn totals(&self) -> Totals {
        totals::read(&self.world.db).unwrap()
    }

    /// Sets the status of a user at this second. Returns the reason of the event.
    pub(crate) fn log_in(&self, user: &str, platform: &str, status: &str, at: u64) -> Option<String> {
        let change = StatusChange::new(user.into(), platform.to_owned(), status.into()).unwrap();
        match change.apply(&self.world.db, at.saturating_mul(1000)).unwrap() {
            Changed::Event(Event::StateChange(event)) => Some(event.info.reason.to_string()),
            _ => None,
        }
    }

    /// Decodes, validates and executes a call in a transaction, as the server does.
    pub(crate) fn reply(&mut self, service: &str, command: &str, body: &str) -> Reply {
        let route = find(service, command).unwrap();
        let rejected = |code| move |info: String| CommandError::Call(code, info);
        let transaction = self.world.db.transaction().unwrap();
        let context = Context::new(
            &transaction,
            &self.settings,
            route.service,
            "administrator",
            self.now.saturating_mul(1000),
            &|_| None,
        );
        let decoded = route.decode(body.as_bytes()).map_err(|error| error.to_string());
        let decoded = decoded.map_err(rejected(route.service.undecodable));
        let valid = decoded
            .and_then(|request| request.validate().map(|()| request).map_err(rejected(route.service.bad_parameter)));
        match valid.and_then(|request| request.run(&context)) {
            Ok(reply) => {
                transaction.commit().unwrap();
                reply
            }
            Err(error) => Reply::error(&error.envelope(route.service)),
        }
    }

    /// A call that is processed; single targets can be rejected.
    pub(crate) fn ok(&mut self, path: &str, body: Value) -> Value {
        let response = self.call(path, body);
        assert_eq!((&response["ActionStatus"], &response["ErrorCode"]), (&json!("OK"), &json!(0)), "{path} {response}");
        response
    }

    /// The code of a call that is rejected as a whole.
    pub(crate) fn rejected(&mut self, path: &str, body: Value) -> i64 {
        let response = self.call(path, body);
        assert_eq!(response["ActionStatus"], "FAIL", "{path} {response}");
        response["ErrorCode"].as_i64().unwrap()
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
        let response = self.ok("follow/follow_get_info", json!({ "From_Account": user, "To_Account": [user] }));
        let item = &response["FollowInfo"][0];
        ["FollowerCount", "FollowingCount", "MutualFollowingCount"].map(|key| item[key].as_u64().unwrap())
    }

    /// A page of a list and its next cursor.
    pub(crate) fn page(&mut self, user: &str, kind: i64, start: &str, want: i64) -> (Vec<String>, String) {
        let request = json!({ "From_Account": user, "FollowType": kind, "StartCursor": start, "WantNum": want });
        let response = self.ok("follow/follow_get", request);
        let user = |item: &Value| item["To_Account"].as_str().unwrap().to_owned();
        let users = response["FollowItem"].as_array().unwrap().iter().map(user).collect();
        (users, response["NextCursor"].as_str().unwrap().to_owned())
    }
}

/// The codes of all items.
pub(crate) fn codes(response: &Value) -> Vec<i64> {
    let keys = ["ResultItem", "InfoItem", "FollowInfo", "BlackListCheckItem", "UserProfileItem"];
    let items = keys.iter().find_map(|key| response[key].as_array());
    items.unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect()
}
