//! Every way in which the gateway rejects a call, and in which order.

use std::collections::BTreeSet;

use serde_json::json;
use tim_emulator::{Emulator, Fault, Quirks, RateLimit, Region, Window};

use crate::client::{self, NOW, builder, call, call_with, query, send, send_raw, sig, sig_of};

const PATH: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn a_right_call_is_done() {
    let emulator = client::start().await;
    let response = call(&emulator, PATH, BODY);
    assert_eq!(response.status, 200);
    let item = json!({ "To_Account": "administrator", "ResultCode": 0, "ResultInfo": "", "FollowType": 0 });
    let envelope = json!({
        "ResultItem": [item], "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ErrorDisplay": "",
    });
    assert_eq!(response.body, envelope);
}

#[tokio::test]
async fn an_error_does_not_repeat_a_signature() {
    let (emulator, sig) = (client::start().await, sig("administrator"));
    let not_admin = query().replace("identifier=administrator", &format!("identifier={sig}"));
    for (target, code) in [
        (format!("/v4/{PATH}&usersig={sig}?{}", query()), 60009),
        (format!("/usersig={sig}?{}", query()), 60009),
        (format!("/v4/{PATH}?{not_admin}"), 70013),
    ] {
        let response = send(&emulator, "POST", &target, "", BODY.as_bytes());
        assert_eq!(response.code(), code);
        assert!(!response.body.to_string().contains(&sig), "{}", response.body);
    }
    for target in [format!("/_emulator/x&usersig={sig}"), format!("/_emulator/users/a/usersig={sig}")] {
        let response = send(&emulator, "GET", &target, "", b"");
        assert!(response.status >= 400 && !response.body.to_string().contains(&sig), "{}", response.body);
    }
}

#[tokio::test]
async fn each_wrong_query_has_its_code() {
    let emulator = client::start().await;
    let admin = sig("administrator");
    let with = |app: &str, user: &str, sig: &str| {
        let query = format!("sdkappid={app}&identifier={user}&usersig={sig}&random=1&contenttype=json");
        let response = call_with(&emulator, PATH, &query, BODY);
        assert_eq!((response.status, &response.body["ActionStatus"]), (200, &json!("FAIL")), "{query}");
        assert_eq!(response.body.get("ErrorDisplay"), None);
        assert!(!response.info().is_empty());
        response.code()
    };
    const APP: &str = "1400000000";
    assert_eq!(with("", "administrator", &admin), 60012);
    assert_eq!(with("x", "administrator", &admin), 60025);
    assert_eq!(with(APP, "", &admin), 60025);
    assert_eq!(with(APP, "%ff", &admin), 60002);
    assert_eq!(with("1400000001", "administrator", &admin), 70020);
    assert_eq!(with(APP, "administrator", ""), 70002);
    assert_eq!(with(APP, "administrator", "x"), 70003);
    assert_eq!(with(APP, "administrator", &admin[..admin.len() - 8]), 70003);
    assert_eq!(with(APP, "administrator", &sig_of(1, client::KEY, "administrator", NOW)), 70014);
    assert_eq!(with(APP, "administrator", &sig("bob")), 70013);
    assert_eq!(with(APP, "Administrator", &admin), 70013);
    assert_eq!(with(APP, "administrator", &sig_of(1_400_000_000, client::KEY, "administrator", NOW - 61)), 70001);
    assert_eq!(with(APP, "administrator", &sig_of(1_400_000_000, "other", "administrator", NOW)), 70009);
    assert_eq!(with(APP, "bob", &sig("bob")), 60010);
    for query in ["", "x", "sdkappid"] {
        assert_eq!(call_with(&emulator, PATH, query, BODY).code(), 60012, "{query}");
    }
    for missing in ["identifier", "usersig", "contenttype"] {
        let query = query().replace(missing, "other");
        assert_eq!(call_with(&emulator, PATH, &query, BODY).code(), 60025, "{missing}");
    }
}

