//! The admin API, as programs in any language use it.

use serde_json::{Value, json};
use tim_emulator::Fault;

use crate::client::{self, NOW, admin, admin_ok, call, query, send, sig};

const CHECK: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn the_description_has_no_key() {
    let emulator = client::start().await;
    let info = admin_ok(&emulator, "GET", "", "");
    assert_eq!(info["base_url"], emulator.base_url());
    assert_eq!((&info["sdkappid"], &info["admins"]), (&json!(1_400_000_000), &json!(["administrator"])));
    assert_eq!((&info["now"], &info["frozen"], &info["rate_limit"]), (&json!(NOW), &json!(false), &Value::Null));
    assert_eq!(info["totals"], json!({ "accounts": 1, "follows": 0, "friends": 0, "blocked": 0 }));
    assert!(!info.to_string().contains(client::KEY));
    assert_eq!(info["job"], Value::Null);
    assert_eq!(admin_ok(&emulator, "GET", "health", ""), json!({ "ok": true }));
    assert_eq!(send(&emulator, "GET", "/_emulator", "", b"").body, info, "without the slash too");
    let wrong = send(&emulator, "POST", "/_emulator", "", b"");
    assert_eq!((wrong.status, &wrong.body["error"]), (405, &json!("/_emulator does not accept POST: use GET")));
}

