//! What real clients send, and what nobody should.

use std::io::{Read as _, Write as _};

use crate::client::{self, call, call_with, connect, query, send, send_raw, sig, throw};

const PATH: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn no_header_matters() {
    let emulator = client::start().await;
    for headers in [
        "",
        "Content-Type: application/json\r\n",
        "Content-Type: application/json; charset=utf-8\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: \r\nAccept: image/png\r\n",
        "Expect: 100-continue\r\n",
    ] {
        let target = format!("/v4/{PATH}?{}", query());
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{BODY}",
            BODY.len()
        );
        let response = String::from_utf8(send_raw(&emulator, head.as_bytes())).unwrap();
        assert!(response.contains(r#""ErrorCode":0"#), "{headers} {response}");
    }
}

#[tokio::test]
async fn a_query_may_be_written_in_many_ways() {
    let emulator = client::start().await;
    let sig = sig("administrator");
    assert!(sig.contains('*') || sig.contains('-') || sig.contains('_'), "{sig}");
    let encoded: String = sig.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for query in [
        format!("usersig={sig}&contenttype=json&identifier=administrator&sdkappid=1400000000"),
        format!("sdkappid=1400000000&identifier=administrator&usersig={encoded}&contenttype=json&random=-1.5"),
        format!("sdkappid=1400000000&identifier=admin%69strator&usersig={}&contenttype=json", sig.replace('*', "%2A")),
        query().replace("random=", "random=1&random="),
        query() + "&new=1&flag&=&&",
        query() + "&sdkappid=1&identifier=bob&usersig=&contenttype=xml",
    ] {
        assert_eq!(call_with(&emulator, PATH, &query, BODY).code(), 0, "{query}");
    }
}

#[tokio::test]
async fn user_ids_may_hold_any_character() {
    let emulator = client::start().await;
    for user in ["with space", "a+b", "关注", "quote\"", "line\\n", "%41", "a&b=c"] {
        let json = serde_json::to_string(user).unwrap();
        assert_eq!(call(&emulator, "im_open_login_svc/account_import", &format!("{{\"UserID\":{json}}}")).code(), 0);
        let check = format!("{{\"From_Account\":{json},\"To_Account\":[{json}],\"Unknown\":[1,{{}}]}}");
        let response = call(&emulator, PATH, &check);
        assert_eq!((response.code(), &response.body["ResultItem"][0]["To_Account"]), (0, &user.into()), "{user}");
    }
}

#[tokio::test]
async fn an_admin_may_have_an_odd_name() {
    let emulator = client::builder().admin("root").admin("ops team+1").start().await.unwrap();
    assert_eq!(emulator.admin(), "root");
    let sig = sig("ops team+1");
    let body = BODY.replace("administrator", "root");
    for name in ["ops%20team%2B1", "ops+team%2b1"] {
        let query = format!("sdkappid=1400000000&identifier={name}&usersig={sig}&contenttype=json");
        assert_eq!(call_with(&emulator, PATH, &query, &body).code(), 0);
    }
    assert_eq!(call(&emulator, PATH, &body).code(), 60010, "`administrator` is a default, not an addition");
}

#[tokio::test]
async fn one_connection_takes_many_calls() {
    let emulator = client::start().await;
    let mut stream = connect(&emulator);
    let length = BODY.len();
    let request = format!("POST /v4/{PATH}?{} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{BODY}", query());
    let mut seen = String::new();
    for calls in 1..=3 {
        stream.write_all(request.as_bytes()).unwrap();
        while seen.matches(r#""ErrorDisplay":""}"#).count() < calls {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "closed after {seen}");
            seen.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
    }
}

#[tokio::test]
async fn a_chunked_body_is_a_body() {
    let emulator = client::start().await;
    let request = format!(
        "POST /v4/{PATH}?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n0\r\n\r\n",
        query(),
        BODY.len()
    );
    assert!(String::from_utf8(send_raw(&emulator, request.as_bytes())).unwrap().contains(r#""ErrorCode":0"#));
}

#[tokio::test]
async fn garbage_harms_nobody() {
    let emulator = client::start().await;
    let target = format!("/v4/{PATH}?{}", query());
    let cut = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{\"From");
    let long = format!("POST /v4/{}?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000), query());
    for bytes in [
        &b""[..],
        b"\0\0\0\0",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST \xff\xfe HTTP/1.1\r\n\r\n",
        b"POST * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /v4/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v4/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        cut.as_bytes(),
        long.as_bytes(),
    ] {
        throw(&emulator, bytes);
    }
    for seed in 0..200_u64 {
        let mut state = seed;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let mut body = BODY.as_bytes().to_vec();
        for _ in 0..=seed % 5 {
            let at = byte() as usize % body.len();
            body[at] = byte();
        }
        let response = send(&emulator, "POST", &target, "", &body);
        assert_eq!(response.status, 200);
    }
    assert_eq!(call(&emulator, PATH, BODY).code(), 0);
}
