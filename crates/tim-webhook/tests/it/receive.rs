use std::time::Duration;

use tim_webhook::webhook::Event;
use tim_webhook::{Decision, Receiver, Rejection, SdkAppId, WebhookToken};

use super::{FOLLOW, NOW, OK, follow, query, receiver, token};

#[test]
fn an_event_is_decoded_and_gets_the_documented_response() {
    let webhook = receiver().receive("POST", &follow(NOW), FOLLOW, NOW).unwrap();
    assert!(matches!(&webhook.event, Event::FollowAdd(event) if event.from == "alice" && event.to[0] == "bob"));
    assert_eq!((webhook.body.as_str(), webhook.is_duplicate, webhook.is_question()), (FOLLOW, false, false));
    assert_eq!((webhook.ok().status, webhook.ok().body.as_str()), (200, OK));
}

#[test]
fn an_unknown_event_is_kept_as_it_came() {
    let body = r#"{"CallbackCommand":"Group.CallbackAfterNewMemberJoin","GroupId":"g"}"#;
    let webhook = receiver().receive("POST", &query("Group.CallbackAfterNewMemberJoin", NOW), body, NOW).unwrap();
    assert_eq!((webhook.event.clone(), webhook.body.as_str()), (Event::Other, body));
    assert_eq!(webhook.query.command, "Group.CallbackAfterNewMemberJoin");
    assert_eq!(webhook.ok().body, OK);
}