#[tokio::test]
async fn an_invalid_request_is_an_error_with_a_hint() {
    let emulator = client::start().await;
    for (method, path, body, status, hint) in [
        ("GET", "nothing", "", 404, "/_emulator/nothing"),
        ("POST", "fault", "", 404, "routes"),
        ("GET", "faults/1/2", "", 404, "routes"),
        ("PUT", "faults", "", 405, "GET or POST or DELETE"),
        ("POST", "faults", "{", 400, "EOF"),
        ("POST", "faults", r#"{"kode":1}"#, 400, "kode"),
        ("POST", "faults", r#"{"code":1,"share":7}"#, 400, "share"),
        ("DELETE", "faults/x", "", 400, "number"),
        ("DELETE", "faults/7", "", 404, "fault 7 is not active"),
        ("GET", "calls?comand=x", "", 400, "comand"),
        ("GET", "calls?code=x", "", 400, "number"),
        ("DELETE", "calls?command=follow_add", "", 400, "command"),
        ("DELETE", "faults?command=follow_add", "", 400, "command"),
        ("PUT", "webhooks", r#"[{"url":"http://127.0.0.1:99999/"}]"#, 400, "port"),
        ("PUT", "webhooks", r#"[{"url":"http://:80/"}]"#, 400, "host"),
        ("GET", "events?since=1", "", 400, "since"),
        ("POST", "time", r#"{"advance_s":-1}"#, 400, "advance_s"),
        ("POST", "time", r#"{"sett":1}"#, 400, "sett"),
        ("PUT", "rate-limit", r#"{"calls_per_second":-1}"#, 400, "-1"),
        ("PUT", "rate-limit", r#"{"window":"loose"}"#, 400, "sliding"),
        ("POST", "reset", r#"{"all":true}"#, 400, "all"),
        ("POST", "reset?state=true", "", 400, "state"),
        ("POST", "reset", "[]", 400, "object"),
        ("POST", "time", "[true]", 400, "object"),
        ("PUT", "settings", "[]", 400, "object"),
        ("POST", "faults", " [30006]", 400, "object"),
        ("PUT", "webhooks", "", 400, "list"),
        ("GET", "export?user=alice", "", 400, "user"),
        ("POST", "faults", r#"{"code":1,"user":""}"#, 400, "user is empty"),
        ("PUT", "settings", r#"{"quirk":{}}"#, 400, "expected one of `relation_limits`, `quirks`"),
        ("PUT", "settings", r#"{"quirks":{"x":true}}"#, 400, "follow_again_rejected"),
        ("PUT", "settings", r#"{"admins":[]}"#, 400, "1 to 10 admins"),
        ("PUT", "settings", r#"{"region":"atlantis"}"#, 400, "singapore"),
        ("PATCH", "settings", r#"{"quirks":{"x":true}}"#, 400, "follow_again_rejected"),
        ("PATCH", "settings", r#"{"relation_limits":{"fans":1}}"#, 400, "followers"),
        ("PATCH", "settings", r#"{"admins":["",""]}"#, 400, "1 to 32"),
        ("POST", "settings", "", 405, "GET or PUT or PATCH or DELETE"),
        ("PUT", "webhooks", r#"[{"url":"ftp://x"}]"#, 400, "must start with http:// or https://"),
        ("PUT", "webhooks", r#"[{"url":"http://x","tokn":"x"}]"#, 400, "tokn"),
        ("GET", "calls/wait?count=0", "", 400, "at least 1"),
        ("GET", "calls/wait?timeout_ms=600001", "", 400, "600000"),
        ("GET", "calls/export?format=xml", "", 400, "ndjson or har"),
        ("GET", "users/%ff", "", 400, "UTF-8"),
        ("GET", "users?limit=0", "", 400, "1 to 1000"),
        ("GET", "users?limit=1001", "", 400, "1 to 1000"),
        ("GET", "users?name=x", "", 400, "prefix"),
        ("GET", "users/nobody", "", 404, "nobody"),
        ("GET", "users/administrator?limit=51", "", 400, "1 to 50"),
        ("PUT", "users/nobody/status", r#"{"platform":"Web","status":"Online"}"#, 400, "has no account"),
        ("PUT", "users/administrator/status", r#"{"platform":"Web","status":"online"}"#, 400, "Online or PushOnline"),
        ("PUT", "users/administrator/status", r#"{"platform":"i Phone","status":"Online"}"#, 400, "i Phone"),
        ("PUT", "users/administrator/status", r#"{"status":"Online"}"#, 400, "platform"),
        ("POST", "users/administrator/friend-requests/x", r#"{"action":"accept"}"#, 400, "no friend request"),
        ("POST", "users/administrator/friend-requests/x", r#"{"action":"ignore"}"#, 400, "accept"),
        ("POST", "import", "alice:bob", 400, "line 1"),
        ("POST", "snapshots/x/restore", "", 400, "does not exist: save one first"),
        ("DELETE", "snapshots/x", "", 404, "does not exist: save one first"),
    ] {
        let response = admin(&emulator, method, path, body);
        assert_eq!(response.status, status, "{method} {path} {body}: {}", response.body);
        assert!(response.body["error"].is_string() && response.body.to_string().contains(hint), "{}", response.body);
    }
    let routes = &admin(&emulator, "GET", "nothing", "").body["routes"];
    assert!(routes[0].as_str().unwrap().starts_with("GET /_emulator/: describes"), "{routes}");
    assert_eq!(*routes, admin_ok(&emulator, "GET", "", "")["routes"]);
}

#[tokio::test]
async fn faults_are_added_shown_and_removed() {
    let emulator = client::start().await;
    let fault = r#"{"code":30006,"command":"follow_check","next":2}"#;
    assert_eq!(admin_ok(&emulator, "POST", "faults", fault), json!({ "id": 1 }));
    assert_eq!(admin_ok(&emulator, "POST", "faults", r#"{"latency_ms":0}"#), json!({ "id": 2 }));
    assert_eq!(call(&emulator, CHECK, BODY).code(), 30006);
    let list = json!([
        { "id": 1, "code": 30006, "command": "follow_check", "next": 2, "hits": 1 },
        { "id": 2, "latency_ms": 0, "hits": 1 },
    ]);
    assert_eq!(admin_ok(&emulator, "GET", "faults", ""), list);
    admin_ok(&emulator, "DELETE", "faults/1", "");
    assert_eq!(call(&emulator, CHECK, BODY).code(), 0);
    admin_ok(&emulator, "DELETE", "faults", "");
    assert_eq!(admin_ok(&emulator, "GET", "faults", ""), json!([]));
}

#[tokio::test]
async fn calls_are_recorded_and_filtered() {
    let emulator = client::start().await;
    emulator.faults().add(Fault::code(30006).next(1)).unwrap();
    call(&emulator, CHECK, BODY);
    call(&emulator, CHECK, BODY);
    call(&emulator, "follow/nothing", "{}");
    let calls = admin_ok(&emulator, "GET", "calls", "");
    assert_eq!(calls.as_array().unwrap().len(), 3);
    assert_eq!(
        calls[0]["request"]["target"],
        format!("/v4/{CHECK}?{}", query().replace(&sig("administrator"), "[UserSig]"))
    );
    assert_eq!(
        (&calls[0]["code"], &calls[0]["faults"], &calls[0]["user"]),
        (&json!(30006), &json!([1]), &json!("administrator"))
    );
    assert_eq!(
        (&calls[1]["number"], &calls[1]["status"], &calls[1]["targets"], &calls[1]["request"]["body"]),
        (&json!(2), &json!(200), &json!(["administrator"]), &json!(BODY))
    );
    assert_eq!((&calls[2]["command"], &calls[2]["code"]), (&Value::Null, &json!(60009)));
    for (filter, numbers) in [
        ("command=follow_check", vec![1, 2]),
        ("code=0", vec![2]),
        ("user=administrator&last=1", vec![2]),
        ("after=2", vec![3]),
        ("command=follow_add", vec![]),
    ] {
        let found = admin_ok(&emulator, "GET", &format!("calls?{filter}"), "");
        let found: Vec<_> = found.as_array().unwrap().iter().map(|call| call["number"].as_u64().unwrap()).collect();
        assert_eq!(found, numbers, "{filter}");
    }
    let typed = emulator.calls();
    let response = typed[1].response().unwrap();
    assert_eq!((typed[1].code, response.json()["ResultItem"][0]["FollowType"].as_u64()), (Some(0), Some(0)));
    let length = response.body().len().to_string();
    assert_eq!(response.header("content-length"), Some(length.as_bytes()));
    admin_ok(&emulator, "DELETE", "calls", "");
    assert_eq!(admin_ok(&emulator, "GET", "calls", ""), json!([]));
}

#[tokio::test]
async fn no_signature_is_recorded_from_any_part_of_a_request() {
    let emulator = client::start().await;
    let sig = sig("administrator");
    for (target, body) in [
        (format!("/v4/{CHECK}?{}", query()), BODY.to_owned()),
        (format!("/v4/{CHECK}?{}", query().replace("usersig", "UserSig")), BODY.to_owned()),
        (format!("/v4/{CHECK}%3F{}", query()), BODY.to_owned()),
        (format!("/v4/{CHECK}?{}", query()), format!(r#"{{"UserSig":"{sig}","From_Account":"{sig}"}}"#)),
        (format!("/v4/{CHECK}?identifier={sig}&usersig=administrator"), sig.clone()),
    ] {
        send(&emulator, "POST", &target, "", body.as_bytes());
    }
    let calls = admin_ok(&emulator, "GET", "calls", "").to_string();
    assert!(calls.contains("[UserSig]") && !calls.contains(&sig[..40]), "{calls}");
    assert!(!format!("{:?}", emulator.calls()).contains(&sig[..40]));
}

#[tokio::test]
async fn the_clock_is_set_moved_and_frozen() {
    let emulator = client::start().await;
    let time = |body: &str| admin_ok(&emulator, "POST", "time", body);
    assert_eq!(
        time(r#"{"offset_s":-600,"frozen":true}"#),
        json!({ "now": NOW - 600, "offset_s": -600, "frozen": true })
    );
    assert_eq!(time(r#"{"advance_s":1.5}"#)["now"], NOW - 599);
    assert_eq!(time(r#"{"set":7}"#)["now"], 7);
    assert_eq!(time(r#"{"reset":true}"#), json!({ "now": NOW, "offset_s": 0, "frozen": false }));
    emulator.time().advance(std::time::Duration::from_secs(61));
    assert_eq!(call(&emulator, CHECK, BODY).code(), 70001, "signatures here are good for a minute");
    assert_eq!(admin_ok(&emulator, "GET", "time", "")["offset_s"], 61);
}

#[tokio::test]
async fn rate_limits_are_changed_and_counted() {
    let emulator = client::start().await;
    emulator.time().freeze();
    admin_ok(&emulator, "PUT", "rate-limit", r#"{"calls_per_second":2,"window":"sliding","calls_per_day":3}"#);
    let code = || call(&emulator, CHECK, BODY).code();
    assert_eq!([code(), code(), code()], [0, 0, 60007]);
    assert_eq!(
        admin_ok(&emulator, "GET", "rate-limit", ""),
        json!({ "calls_per_second": 2, "window": "sliding", "used_this_second": { "follow_check": 2 },
                "calls_per_day": 3, "used_this_day": 2 })
    );
    emulator.time().advance(std::time::Duration::from_secs(1));
    assert_eq!([code(), code()], [0, 60028]);
    emulator.set_rate_limit(None);
    emulator.set_calls_per_day(None);
    assert_eq!([code(), code(), code()], [0, 0, 0]);
}

#[tokio::test]
async fn the_state_is_imported_exported_and_restored() {
    let emulator = client::start().await;
    assert_eq!(admin_ok(&emulator, "POST", "import", "alice,bob\nbob,alice\n"), json!({ "lines": 2 }));
    assert_eq!(admin_ok(&emulator, "GET", "", "")["totals"]["follows"], 2);
    admin_ok(&emulator, "PUT", "snapshots/two%20follows", "");
    let bad = admin(&emulator, "POST", "import", "alice,carol\nalice,alice\n");
    assert!(bad.body["error"].as_str().unwrap().contains("line 2"), "{}", bad.body);
    admin_ok(&emulator, "POST", "reset", r#"{"state":true}"#);
    assert_eq!(emulator.state().totals().unwrap().follows, 0);
    admin_ok(&emulator, "POST", "snapshots/two%20follows/restore", "");
    assert_eq!(emulator.state().totals().unwrap().follows, 2);
    assert_eq!(admin_ok(&emulator, "GET", "snapshots", "")[0]["name"], "two follows");
    admin_ok(&emulator, "DELETE", "snapshots/two%20follows", "");

    let mut lines = Vec::new();
    emulator.state().export(&mut lines).unwrap();
    let other = client::start().await;
    other.state().import(&lines[..]).unwrap();
    let mut again = Vec::new();
    other.state().export(&mut again).unwrap();
    assert_eq!(String::from_utf8(lines), String::from_utf8(again));
}

#[tokio::test]
async fn users_are_listed_with_their_counters() {
    let emulator = client::start().await;
    let lines = "ann,bob\nbob,ann\nann,cy\n关注,ann\na/b c,ann\nbob,cy";
    emulator.state().import(lines.as_bytes()).unwrap();
    let friend = "{\"friend\":{\"owner\":\"ann\",\"friend\":\"bob\"}}";
    emulator.state().import(friend.as_bytes()).unwrap();
    let page = |query: &str| {
        let response = admin_ok(&emulator, "GET", &format!("users?{query}"), "");
        let users: Vec<_> = response["users"].as_array().unwrap().iter().map(|user| user["user"].clone()).collect();
        (users, response["next"].clone())
    };
    assert_eq!(page("").0, ["a/b c", "administrator", "ann", "bob", "cy", "关注"]);
    assert_eq!(page("limit=2"), (vec![json!("a/b c"), json!("administrator")], json!("administrator")));
    assert_eq!(page("limit=2&after=bob"), (vec![json!("cy"), json!("关注")], Value::Null));
    assert_eq!(page("prefix=a&after=a%2Fb%20c&limit=1"), (vec![json!("administrator")], json!("administrator")));
    assert_eq!(page("prefix=an").0, ["ann"]);
    assert_eq!(page("prefix=%E5%85%B3").0, ["关注"]);
    assert_eq!(page("prefix=x").0, Vec::<Value>::new());

    let ann = admin_ok(&emulator, "GET", "users/ann", "");
    let numbers = ["followers", "following", "mutual", "friends", "blocked"].map(|key| ann[key].as_u64().unwrap());
    assert_eq!(numbers, [3, 2, 1, 1, 0]);
    let neighbour = |user: &str, relation: &str| json!({ "user": user, "relation": relation, "since": NOW });
    assert_eq!(
        ann["neighbours"],
        json!([
            neighbour("bob", "mutual"),
            neighbour("cy", "following"),
            neighbour("a/b c", "follower"),
            neighbour("关注", "follower"),
        ])
    );
    assert_eq!(ann["follows"], json!([["bob", "cy"]]));
    assert_eq!(admin_ok(&emulator, "GET", "users/ann?limit=1", "")["neighbours"].as_array().unwrap().len(), 3);
    assert_eq!(admin_ok(&emulator, "GET", "users/a%2Fb%20c", "")["neighbours"], json!([neighbour("ann", "following")]));
}

#[tokio::test]
async fn a_reset_resets_the_given_parts() {
    let emulator =
        client::builder().rate_limit(tim_emulator::RateLimit { calls_per_second: 1, window: Default::default() });
    let emulator = emulator.start().await.unwrap();
    emulator.time().freeze();
    emulator.state().import("alice,bob".as_bytes()).unwrap();
    emulator.faults().add(Fault::code(1)).unwrap();
    assert_eq!(call(&emulator, CHECK, BODY).code(), 1);
    admin_ok(&emulator, "POST", "reset", r#"{"state":false,"faults":false}"#);
    assert_eq!((emulator.faults().list().len(), emulator.calls().len()), (1, 1), "it names nothing to reset");
    admin_ok(&emulator, "POST", "reset", "");
    assert!(emulator.faults().list().is_empty() && emulator.calls().is_empty() && !emulator.time().is_frozen());
    assert_eq!(emulator.state().totals().unwrap().accounts, 1);
    assert_eq!(call(&emulator, CHECK, BODY).code(), 0, "the rate limit is free again");
}

#[tokio::test]
async fn a_large_body_is_rejected() {
    let emulator = client::start().await;
    let large = " ".repeat(1024 * 1024 + 1);
    assert_eq!(admin(&emulator, "POST", "faults", &large).status, 413);
    assert_eq!(admin(&emulator, "PATCH", "settings", &large[1..]).status, 200);
}

/// Plain code without a runtime can do all of it.
#[test]
fn blocking_code_needs_no_runtime() {
    let emulator = client::builder().start_blocking().unwrap();
    emulator.faults().add(Fault::code(30006).next(1)).unwrap();
    assert_eq!([call(&emulator, CHECK, BODY).code(), call(&emulator, CHECK, BODY).code()], [30006, 0]);
    assert_eq!(emulator.calls().len(), 2);
}

#[tokio::test]
async fn a_blocking_start_works_inside_of_a_runtime_too() {
    let emulator = client::builder().start_blocking().unwrap();
    assert_eq!(call(&emulator, CHECK, BODY).code(), 0);
}

#[tokio::test]
async fn emulators_are_independent() {
    let emulators: Vec<_> = (0..30).map(|_| client::builder().start_blocking().unwrap()).collect();
    emulators[3].faults().add(Fault::code(30006)).unwrap();
    let codes: Vec<_> = emulators.iter().map(|emulator| call(emulator, CHECK, BODY).code()).collect();
    assert_eq!(codes.iter().filter(|code| **code != 0).collect::<Vec<_>>(), [&30006]);
}

#[tokio::test]
async fn each_route_rejects_an_unknown_key_of_the_query() {
    let emulator = client::start().await;
    let routes = admin_ok(&emulator, "GET", "", "")["routes"].clone();
    for route in routes.as_array().unwrap() {
        let route = route.as_str().unwrap().split(": ").next().unwrap().replace("USER/LIST", "USER/followers");
        let (method, path) = route.split_once(" /_emulator/").unwrap();
        // Only placeholders are in upper case.
        let name = |part| if str::contains(part, char::is_uppercase) { "1" } else { part };
        let path = path.split('/').map(name).collect::<Vec<_>>().join("/");
        let response = admin(&emulator, method, &format!("{path}?unknown=1"), "");
        assert_eq!(response.status, 400, "{route}: {}", response.body);
        assert!(response.body["error"].as_str().unwrap().contains("unknown key"), "{route}: {}", response.body);
    }
}

#[tokio::test]
async fn each_emulator_has_an_instance_of_its_own() {
    let (first, second) = (client::start().await, client::start().await);
    let instance = |emulator| admin_ok(emulator, "GET", "", "")["instance"].as_str().unwrap().to_owned();
    assert_eq!(instance(&first), instance(&first));
    assert_ne!(instance(&first), instance(&second));
    assert_eq!(instance(&first).len(), 16);
}