#[tokio::test]
async fn a_signature_is_good_through_its_last_second() {
    let emulator = client::start().await;
    let sig = sig_of(1_400_000_000, client::KEY, "administrator", NOW - 60);
    let query = format!("sdkappid=1400000000&identifier=administrator&usersig={sig}&contenttype=json");
    assert_eq!(call_with(&emulator, PATH, &query, BODY).code(), 0);
}

#[tokio::test]
async fn each_wrong_path_has_its_code() {
    let emulator = client::start().await;
    let at = |target: &str| send(&emulator, "POST", &format!("{target}?{}", query()), "", BODY.as_bytes());
    for target in [
        "/",
        "/v4",
        "/v4/",
        "/v4/follow",
        "/v4/follow/",
        "/v4/follow/follow_check/",
        "/v4/follow/follow_check/x",
        "/v4/follow/Follow_Check",
        "/v4/follow/follow%5fcheck",
        "/v4//follow_check",
        "//v4/follow/follow_check",
        "/v3/follow/follow_check",
        "/V4/follow/follow_check",
        "/v4/sns/follow_check",
        "/v4/openim/sendmsg",
        "/v4/group_open_http_svc/create_group",
        "/favicon.ico",
    ] {
        let response = at(target);
        assert_eq!((response.status, response.code()), (200, 60009), "{target}");
        assert!(!response.info().contains("usersig"), "{}", response.info());
    }
    assert!(at("/v4/sns/friend_get_all").info().contains("use one of friend_"));
    assert!(at("/v4/x/create_group").info().contains("use one of follow, sns, profile, im_open_login_svc, openim ("));
    assert_eq!(at("http://console.tim.qq.com/v4/follow/follow_check").code(), 0, "a target in absolute form");
}

#[tokio::test]
async fn an_app_lives_in_one_region() {
    let emulator = builder().region(Region::Frankfurt).start().await.unwrap();
    let at = |target: &str, host: &str| {
        let (query, length) = (query(), BODY.len());
        let head =
            format!("POST {target}?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}");
        let response = String::from_utf8(send_raw(&emulator, format!("{head}\r\n\r\n{BODY}").as_bytes())).unwrap();
        let body: serde_json::Value = serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
        body["ErrorCode"].as_i64().unwrap()
    };
    assert_eq!(at("/v4/follow/follow_check", "localhost"), 0);
    assert_eq!(at("/v4/follow/follow_check", "adminapiger.im.qcloud.com"), 0);
    assert_eq!(at("/v4/follow/follow_check", "adminapisgp.im.qcloud.com"), 60026);
    assert_eq!(at("http://console.tim.qq.com/v4/follow/follow_check", "localhost"), 60026);
}

#[tokio::test]
async fn without_the_follow_feature_friends_remain() {
    let emulator = builder().follow_feature(false).start().await.unwrap();
    let admin = r#""From_Account":"administrator""#;
    for command in ["follow_add", "follow_delete", "follow_check", "follow_get", "follow_get_info"] {
        assert_eq!(call(&emulator, &format!("follow/{command}"), &format!("{{{admin}}}")).code(), 30005, "{command}");
    }
    assert_eq!(call(&emulator, "sns/friend_get", &format!("{{{admin},\"StartIndex\":0}}")).code(), 0);
}

#[tokio::test]
async fn only_post_is_taken() {
    let emulator = client::start().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "BREW"] {
        let response = send(&emulator, method, &format!("/v4/{PATH}?{}", query()), "", BODY.as_bytes());
        assert_eq!((response.status, response.code()), (200, 60002), "{method}");
        assert!(response.info().contains("POST"));
    }
}

#[tokio::test]
async fn get_with_a_body_may_be_accepted() {
    let quirks = Quirks { get_with_body_accepted: true, ..Quirks::default() };
    let emulator = builder().quirks(quirks).start().await.unwrap();
    let request = |method: &str, body: &str| {
        send(&emulator, method, &format!("/v4/{PATH}?{}", query()), "", body.as_bytes()).code()
    };
    assert_eq!(request("GET", BODY), 0);
    assert_eq!(request("GET", "[]"), 60003);
    assert_eq!(request("GET", ""), 60002, "without a body it is not a call");
    assert_eq!(request("PUT", BODY), 60002);
    assert_eq!(request("POST", ""), 60003);
}

