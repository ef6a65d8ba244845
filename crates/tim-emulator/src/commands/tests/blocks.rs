//! Blocklists, and what they do to friends and follows.

use serde_json::{Value, json};
use tim_types::webhook::{BlockAdd, BlockDelete, Event, UserPair};

use super::PEOPLE;
use super::friends::{befriend, friendship};
use crate::app_settings::AppSettings;
use crate::commands::testing::{TestWorld, codes};
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

fn block(stage: &mut TestWorld, from: &str, to: &[&str]) -> Vec<i64> {
    codes(&stage.ok("sns/black_list_add", json!({ "From_Account": from, "To_Account": to })))
}

fn blocked(stage: &mut TestWorld, from: &str, to: &[&str], kind: &str) -> Vec<String> {
    let kind = format!("BlackCheckResult_Type_{kind}");
    let response =
        stage.ok("sns/black_list_check", json!({ "From_Account": from, "To_Account": to, "CheckType": kind }));
    let relation = |item: &Value| item["Relation"].as_str().unwrap().replace("BlackCheckResult_Type_", "");
    response["BlackListCheckItem"].as_array().unwrap().iter().map(relation).collect()
}

#[test]
fn a_block_has_two_sides() {
    let mut stage = TestWorld::with(PEOPLE);
    assert_eq!(block(&mut stage, "alice", &["bob", "carol"]), [0, 0]);
    assert_eq!(block(&mut stage, "carol", &["alice"]), [0]);
    assert_eq!(block(&mut stage, "dave", &["alice"]), [0]);
    let others = ["carol", "bob", "dave", "administrator"];
    assert_eq!(blocked(&mut stage, "alice", &others, "Both"), ["BothWay", "AWithB", "BWithA", "NO"]);
    assert_eq!(blocked(&mut stage, "alice", &others, "Single"), ["AWithB", "AWithB", "NO", "NO"]);

    let request = json!({ "From_Account": "alice", "To_Account": ["bob", "bob", "nobody"] });
    let response = stage.ok("sns/black_list_delete", request.clone());
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![0, 30001, 30003], &json!(["bob", "nobody"])));
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_BlackListDelete_Not_Exist");
    let response = stage.ok("sns/black_list_add", request);
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![0, 30001, 30003], &json!(["bob", "nobody"])));
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_BlackListAdd_Already_Exist");
    assert_eq!(block(&mut stage, "alice", &["alice"]), [30001]);
}

#[test]
fn a_block_parts_friends_and_keeps_them_apart() {
    let mut stage = TestWorld::with(PEOPLE);
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Both");
    stage.follow("alice", &["bob"]);
    block(&mut stage, "alice", &["bob"]);
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["NoRelation"]);
    assert_eq!(befriend(&mut stage, "alice", &["bob"], "Add_Type_Both"), [30515]);
    assert_eq!(befriend(&mut stage, "bob", &["alice"], "Add_Type_Both"), [30525]);
    assert_eq!((stage.counts("alice"), stage.follow("bob", &["alice"])), ([0, 1, 0], vec![0]), "follows stay");

    let quirks = Quirks { block_keeps_friends: true, block_ends_follows: true, ..Quirks::default() };
    let mut stage = TestWorld::with_settings(AppSettings { quirks, ..AppSettings::default() }, PEOPLE);
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Both");
    stage.follow("alice", &["bob"]);
    stage.follow("bob", &["alice"]);
    block(&mut stage, "alice", &["bob"]);
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["BothWay"]);
    assert_eq!(stage.counts("alice"), [0, 0, 0]);
}

