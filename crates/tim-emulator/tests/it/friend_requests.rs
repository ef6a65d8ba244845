//! Friend requests, to which only the admin API can respond.

use serde_json::json;
use tim_emulator::FriendResponse;

use crate::client::{self, admin, admin_ok, call};

#[tokio::test]
async fn a_friend_request_is_accepted_or_rejected() {
    let emulator = client::start().await;
    let request =
        |from: &str| format!(r#"{{"friend_request":{{"from":"{from}","to":"bob","wording":"hi","at":7}}}}"#) + "\n";
    let names = ["ann", "cy", "a/b c"];
    emulator.state().import(names.map(request).concat().as_bytes()).unwrap();
    let pending = || admin_ok(&emulator, "GET", "users/bob", "")["friend_requests"].clone();
    let of = |from: &str| json!({ "from": from, "wording": "hi", "at": 7 });
    assert_eq!(pending(), json!([of("a/b c"), of("ann"), of("cy")]));

    let respond = |from: &str, action: &str| {
        let body = json!({ "action": action }).to_string();
        admin(&emulator, "POST", &format!("users/bob/friend-requests/{from}"), &body).status
    };
    assert_eq!((respond("ann", "accept"), respond("a%2Fb%20c", "reject"), respond("ann", "reject")), (200, 200, 400));
    emulator.state().respond_to_friend_request("bob", "cy", FriendResponse::Accept).unwrap();
    assert_eq!(pending(), json!([]));

    let check = r#"{"From_Account":"bob","To_Account":["ann","cy","a/b c"],"CheckType":"CheckResult_Type_Both"}"#;
    let items = call(&emulator, "sns/friend_check", check).body["InfoItem"].clone();
    let relations = ["BothWay", "BothWay", "NoRelation"].map(|name| json!(format!("CheckResult_Type_{name}")));
    assert_eq!([0, 1, 2].map(|at| items[at]["Relation"].clone()), relations);
}