#[tokio::test]
async fn random_may_be_required() {
    let quirks = Quirks { random_required: true, ..Quirks::default() };
    let strict = builder().quirks(quirks).start().await.unwrap();
    let tolerant = client::start().await;
    assert_eq!(call(&strict, PATH, BODY).code(), 0);
    for random in ["", "random", "random=", "random=x", "random=4294967296", "random=1&random=2"] {
        let query = query().replace("random=99999999", random);
        assert_eq!(call_with(&tolerant, PATH, &query, BODY).code(), 0, "{random}");
        let rejected = call_with(&strict, PATH, &query, BODY);
        assert_eq!(rejected.code(), 60025, "{random}");
        assert!(rejected.info().contains("random"), "{}", rejected.info());
    }
}

/// The head of a response, without the order of its headers.
fn head_of(emulator: &Emulator, request: &str) -> (String, BTreeSet<String>, String) {
    let response = String::from_utf8(send_raw(emulator, request.as_bytes())).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    (status.to_owned(), headers.split("\r\n").map(str::to_owned).collect(), body.to_owned())
}

fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v4/{PATH}?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}",
        query()
    )
}

#[tokio::test]
async fn a_response_has_the_documented_headers() {
    let emulator = client::start().await;
    for body in [BODY, "{}", ""] {
        let (status, headers, body) = head_of(&emulator, &post(body));
        let length = format!("content-length: {}", body.len());
        let expected = [
            "access-control-allow-headers: X-Requested-With",
            "access-control-allow-methods: POST",
            "access-control-allow-origin: *",
            "connection: close",
            "content-type: application/json",
            "date: Tue, 14 Nov 2023 22:13:20 GMT",
            &length,
        ];
        assert_eq!((status.as_str(), headers), ("HTTP/1.1 200 OK", expected.map(str::to_owned).into()));
    }
    emulator.faults().add(Fault::content_type("text/html")).unwrap();
    let headers = head_of(&emulator, &post(BODY)).1;
    assert!(headers.contains("content-type: text/html") && headers.len() == 7, "{headers:?}");
    emulator.faults().clear();
    emulator.faults().add(Fault::status(502)).unwrap();
    let headers = head_of(&emulator, &post(BODY)).1;
    assert!(!headers.iter().any(|header| header.starts_with("access-control")), "a proxy sends none: {headers:?}");
}

