//! The emulator answers the documented requests as the documents do, once it holds the state that the samples show.
//!
//! The contracts show these samples to the clients, so both sides are tested against one truth. Requests are sent as they
//! stand, by a bare HTTP client with a signature of tim-sig.

use serde_json::{Value, json};
use tim_emulator::{Choices, Emulator, Fault};

use crate::fixtures::fixture;

/// When the sample users were followed, and the time of the emulators here.
const NOW: u64 = 1_702_262_118;

/// An emulator that holds these records.
fn holding(records: &str, choices: Choices) -> Emulator {
    let emulator = Emulator::builder().clock(|| NOW).choices(choices).start_blocking().unwrap();
    emulator.state().import(records.as_bytes()).unwrap();
    emulator
}

/// Sends a request to `emulator` and gives back the bytes of the answer.
fn ask(emulator: &Emulator, path: &str, request: &str) -> String {
    let signer = tim_sig::Signer::new(emulator.sdkappid().0, emulator.secret_key().clone()).unwrap();
    let sig = signer.sign(emulator.admin(), std::time::Duration::from_secs(60), NOW).unwrap();
    let (base, app, admin) = (emulator.base_url(), emulator.sdkappid().0, emulator.admin());
    let query = format!("sdkappid={app}&identifier={admin}&usersig={}&random=1&contenttype=json", sig.expose());
    let mut answer = ureq::post(format!("{base}/v4/{path}?{query}")).send(request).unwrap();
    answer.body_mut().read_to_string().unwrap()
}

#[track_caller]
fn agree(emulator: &Emulator, path: &str, request: &str, documented: &str) {
    assert_eq!(ask(emulator, path, request), documented, "{path}");
}

/// Three accounts that have nothing to do with each other.
const USERS: &str = r#"{"account":{"user":"UserID_001"}}
{"account":{"user":"UserID_002"}}
{"account":{"user":"UserID_003"}}"#;

#[test]
fn follow_add() {
    let emulator = holding(USERS, Choices::default());
    agree(&emulator, "follow/follow_add", fixture!("follow_add", "request"), fixture!("follow_add", "response"));
}

/// The documents do not say whether anybody was followed before; then it must not hang on how the emulator reads that.
#[test]
fn follow_delete() {
    let choices = Choices { unfollow_again_refused: true, ..Choices::default() };
    let follows = "UserID_001,UserID_002\nUserID_001,UserID_003";
    let (request, response) = (fixture!("follow_delete", "request"), fixture!("follow_delete", "response"));
    agree(&holding(follows, choices), "follow/follow_delete", request, response);
    agree(&holding(USERS, Choices::default()), "follow/follow_delete", request, response);
}

#[test]
fn follow_check() {
    let emulator = holding(USERS, Choices::default());
    agree(&emulator, "follow/follow_check", fixture!("follow_check", "request"), fixture!("follow_check", "response"));
}

#[test]
fn follow_get_info() {
    let emulator = holding("UserID_001,UserID_002\nUserID_001,UserID_003", Choices::default());
    let (request, response) = (fixture!("follow_get_info", "request"), fixture!("follow_get_info", "response"));
    agree(&emulator, "follow/follow_get_info", request, response);
}

/// The sample is of a time when a check of id5 failed inside of the service, which takes a fault.
#[test]
fn friend_check() {
    let friends = r#"{"friend":{"owner":"id","friend":"id1"}}
{"friend":{"owner":"id1","friend":"id"}}
{"friend":{"owner":"id","friend":"id2"}}
{"friend":{"owner":"id3","friend":"id"}}
{"account":{"user":"id4"}}
{"account":{"user":"id5"}}"#;
    let emulator = holding(friends, Choices::default());
    let text = "Err_SNS_FriendCheck_Check_Relation_Exec_Task_Fail";
    emulator.faults().add(Fault::item_code(30006).info(text).target("id5")).unwrap();
    agree(&emulator, "sns/friend_check", fixture!("friend_check", "request"), fixture!("friend_check", "response"));
}

/// Two things differ, both choices that docs/emulator.md names: profile fields come by tag (the sample has an order of its
/// own), and `profile_sequence` counts the calls that set fields (the sample has 123 and 111 of a live app).
#[test]
fn follow_get() {
    let documented: Value = serde_json::from_str(fixture!("follow_get", "response")).unwrap();
    let mut records = String::new();
    // Later lines are newer, and newer follows come first.
    for item in documented["FollowItem"].as_array().unwrap().iter().rev() {
        let fields = item["ProfileItem"].as_array().unwrap();
        let profile: serde_json::Map<_, _> =
            fields.iter().map(|field| (field["Tag"].as_str().unwrap().to_owned(), field["Value"].clone())).collect();
        let (user, at) = (&item["To_Account"], &item["FollowTime"]);
        records += &format!("{}\n", json!({ "account": { "user": user, "profile": profile } }));
        records += &format!("{}\n", json!({ "follow": { "from": user, "to": "UserID_001", "at": at } }));
    }
    let answer = ask(&holding(&records, Choices::default()), "follow/follow_get", fixture!("follow_get", "request"));
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    let mut expected = documented;
    for item in expected["FollowItem"].as_array_mut().unwrap() {
        item["ProfileItem"].as_array_mut().unwrap().sort_by_key(|field| field["Tag"].as_str().unwrap().to_owned());
        assert!(item["profile_sequence"].take().is_u64());
    }
    for item in answer["FollowItem"].as_array_mut().unwrap() {
        assert!(item["profile_sequence"].take().is_u64());
    }
    assert_eq!(answer, expected);
}
