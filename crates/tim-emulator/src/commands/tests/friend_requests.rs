//! friend_add: the outcome of each target, friend requests, and the webhook.

use serde_json::{Value, json};
use tim_types::profile::AllowType;
use tim_types::webhook::Event;

use super::PEOPLE;
use super::friends::{befriend, friendship};
use crate::app_settings::AppSettings;
use crate::commands::testing::{TestWorld, codes};
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;
use crate::world::requests;

/// Adds with the consent of the targets.
fn ask(stage: &mut TestWorld, from: &str, to: &[&str], kind: &str) -> Value {
    let item = |to: &&str| json!({ "To_Account": to, "AddSource": "AddSource_Type_Web", "Remark": "r", "GroupName": "Work", "AddWording": "hi" });
    let items: Vec<_> = to.iter().map(item).collect();
    stage.ok("sns/friend_add", json!({ "From_Account": from, "AddFriendItem": items, "AddType": kind }))
}

fn set_profile(stage: &mut TestWorld, user: &str, tag: &str, value: &str) {
    let field = json!({ "Tag": format!("Tag_Profile_IM_{tag}"), "Value": value });
    stage.ok("profile/portrait_set", json!({ "From_Account": user, "ProfileItem": [field] }));
}

/// dave allows anybody, carol wants to consent, and bob allows nobody.
fn people(settings: AppSettings) -> TestWorld {
    let mut stage = TestWorld::with_settings(settings, PEOPLE);
    set_profile(&mut stage, "bob", "AllowType", "AllowType_Type_DenyAny");
    set_profile(&mut stage, "carol", "AllowType", "AllowType_Type_NeedConfirm");
    stage
}

fn with_quirk(name: &str) -> AppSettings {
    let mut quirks = Quirks::default();
    quirks.set(name, true).unwrap();
    AppSettings { quirks, ..AppSettings::default() }
}

/// Returns the requests to a user: from, remark, group, wording and time.
fn pending(stage: &TestWorld, to: &str) -> Vec<String> {
    let requests = requests::list(&stage.world.db, &to.into(), 100).unwrap();
    let text =
        |r: &requests::FriendRequest| format!("{} {} {} {} {}", r.from, r.remark, r.group, r.wording, r.requested_at);
    requests.iter().map(text).collect()
}

#[test]
fn the_profile_of_the_target_decides() {
    let mut stage = people(AppSettings::default());
    let users = ["bob", "carol", "dave"];
    let response = ask(&mut stage, "alice", &users, "Add_Type_Both");
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![30516, 30539, 0], &json!(["bob", "carol"])));
    assert_eq!(response["ResultItem"][0]["ResultInfo"], "Err_SNS_FriendAdd_Friend_Allow_Type_Forbid");
    assert_eq!(friendship(&mut stage, "alice", &users, "Both"), ["NoRelation", "NoRelation", "BothWay"]);
    let response = ask(&mut stage, "administrator", &users, "Add_Type_Single");
    assert_eq!(codes(&response), [30516, 0, 0], "one-way needs no consent");
    assert_eq!(befriend(&mut stage, "alice", &users, "Add_Type_Both"), [0, 0, 30001], "by force");
}

#[test]
fn the_app_has_a_default_for_users_without_the_profile_field() {
    for (kind, code) in [(AllowType::ALLOW_ANY, 0), (AllowType::NEED_CONFIRM, 30539), (AllowType::DENY_ANY, 30516)] {
        let mut stage = people(AppSettings { default_allow_type: kind, ..AppSettings::default() });
        assert_eq!(codes(&ask(&mut stage, "alice", &["dave"], "Add_Type_Both")), [code]);
    }
}

#[test]
fn a_request_waits_until_the_friend_is_added() {
    let mut stage = people(AppSettings::default());
    assert_eq!(codes(&ask(&mut stage, "alice", &["carol"], "Add_Type_Both")), [30539]);
    assert_eq!(pending(&stage, "carol"), ["alice r Work hi 1000"]);
    stage.now = 2000;
    assert_eq!(codes(&ask(&mut stage, "alice", &["carol"], "Add_Type_Both")), [30539]);
    assert_eq!(pending(&stage, "carol"), ["alice r Work hi 2000"], "a repeated request replaces the first");
    assert_eq!(befriend(&mut stage, "carol", &["alice"], "Add_Type_Single"), [0]);
    assert_eq!(pending(&stage, "carol"), [""; 0], "the request of the other user is removed too");
    assert_eq!(codes(&ask(&mut stage, "dave", &["carol"], "Add_Type_Both")), [30539]);
    assert_eq!(befriend(&mut stage, "dave", &["carol"], "Add_Type_Both"), [0]);
    assert_eq!(pending(&stage, "carol"), [""; 0]);
}

#[test]
fn a_user_has_a_limited_number_of_requests() {
    let relation_limits = RelationLimits { pending: Some(1), ..RelationLimits::NONE };
    let mut stage = people(AppSettings { relation_limits, ..AppSettings::default() });
    assert_eq!(codes(&ask(&mut stage, "alice", &["carol"], "Add_Type_Both")), [30539]);
    assert_eq!(codes(&ask(&mut stage, "dave", &["carol"], "Add_Type_Both")), [30012]);
    assert_eq!(codes(&ask(&mut stage, "alice", &["carol"], "Add_Type_Both")), [30539], "again");
    assert_eq!(RelationLimits::default().pending, Some(100));
}