#[tokio::test]
async fn the_date_follows_the_clock() {
    let emulator = client::start().await;
    for (second, date) in
        [(1_600_000_000, "Sun, 13 Sep 2020 12:26:40 GMT"), (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT")]
    {
        emulator.time().set(second);
        let headers = head_of(&emulator, &post(BODY)).1;
        let dates: Vec<_> = headers.iter().filter(|header| header.starts_with("date: ")).collect();
        assert_eq!(dates, [&format!("date: {date}")]);
    }
}

#[tokio::test]
async fn a_preflight_gets_the_headers_and_is_not_a_call() {
    let emulator = client::start().await;
    let request = format!(
        "OPTIONS /v4/{PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: http://page.example\r\n\
         Access-Control-Request-Method: POST\r\n\r\n"
    );
    let (status, headers, body) = head_of(&emulator, &request);
    assert_eq!((status.as_str(), body.as_str()), ("HTTP/1.1 200 OK", ""));
    for header in ["access-control-allow-origin: *", "access-control-allow-methods: POST", "content-length: 0"] {
        assert!(headers.contains(header), "{headers:?}");
    }
    assert!(emulator.calls().is_empty());
}

/// A client that takes the emulator for its proxy.
#[tokio::test]
async fn connect_is_not_a_call() {
    let emulator = client::start().await;
    let request =
        "CONNECT console.tim.qq.com:443 HTTP/1.1\r\nHost: console.tim.qq.com:443\r\nConnection: close\r\n\r\n";
    let (status, _, body) = head_of(&emulator, request);
    assert_eq!((status.as_str(), body.contains("not a proxy")), ("HTTP/1.1 501 Not Implemented", true));
    assert!(emulator.calls().is_empty());
}

#[tokio::test]
async fn each_wrong_body_has_its_code() {
    let emulator = client::start().await;
    for body in ["", " ", "[]", "\"x\"", "null", "{", r#"{"From_Account":"a",}"#, "From_Account=a"] {
        let response = call(&emulator, PATH, body);
        assert_eq!((response.code(), response.body.get("ErrorDisplay")), (60003, None), "{body}");
    }
    assert_eq!(call(&emulator, PATH, r#"{"From_Account":1,"To_Account":["a"]}"#).code(), 60015);
    assert_eq!(call(&emulator, PATH, r#"{"From_Account":"a","To_Account":[1]}"#).code(), 60015);
    assert_eq!(call(&emulator, PATH, "{}").code(), 30001);
    assert_eq!(call(&emulator, PATH, r#"{"From_Account":"nobody","To_Account":["a"]}"#).code(), 30003);
    assert_eq!(call(&emulator, PATH, "{}").body["ErrorDisplay"], "");
}

#[tokio::test]
async fn the_first_thing_wrong_is_named() {
    let emulator = client::start().await;
    let target = |path: &str, query: &str| format!("/{path}?{query}");
    let post = |target: String, body: &str| send(&emulator, "POST", &target, "", body.as_bytes()).code();
    let user = sig("bob");
    let app = |app: &str| format!("sdkappid={app}&identifier=bob&usersig={user}&contenttype=json");
    assert_eq!(send(&emulator, "GET", &target("x", ""), "", b"").code(), 60002);
    assert_eq!(post(target("x", "sdkappid=2"), ""), 60025);
    assert_eq!(post(target("x", &app("2")), ""), 60009);
    assert_eq!(post(target("v4/follow/follow_add", &app("2")), ""), 70020);
    let wrong_sig = app("1400000000").replace("usersig=", "usersig=x");
    assert_eq!(post(target("v4/follow/follow_add", &wrong_sig), ""), 70003);
    assert_eq!(post(target("v4/follow/follow_add", &app("1400000000")), ""), 60010);
    assert_eq!(post(target("v4/follow/follow_add", &query()), ""), 60003);
    assert_eq!(post(target("v4/follow/follow_add", &query()), r#"{"From_Account":1}"#), 60015);
    assert_eq!(post(target("v4/follow/follow_add", &query()), r#"{"From_Account":"nobody"}"#), 30001);
}

#[tokio::test]
async fn a_body_ends_at_16_mebibytes() {
    let emulator = client::start().await;
    let padded = |bytes: usize| format!("{BODY}{}", " ".repeat(bytes - BODY.len()));
    assert_eq!(call(&emulator, PATH, &padded(16 << 20)).code(), 0);
    for bytes in [(16 << 20) + 1, 18 << 20] {
        let response = call(&emulator, PATH, &padded(bytes));
        assert_eq!(response.code(), 60002);
        assert!(response.info().contains("16777216"), "{}", response.info());
    }
}

/// None at all, so that the test does not depend on how long a call takes; the window itself is
/// tested beside it.
#[tokio::test]
async fn a_call_beyond_the_rate_limit_is_refused() {
    for window in [Window::Fixed, Window::Sliding] {
        let emulator = builder().rate_limit(RateLimit { calls_per_second: 0, window }).start().await.unwrap();
        let response = call(&emulator, "follow/follow_check", "not even JSON");
        assert_eq!((response.code(), response.body.get("ErrorDisplay")), (60007, None));
        assert!(response.info().contains("follow_check"), "{}", response.info());
    }
}
