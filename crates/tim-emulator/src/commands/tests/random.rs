//! Random commands, done by the world and by a naive model of the documents: no response may
//! differ.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{option, sample};
use serde_json::{Value, json};
use tim_types::profile::AllowType;

use super::commands::{Act, Start, act};
use super::model::Model;
use super::model_sessions::login;
use crate::app_settings::AppSettings;
use crate::commands::testing::TestWorld;
use crate::quirks::Quirks;
use crate::random_tests;
use crate::relation_limits::RelationLimits;

/// Small ones, so that they are reached.
fn limits() -> impl Strategy<Value = RelationLimits> {
    let limit = || option::of(0..4_u64);
    let follows = (limit(), limit(), limit());
    (follows, limit(), limit(), limit(), limit()).prop_map(
        |((following, followers, mutual), friends, groups, pending, blocked)| RelationLimits {
            following,
            followers,
            mutual,
            friends,
            groups,
            pending,
            blocked,
        },
    )
}

fn quirks() -> impl Strategy<Value = Quirks> {
    let names = Quirks::names();
    vec(prop::bool::weighted(0.2), names.len()).prop_map(move |on| {
        let mut quirks = Quirks::default();
        for (name, on) in names.iter().zip(on) {
            quirks.set(name, on).unwrap();
        }
        quirks
    })
}

/// The friend groups and friend requests in an export, without their order.
fn friend_state(export: &str) -> BTreeSet<String> {
    let line = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let groups = &record["account"]["groups"];
        match (&record["friend_request"], groups) {
            (Value::Null, Value::Null) => None,
            (Value::Null, groups) => Some(json!([record["account"]["user"], groups]).to_string()),
            (request, _) => Some(request.to_string()),
        }
    };
    export.lines().filter_map(line).collect()
}

/// Replaces each text that is not documented with a question mark.
fn without_texts(response: &mut Value) {
    match response {
        Value::Array(items) => items.iter_mut().for_each(without_texts),
        Value::Object(fields) => {
            for (key, value) in fields {
                let free = ["ErrorInfo", "ResultInfo", "NextCursor"].contains(&key.as_str());
                match value {
                    Value::String(text) if free && !text.is_empty() => *text = "?".to_owned(),
                    other => without_texts(other),
                }
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(random_tests::config(300))]
    #[test]
    fn the_world_is_what_the_documents_say(
        limits in limits(),
        quirks in quirks(),
        allow_type in sample::select(&[AllowType::ALLOW_ANY, AllowType::NEED_CONFIRM, AllowType::DENY_ANY][..]),
        friend_page_size in 1..5_u32,
        // A step and the seconds that pass before it; the clock may be set back.
        steps in vec((act(), -1..3_i64), 1..80),
        // Logins that happen before some of the steps.
        logins in vec((0..80_usize, login()), 0..20),
    ) {
        let settings = AppSettings {
            relation_limits: limits, quirks, default_allow_type: allow_type, friend_page_size, ..AppSettings::default()
        };
        let mut stage = TestWorld::with_settings(settings.clone(), &[]);
        // Large enough for logins that started some days earlier.
        stage.now = 10_000_000;
        let mut model = Model::new(settings, stage.now);
        let mut cursors: BTreeMap<(String, i64), String> = BTreeMap::new();
        let mut latest = String::new();
        for user in ["a", "b", "c", "d"] {
            let import = Act::Import { user: user.to_owned(), nick: None };
            stage.ok(import.path(), import.request(""));
            model.response(&import);
        }
        for (number, (act, passed)) in steps.iter().enumerate() {
            stage.now = stage.now.saturating_add_signed(*passed);
            model.now = stage.now;
            for (_, login) in logins.iter().filter(|(before, _)| *before == number) {
                let reason = stage.log_in(&login.user, login.platform, login.status, login.at(stage.now));
                prop_assert_eq!(reason.as_deref(), model.log_in(login), "{:?}", login);
            }
            let (list, cursor) = match act {
                Act::ListFollows { from, kind, start, .. } => {
                    let list = (from.clone(), *kind);
                    let cursor = match start {
                        Start::First => String::new(),
                        Start::Next => cursors.get(&list).cloned().unwrap_or_default(),
                        Start::Latest => latest.clone(),
                    };
                    (Some(list), cursor)
                }
                _ => (None, String::new()),
            };
            let mut response = stage.call(act.path(), act.request(&cursor));
            if let (Some(list), Some(next)) = (list, response["NextCursor"].as_str()) {
                cursors.insert(list, next.to_owned());
                if !next.is_empty() {
                    next.clone_into(&mut latest);
                }
            }
            without_texts(&mut response);
            prop_assert_eq!(response, model.response(act), "{:?}", act);
        }
        prop_assert_eq!(stage.totals(), model.totals());
        prop_assert_eq!(friend_state(&stage.export()), model.friend_state());
    }
}
