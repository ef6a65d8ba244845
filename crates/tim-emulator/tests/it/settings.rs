//! Settings that change while the emulator runs.

use serde_json::{Value, json};
use tim_emulator::{Emulator, Quirks, Region, RelationLimits, SettingsError};

use crate::client::{self, Scratch, admin, admin_ok, builder, call, call_with, sig};

const CHECK: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"alice","To_Account":["bob"]}"#;

async fn start() -> Emulator {
    let emulator = client::start().await;
    emulator.state().import("alice,bob\n".as_bytes()).unwrap();
    emulator
}

fn code_as(emulator: &Emulator, admin: &str, body: &str) -> i64 {
    let query = format!("sdkappid=1400000000&identifier={admin}&usersig={}&contenttype=json", sig(admin));
    call_with(emulator, CHECK, &query, body).code()
}

#[tokio::test]
async fn settings_are_replaced_merged_and_reset() {
    let emulator = builder().follow_feature(false).start().await.unwrap();
    let start = admin_ok(&emulator, "GET", "settings", "");
    assert_eq!(
        (&start["follow_feature"], &start["region"], &start["admins"]),
        (&json!(false), &Value::Null, &json!(["administrator"]))
    );
    let patch =
        r#"{"relation_limits":{"following":3,"friends":null},"quirks":{"want_num_clamped":true},"region":"mumbai"}"#;
    let merged = admin_ok(&emulator, "PATCH", "settings", patch);
    let limits = |settings: &Value| settings["relation_limits"].clone();
    assert_eq!(
        limits(&merged),
        json!({
            "following": 3, "followers": null, "mutual": null, "friends": null, "groups": 32, "pending": 100,
            "blocked": 1000,
        })
    );
    assert_eq!((&merged["quirks"]["want_num_clamped"], &merged["region"]), (&json!(true), &json!("mumbai")));
    assert_eq!(merged["follow_feature"], false, "what is missing stays");
    let patch = r#"{"quirks":{"empty_list_missing":true},"region":null,"friend_page_size":2}"#;
    let merged = admin_ok(&emulator, "PATCH", "settings", patch);
    assert_eq!((&merged["region"], &merged["friend_page_size"]), (&Value::Null, &json!(2)));
    let patch = r#"{"default_allow_type":"AllowType_Type_DenyAny"}"#;
    assert_eq!(admin_ok(&emulator, "PATCH", "settings", patch)["default_allow_type"], "AllowType_Type_DenyAny");
    assert!(emulator.settings().get().quirks.want_num_clamped && emulator.settings().get().quirks.empty_list_missing);

    let replaced = admin_ok(&emulator, "PUT", "settings", r#"{"relation_limits":{"mutual":1}}"#);
    assert_eq!((&replaced["follow_feature"], &replaced["quirks"]["want_num_clamped"]), (&json!(true), &json!(false)));
    assert_eq!((&limits(&replaced)["mutual"], &limits(&replaced)["following"]), (&json!(1), &json!(5000)));
    assert_eq!(admin_ok(&emulator, "PUT", "settings", &replaced.to_string()), replaced);
    assert_eq!(admin_ok(&emulator, "DELETE", "settings", ""), start);
}

#[tokio::test]
async fn an_invalid_change_changes_nothing() {
    let emulator = start().await;
    let start = admin_ok(&emulator, "GET", "settings", "");
    let patch = r#"{"follow_feature":false,"quirks":{"want_num_clamped":true,"want_num":true}}"#;
    assert_eq!(admin(&emulator, "PATCH", "settings", patch).status, 400);
    assert_eq!(admin(&emulator, "PUT", "settings", r#"{"follow_feature":false,"admins":[""]}"#).status, 400);
    assert_eq!(admin(&emulator, "PATCH", "settings", r#"{"default_allow_type":"DenyAny"}"#).status, 400);
    assert!(emulator.settings().set_default_allow_type("Any".into()).is_err());
    assert_eq!(admin(&emulator, "PATCH", "settings", r#"{"friend_page_size":0}"#).status, 400);
    let error = emulator.settings().set_friend_page_size(0).unwrap_err();
    assert_eq!(error.to_string(), "friend_page_size is 0: a page has 1 or more friends");
    let error = emulator.settings().set_admins(["a"; 11]).unwrap_err();
    assert!(matches!(error, SettingsError::Invalid(_)), "{error}");
    assert_eq!(admin_ok(&emulator, "GET", "settings", ""), start);
}

#[tokio::test]
async fn a_change_applies_to_the_next_call() {
    let emulator = start().await;
    let settings = emulator.settings();
    let code = || call(&emulator, CHECK, BODY).code();
    settings.set_follow_feature(false);
    assert_eq!(code(), 30005);
    settings.set_follow_feature(true);
    settings.set_quirks(Quirks { all_rejected_rejects_call: true, ..Quirks::default() });
    assert_eq!(call(&emulator, CHECK, r#"{"From_Account":"alice","To_Account":["x"]}"#).code(), 30003);
    settings.set_relation_limits(RelationLimits { following: Some(1), ..RelationLimits::default() });
    let follow = r#"{"From_Account":"alice","FollowItem":[{"To_Account":"administrator"}]}"#;
    assert_eq!(call(&emulator, "follow/follow_add", follow).code(), 32100);
    settings.set_region(Some(Region::Singapore));
    assert_eq!(settings.get().region, Some(Region::Singapore));
    settings.reset().unwrap();
    assert_eq!(settings.get(), client::start().await.settings().get());
}

#[tokio::test]
async fn new_admins_can_call_and_have_accounts() {
    let emulator = start().await;
    let check = r#"{"From_Account":"root","To_Account":["root"]}"#;
    assert_eq!(code_as(&emulator, "root", check), 60010);
    admin_ok(&emulator, "PATCH", "settings", r#"{"admins":["root"]}"#);
    assert_eq!(code_as(&emulator, "root", check), 0);
    assert_eq!(code_as(&emulator, "administrator", check), 60010);
    assert_eq!(emulator.admin(), "administrator", "the admin of the start");
    emulator.settings().set_admins(["ops", "root"]).unwrap();
    assert_eq!(code_as(&emulator, "ops", &check.replace("root", "ops")), 0);

    // The state of the reset has the account of the admin of the settings that are reset.
    admin_ok(&emulator, "POST", "reset", r#"{"state":true}"#);
    admin_ok(&emulator, "POST", "reset", r#"{"settings":true}"#);
    assert_eq!(code_as(&emulator, "administrator", &check.replace("root", "administrator")), 0);
    admin_ok(&emulator, "PATCH", "settings", r#"{"admins":["root"]}"#);
    admin_ok(&emulator, "POST", "reset", r#"{"state":true,"settings":true}"#);
    assert_eq!(emulator.state().totals().unwrap().accounts, 1);
    assert_eq!(code_as(&emulator, "administrator", &check.replace("root", "administrator")), 0);
}

#[tokio::test]
async fn a_reset_of_everything_keeps_the_settings() {
    let emulator = start().await;
    emulator.settings().set_follow_feature(false);
    admin_ok(&emulator, "POST", "reset", "");
    emulator.reset().unwrap();
    assert!(!emulator.settings().get().follow_feature);
}

/// Only new admins need the database.
#[tokio::test]
async fn settings_change_while_another_program_holds_the_lock() {
    let scratch = Scratch::new("settings");
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    let other = rusqlite::Connection::open(scratch.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    admin_ok(&emulator, "PATCH", "settings", r#"{"follow_feature":false}"#);
    let busy = admin(&emulator, "PATCH", "settings", r#"{"follow_feature":true,"admins":["root"]}"#);
    assert_eq!(busy.status, 503);
    assert!(busy.body["error"].as_str().unwrap().contains("another program holds the lock"), "{}", busy.body);
    assert_eq!(emulator.settings().get().admins, ["administrator"]);
    assert!(!emulator.settings().get().follow_feature);
    other.execute_batch("ROLLBACK").unwrap();
    admin_ok(&emulator, "PATCH", "settings", r#"{"admins":["root"]}"#);
}
