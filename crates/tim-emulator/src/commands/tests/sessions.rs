//! Logins, online status and kicks.

use serde_json::json;
use tim_types::UserId;
use tim_types::webhook::StateReason;

use super::PEOPLE;
use crate::commands::testing::TestWorld;
use crate::state_change;
use crate::world::{accounts, logins};

const KICK: &str = "im_open_login_svc/kick";

fn log_in(stage: &TestWorld, user: &str, platform: &str, status: &str) {
    logins::set(&stage.world.db, &user.into(), platform, Some(status), stage.now.cast_signed()).unwrap();
}

#[test]
fn a_kick_ends_all_logins_of_the_user() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "iPhone", logins::ONLINE);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    log_in(&stage, "carol", "Web", logins::ONLINE);
    stage.now += 5;
    let response = stage.ok(KICK, json!({ "UserID": "bob" }));
    assert_eq!(response, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" }));
    let (bob, carol): (UserId, UserId) = ("bob".into(), "carol".into());
    let db = &stage.world.db;
    assert_eq!((logins::of(db, &bob).unwrap().len(), logins::of(db, &carol).unwrap().len()), (0, 1));
    assert_eq!(accounts::kicked_at(db, &bob).unwrap(), Some(1005));
    assert_eq!(accounts::kicked_at(db, &carol).unwrap(), None);
}

#[test]
fn a_kick_is_an_event_if_the_user_was_logged_in() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    let mut kick = |later: u64| {
        stage.now += later;
        stage.reply("im_open_login_svc", "kick", r#"{"Identifier":"bob"}"#).event
    };
    assert_eq!(kick(0), Some(state_change::event("bob".into(), &StateReason::UNREGISTER, 1_000_000)));
    assert_eq!(kick(0), None);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    stage.now += 8 * 24 * 3600;
    assert_eq!(stage.reply("im_open_login_svc", "kick", r#"{"UserID":"bob"}"#).event, None, "offline for a day");
}

#[test]
fn a_kick_names_one_user_with_an_account() {
    let mut stage = TestWorld::with(PEOPLE);
    for (body, code) in [
        (json!({ "UserID": "nobody" }), 70107),
        (json!({ "UserID": "" }), 70402),
        (json!({ "UserID": "x".repeat(33) }), 70402),
        (json!({ "UserID": "bob", "Identifier": "bob" }), 70402),
        (json!({}), 70402),
    ] {
        assert_eq!(stage.rejected(KICK, body.clone()), code, "{body}");
    }
}