#[test]
fn a_blocklist_is_read_page_by_page() {
    let mut stage = TestWorld::limited(RelationLimits { blocked: Some(2), ..RelationLimits::NONE }, PEOPLE);
    assert_eq!(block(&mut stage, "alice", &["dave", "bob", "carol"]), [0, 0, 30013]);
    let mut page_of = |start: u32, limit: u32, known: i64| {
        let request =
            json!({ "From_Account": "alice", "StartIndex": start, "MaxLimited": limit, "LastSequence": known });
        let response = stage.ok("sns/black_list_get", request);
        (response["BlackListItem"].clone(), response["StartIndex"].clone(), response["CurruentSequence"].clone())
    };
    let [bob, dave] = ["bob", "dave"].map(|user| json!({ "To_Account": user, "AddBlackTimeStamp": 1000 }));
    let mut page = |start, limit| page_of(start, limit, 0);
    assert_eq!(page(0, 1), (json!([bob]), json!(1), json!(2)));
    assert_eq!(page(1, 1), (json!([dave]), json!(0), json!(2)));
    assert_eq!(page(0, 1000), (json!([bob, dave]), json!(0), json!(2)));
    assert_eq!(page(2, 1), (json!([]), json!(0), json!(2)));
    assert_eq!(page_of(0, 1, 2), (json!([]), json!(0), json!(2)), "the caller knows the list");
    for other in [-2, 1, 3] {
        assert_eq!(page_of(0, 1, other), (json!([bob]), json!(1), json!(2)), "{other}");
    }

    let nobody = json!({ "From_Account": "bob", "StartIndex": 0, "MaxLimited": 1 });
    let response = stage.ok("sns/black_list_get", nobody);
    assert_eq!((&response["BlackListItem"], &response["CurruentSequence"]), (&json!([]), &json!(0)));
}

#[test]
fn a_block_removes_the_friend_requests_between_the_two() {
    let mut stage = TestWorld::with(PEOPLE);
    let request = |from, to| json!({ "friend_request": { "from": from, "to": to, "at": 5 } }).to_string() + "\n";
    let others = [("alice", "carol"), ("carol", "alice"), ("bob", "carol")].map(|(from, to)| request(from, to));
    stage.import(&[request("alice", "bob"), request("bob", "alice")].concat()).unwrap();
    stage.import(&others.concat()).unwrap();
    block(&mut stage, "alice", &["bob"]);
    let kept = stage.export().lines().filter(|line| line.contains("friend_request")).count();
    assert_eq!(kept, others.len());
}

#[test]
fn events_name_the_blocks_that_changed() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.settings.quirks.unblock_again_accepted = true;
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Both");
    block(&mut stage, "alice", &["carol"]);
    let body = r#"{"From_Account":"alice","To_Account":["bob","carol","dave","dave","nobody"]}"#;
    let pairs = |users: &[&str]| users.iter().map(|user| UserPair::new("alice", *user)).collect::<Vec<_>>();

    let reply = stage.reply("sns", "black_list_add", body);
    assert_eq!(reply.event, Some(Event::BlockAdd(BlockAdd { pairs: pairs(&["bob", "dave"]) })));
    let reply = stage.reply("sns", "black_list_delete", body);
    assert_eq!(reply.event, Some(Event::BlockDelete(BlockDelete { pairs: pairs(&["bob", "carol", "dave"]) })));
    assert_eq!(stage.reply("sns", "black_list_delete", body).event, None);
    assert_eq!(stage.reply("sns", "black_list_add", r#"{"From_Account":"bob","To_Account":["bob"]}"#).event, None);
}

#[test]
fn what_blocklist_commands_may_not_hold() {
    let mut stage = TestWorld::with(PEOPLE);
    for (command, body) in [
        ("black_list_add", json!({ "From_Account": "alice", "To_Account": [] })),
        ("black_list_add", json!({ "From_Account": "alice", "To_Account": vec!["bob"; 1001] })),
        ("black_list_delete", json!({ "From_Account": "alice" })),
        ("black_list_check", json!({ "From_Account": "alice", "To_Account": ["bob"] })),
        (
            "black_list_check",
            json!({ "From_Account": "alice", "To_Account": ["bob"], "CheckType": "CheckResult_Type_Both" }),
        ),
        ("black_list_get", json!({ "From_Account": "alice", "StartIndex": 0, "MaxLimited": 0, "LastSequence": 0 })),
        ("black_list_get", json!({ "From_Account": "alice", "StartIndex": -1, "MaxLimited": 1, "LastSequence": 0 })),
        ("black_list_get", json!({ "From_Account": "alice", "StartIndex": 0, "LastSequence": 0 })),
    ] {
        assert_eq!(stage.rejected(&format!("sns/{command}"), body.clone()), 30001, "{command} {body}");
    }
}