#[test]
fn each_wrong_request_has_its_status() {
    let receiver = receiver().max_body(200);
    let other = WebhookToken::new("other").sign(NOW);
    let unsigned = "SdkAppid=14&CallbackCommand=Follow.CallbackAfterFollowAdd";
    let large = format!(r#"{{"CallbackCommand":"x","Text":"{}"}}"#, "x".repeat(200));
    for (status, method, query, body) in [
        (405, "GET", &*follow(NOW), FOLLOW),
        (405, "post", &follow(NOW), FOLLOW),
        (400, "POST", "", FOLLOW),
        (400, "POST", "SdkAppid=14", FOLLOW),
        (403, "POST", unsigned, FOLLOW),
        (403, "POST", &format!("{unsigned}&Sign={}", token().sign(NOW)), FOLLOW),
        (403, "POST", &format!("{unsigned}&RequestTime={NOW}"), FOLLOW),
        (403, "POST", &format!("{unsigned}&Sign={other}&RequestTime={NOW}"), FOLLOW),
        (403, "POST", &follow(NOW).replace("=14", "=15"), FOLLOW),
        (403, "POST", &follow(NOW - 301), FOLLOW),
        (403, "POST", &follow(NOW + 301), FOLLOW),
        (413, "POST", &query("x", NOW), &large),
        (400, "POST", &follow(NOW), ""),
        (400, "POST", &follow(NOW), "not JSON"),
        (400, "POST", &follow(NOW), r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":5}"#),
        (400, "POST", &follow(NOW), "{}"),
        (400, "POST", &query("Follow.CallbackAfterFollowDelete", NOW), FOLLOW),
    ] {
        let rejection = receiver.receive(method, query, body, NOW).unwrap_err();
        assert_eq!(rejection.status(), status, "{method} {query} {body}: {rejection}");
        let response: serde_json::Value = serde_json::from_str(&rejection.response().body).unwrap();
        assert_eq!(
            (response["ErrorCode"].as_u64(), response["ErrorInfo"].as_str()),
            (Some(status.into()), Some(&*rejection.to_string()))
        );
        assert!(!format!("{rejection:?}{response}").contains(&token().sign(NOW)));
    }
    assert!(receiver.receive("POST", &follow(NOW - 300), FOLLOW, NOW).is_ok());
    assert!(receiver.receive("POST", &follow(NOW + 300), FOLLOW, NOW).is_ok());
}

#[test]
fn a_body_that_is_not_utf8_is_rejected() {
    let body = b"{\"CallbackCommand\":\"x\",\"a\":\"\xff\"}";
    let rejection = receiver().receive("POST", &query("x", NOW), body, NOW).unwrap_err();
    assert_eq!(rejection.to_string(), "the body of the webhook is not a valid event: it is not UTF-8");
}

#[test]
fn the_head_is_checked_before_the_body() {
    assert_eq!(receiver().check("POST", &follow(NOW - 301), NOW).unwrap_err().status(), 403);
    assert!(receiver().check("POST", &follow(NOW), NOW).unwrap().body(FOLLOW).is_ok());
}

#[test]
fn each_token_of_a_rotation_is_accepted() {
    let rotating = receiver().token(WebhookToken::new("new"));
    let with = |token: &str, time| {
        format!(
            "SdkAppid=14&CallbackCommand=Follow.CallbackAfterFollowAdd&Sign={}&RequestTime={time}",
            WebhookToken::new(token).sign(time)
        )
    };
    for token in ["t0ken", "new"] {
        assert!(rotating.check("POST", &with(token, NOW), NOW).is_ok(), "{token}");
        let old = rotating.check("POST", &with(token, NOW - 301), NOW).unwrap_err();
        assert!(old.to_string().contains("too far from now"), "{token}: {old}");
        assert!(
            rotating.clone().tolerance(Duration::from_secs(301)).check("POST", &with(token, NOW - 301), NOW).is_ok()
        );
    }
    let other = rotating.check("POST", &with("other", NOW - 301), NOW).unwrap_err();
    assert!(other.to_string().contains("invalid Sign"), "{other}");
}

#[test]
fn an_empty_token_accepts_nothing() {
    let (empty, app) = (WebhookToken::new(""), SdkAppId(14));
    let query = format!("SdkAppid=14&CallbackCommand=x&Sign={}&RequestTime={NOW}", empty.sign(NOW));
    assert!(matches!(Receiver::new(app, empty).check("POST", &query, NOW), Err(Rejection::Sign(_))));
}

#[test]
fn without_a_token_a_sign_is_not_required() {
    let receiver = Receiver::without_token(SdkAppId(14));
    for query in ["SdkAppid=14&CallbackCommand=Follow.CallbackAfterFollowAdd", &follow(0)] {
        assert!(receiver.receive("POST", query, FOLLOW, NOW).is_ok());
    }
}

#[test]
fn each_target_of_a_question_gets_a_decision() {
    let add = r#"{"CallbackCommand":"Sns.CallbackPrevFriendAdd","Requester_Account":"alice","From_Account":"alice",
        "FriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web"},{"To_Account":"carol","AddSource":"AddSource_Type_Web"}],
        "EventTime":1}"#;
    let response = r#"{"CallbackCommand":"Sns.CallbackPrevFriendResponse","Requester_Account":"alice","From_Account":"alice",
        "ResponseFriendItem":[{"To_Account":"bob","ResponseAction":"Response_Action_Agree"},
        {"To_Account":"carol","ResponseAction":"Response_Action_Agree"}],"EventTime":1}"#;
    for (command, body) in [("Sns.CallbackPrevFriendAdd", add), ("Sns.CallbackPrevFriendResponse", response)] {
        let webhook = receiver().receive("POST", &query(command, NOW), body, NOW).unwrap();
        assert!(webhook.is_question());
        let no = Decision::reject(38000, "not today").unwrap();
        let decided = webhook.decide(|target| if target == "carol" { no.clone() } else { Decision::Allow });
        assert_eq!(
            decided.body,
            r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":""},{"To_Account":"carol","ResultCode":38000,"ResultInfo":"not today"}]}"#
        );
        assert_eq!(webhook.ok().body.matches(r#""ResultCode":0"#).count(), 2, "each target is allowed");
    }
}

#[test]
fn a_code_outside_of_the_documented_range_is_an_error() {
    for code in [38000, 39000] {
        assert!(Decision::reject(code, "").is_ok());
    }
    for code in [0, 37999, 39001, i64::MAX, -38000] {
        let error = Decision::reject(code, "").unwrap_err().to_string();
        assert!(error.contains(&format!("the code {code} cannot")), "{error}");
    }
}

#[test]
fn no_text_shows_a_sign_and_bodies_are_escaped() {
    let webhook =
        receiver().receive("POST", &query("x", NOW), "{\"CallbackCommand\":\"x\",\"a\":\"\u{9b}\"}", NOW).unwrap();
    let shown = format!("{webhook:?}{:?}", receiver());
    assert!(!shown.contains(&token().sign(NOW)) && !shown.contains("t0ken") && !shown.contains('\u{9b}'), "{shown}");
    let body = "{\"CallbackCommand\":\"Profile.CallbackPortraitSet\",\"EventTime\":\"\u{9b}2J\"}";
    let rejection = receiver().receive("POST", &query("Profile.CallbackPortraitSet", NOW), body, NOW).unwrap_err();
    assert!(rejection.to_string().contains(r"\u{9b}2J"), "{rejection}");
}