#[test]
fn a_banned_user_adds_friends_only_by_force() {
    let mut stage = people(AppSettings::default());
    set_profile(&mut stage, "alice", "AdminForbidType", "AdminForbid_Type_SendOut");
    assert_eq!(codes(&ask(&mut stage, "alice", &["dave"], "Add_Type_Single")), [30009]);
    assert_eq!(befriend(&mut stage, "alice", &["dave"], "Add_Type_Both"), [0]);
    set_profile(&mut stage, "alice", "AdminForbidType", "AdminForbid_Type_None");
    assert_eq!(codes(&ask(&mut stage, "alice", &["administrator"], "Add_Type_Both")), [0]);
}

#[test]
fn only_new_entries_are_in_the_event() {
    let mut stage = people(AppSettings::default());
    let item = |to: &str| json!({ "To_Account": to, "AddSource": "AddSource_Type_Web" });
    let add = |to: &[&str], kind: &str, force: u8| {
        let items: Vec<_> = to.iter().map(|to| item(to)).collect();
        json!({ "From_Account": "alice", "AddFriendItem": items, "AddType": kind, "ForceAddFlags": force }).to_string()
    };
    let mut event = |body: String| stage.reply("sns", "friend_add", &body).event;
    let Some(Event::FriendAdd(both)) = event(add(&["bob", "carol", "dave"], "Add_Type_Both", 0)) else { panic!() };
    let pairs: Vec<_> = both.pairs.iter().map(|pair| format!("{} {} {}", pair.from, pair.to, pair.initiator)).collect();
    assert_eq!(pairs, ["alice dave alice", "dave alice alice"]);
    assert_eq!(
        (both.client_command.as_str(), both.admin.as_str(), both.forced),
        ("friend_add", "administrator", false)
    );
    let Some(Event::FriendAdd(single)) = event(add(&["carol"], "Add_Type_Single", 1)) else { panic!() };
    assert_eq!((single.pairs.len(), single.forced), (1, true));
    assert_eq!(event(add(&["bob", "carol"], "Add_Type_Both", 0)), None);
    let import = json!({ "From_Account": "alice", "AddFriendItem": [item("bob")] }).to_string();
    let reply = stage.reply("sns", "friend_import", &import);
    assert_eq!((reply.item_codes.len(), reply.event), (1, None));
}

#[test]
fn force_may_ignore_blocks() {
    for (settings, codes) in [(AppSettings::default(), [30515, 30525]), (with_quirk("force_ignores_blocks"), [0, 0])] {
        let mut stage = people(settings);
        stage.ok("sns/black_list_add", json!({ "From_Account": "alice", "To_Account": ["bob"] }));
        assert_eq!(befriend(&mut stage, "alice", &["bob"], "Add_Type_Both"), codes[..1]);
        stage.ok("sns/black_list_add", json!({ "From_Account": "dave", "To_Account": ["carol"] }));
        assert_eq!(befriend(&mut stage, "carol", &["dave"], "Add_Type_Both"), codes[1..]);
    }
    let mut stage = people(with_quirk("force_ignores_blocks"));
    stage.ok("sns/black_list_add", json!({ "From_Account": "dave", "To_Account": ["alice"] }));
    assert_eq!(codes(&ask(&mut stage, "alice", &["dave"], "Add_Type_Both")), [30525], "not by force");
}

#[test]
fn codes_and_lists_of_friend_add_may_differ() {
    let mut stage = people(with_quirk("already_friends_old_code"));
    ask(&mut stage, "alice", &["dave"], "Add_Type_Both");
    let response = ask(&mut stage, "alice", &["dave"], "Add_Type_Both");
    assert_eq!(response["ResultItem"][0]["ResultCode"], 30520);
    assert_eq!(response["ResultItem"][0]["ResultInfo"], "SNS_FRD_ADD_FRD_EXIST");
    let mut stage = people(with_quirk("pending_missing_in_failed"));
    let response = ask(&mut stage, "alice", &["bob", "carol", "dave"], "Add_Type_Both");
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![30516, 30539, 0], &json!(["bob"])));
    assert_eq!(ask(&mut stage, "alice", &["carol"], "Add_Type_Both").get("Fail_Account"), None);
}

#[test]
fn a_success_may_have_a_text() {
    let mut stage = people(with_quirk("success_info_ok"));
    let mut info = |path: &str, body: Value| stage.ok(path, body)["ResultItem"][0]["ResultInfo"].clone();
    let dave = json!([{ "To_Account": "dave", "AddSource": "AddSource_Type_Web" }]);
    let users = json!({ "From_Account": "alice", "To_Account": ["dave"] });
    assert_eq!(info("sns/friend_add", json!({ "From_Account": "alice", "AddFriendItem": dave })), "OK");
    for path in ["sns/friend_delete", "sns/black_list_add", "sns/black_list_delete"] {
        assert_eq!(info(path, users.clone()), "OK", "{path}");
    }
    assert_eq!(info("follow/follow_delete", users), "");
}
