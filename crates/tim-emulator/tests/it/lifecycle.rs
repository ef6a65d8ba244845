//! Starting, stopping, and what stays.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use tim_emulator::{Emulator, Fault, InvalidSettings, RelationLimits, SdkAppId, SecretKey, StartError};
use tim_sig::Signer;

use crate::client::{self, Scratch, builder, call, call_with, connect, query, until};

#[tokio::test]
async fn the_defaults_are_enough() {
    let emulator = Emulator::builder().start().await.unwrap();
    assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!((emulator.sdkappid(), emulator.admin()), (SdkAppId(1_400_000_000), "administrator"));
    let key = emulator.secret_key().expose();
    assert!(key.len() == 64 && key.bytes().all(|digit| digit.is_ascii_hexdigit()), "{key}");
    assert!(!format!("{emulator:?}").contains(key));
    let other = Emulator::builder().start().await.unwrap();
    assert_ne!(other.secret_key(), emulator.secret_key());
}

#[tokio::test]
async fn the_default_clock_is_that_of_the_system() {
    let emulator = Emulator::builder().start().await.unwrap();
    // Valid from 1970 for as long as a signature can be.
    let signer = Signer::new(emulator.sdkappid().0, emulator.secret_key().clone()).unwrap();
    let sig = signer.sign(emulator.admin(), Duration::from_secs(u32::MAX.into()), 0).unwrap();
    let query = format!("sdkappid=1400000000&identifier=administrator&usersig={}&contenttype=json", sig.expose());
    let call = |path, body| call_with(&emulator, path, &query, body);
    assert_eq!(call("im_open_login_svc/account_import", r#"{"UserID":"bob"}"#).code(), 0);
    let follow = r#"{"From_Account":"administrator","FollowItem":[{"To_Account":"bob"}]}"#;
    assert_eq!(call("follow/follow_add", follow).code(), 0);
    let list = call("follow/follow_get", r#"{"From_Account":"administrator","FollowType":2}"#);
    assert!(list.body["FollowItem"][0]["FollowTime"].as_u64().unwrap() > client::NOW, "{}", list.body);
}

#[tokio::test]
async fn data_in_a_file_outlives_the_emulator() {
    let scratch = Scratch::new("file");
    let follow = r#"{"From_Account":"administrator","FollowItem":[{"To_Account":"bob"}]}"#;
    {
        let emulator = builder().data(scratch.file()).start().await.unwrap();
        assert_eq!(call(&emulator, "im_open_login_svc/account_import", r#"{"UserID":"bob","Nick":"Bob"}"#).code(), 0);
        assert_eq!(call(&emulator, "follow/follow_add", follow).code(), 0);
    }
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    let list = call(&emulator, "follow/follow_get", r#"{"From_Account":"administrator","FollowType":2}"#);
    let item = &list.body["FollowItem"][0];
    assert_eq!((&item["To_Account"], &item["FollowTime"]), (&"bob".into(), &client::NOW.into()));
    assert_eq!(item["ProfileItem"][0]["Value"], "Bob");

    let memory = client::start().await;
    let list = call(&memory, "follow/follow_get", r#"{"From_Account":"administrator","FollowType":2}"#);
    assert_eq!(list.body["FollowItem"], serde_json::json!([]));
}

/// Another connection sees what was acknowledged before the emulator ends, as it would after a
/// crash.
#[tokio::test]
async fn what_was_acknowledged_is_in_the_file() {
    let scratch = Scratch::new("acknowledged");
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    assert_eq!(call(&emulator, "im_open_login_svc/account_import", r#"{"UserID":"bob"}"#).code(), 0);
    let second = rusqlite::Connection::open(scratch.file()).unwrap();
    let bob = second.query_row("SELECT COUNT(*) FROM account WHERE user = 'bob'", [], |row| row.get::<_, i64>(0));
    assert_eq!(bob, Ok(1));
}

#[tokio::test]
async fn dropping_stops_the_server() {
    let emulator = client::start().await;
    let address = emulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let mut idle = connect(&emulator);
    drop(emulator);
    assert!(TcpStream::connect(&address).is_err());
    let read = std::io::Read::read(&mut idle, &mut [0; 16]);
    assert!(matches!(read, Ok(0) | Err(_)), "an open connection is ended");
    let again = builder().listen(address.parse().unwrap()).start().await.unwrap();
    assert_eq!(again.base_url(), format!("http://{address}"));
}

#[tokio::test]
async fn the_base_url_of_a_wildcard_address_is_loopback() {
    for (address, host) in [("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "[::1]"), ("127.0.0.1:0", "127.0.0.1")] {
        let address: std::net::SocketAddr = address.parse().unwrap();
        let emulator = match builder().listen(address).start().await {
            // A machine without IPv6.
            Err(StartError::Listen { .. }) if address.is_ipv6() => continue,
            started => started.unwrap(),
        };
        let listening = emulator.listen_address();
        assert_eq!((listening.ip(), listening.port() != 0), (address.ip(), true));
        assert_eq!(emulator.base_url(), format!("http://{host}:{}", listening.port()));
        assert_eq!(call(&emulator, "follow/follow_check", "{}").code(), 30001);
    }
}

#[tokio::test]
async fn settings_hold() {
    let emulator = Emulator::builder()
        .app_id(SdkAppId(7))
        .secret_key(SecretKey::new("k"))
        .clock(|| client::NOW)
        .relation_limits(RelationLimits { following: Some(0), ..RelationLimits::default() })
        .start()
        .await
        .unwrap();
    let sig = client::sig_of(7, "k", "administrator", client::NOW);
    let query = format!("sdkappid=7&identifier=administrator&usersig={sig}&contenttype=json");
    let import = call_with(&emulator, "im_open_login_svc/account_import", &query, r#"{"UserID":"bob"}"#);
    assert_eq!(import.code(), 0);
    let follow = r#"{"From_Account":"administrator","FollowItem":[{"To_Account":"bob"}]}"#;
    let response = call_with(&emulator, "follow/follow_add", &query, follow);
    assert_eq!(response.body["ResultItem"][0]["ResultCode"], 32100);
}

#[tokio::test]
async fn settings_that_cannot_be_are_named() {
    let scratch = Scratch::new("bad");
    std::fs::write(scratch.file(), "this is no database, and long enough to be none in any way").unwrap();
    let error = builder().data(scratch.file()).start().await.unwrap_err();
    assert!(matches!(error, StartError::Data { .. }), "{error}");
    assert!(error.to_string().contains("world.db"), "{error}");
    let error = builder().data(scratch.0.join("no/such/dir/world.db")).start().await.unwrap_err();
    assert!(matches!(error, StartError::Data { .. }), "{error}");

    let taken = client::start().await;
    let address = taken.base_url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = builder().listen(address).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");

    let error = builder().secret_key(SecretKey::new("")).start().await.unwrap_err();
    assert!(matches!(error, StartError::Key(_)), "{error}");
    for name in ["", &"x".repeat(33)] {
        let error = builder().admin("root").admin(name).start().await.unwrap_err();
        assert!(matches!(error, StartError::Settings(InvalidSettings::AdminName { .. })), "{error}");
    }
    let many = (0..11).fold(builder(), |builder, n| builder.admin(format!("admin{n}")));
    let error = many.start().await.unwrap_err();
    assert_eq!(error.to_string(), "11 admins are too many: an app has at most 10");
}

/// The wait of the call is real, so it is short.
#[tokio::test]
async fn a_call_in_progress_gets_its_response_before_the_end() {
    let emulator = client::start().await;
    emulator.faults().add(Fault::latency(Duration::from_millis(100))).unwrap();
    let mut stream = connect(&emulator);
    send_call(&mut stream);
    until(|| emulator.faults().list()[0].hits > 0);
    drop(emulator);
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains("30001"), "{response}");
}

#[tokio::test]
async fn nobody_holds_up_the_end() {
    let emulator = client::start().await;
    emulator.faults().add(Fault::latency(Duration::from_secs(600))).unwrap();
    let idle: Vec<_> = (0..100).map(|_| connect(&emulator)).collect();
    let (mut half, mut waiting) = (connect(&emulator), connect(&emulator));
    half.write_all(b"POST /v4/follow").unwrap();
    send_call(&mut waiting);
    until(|| emulator.faults().list()[0].hits > 0);
    // It would hang for ten minutes otherwise.
    drop(emulator);
    let mut response = Vec::new();
    let _ = waiting.read_to_end(&mut response);
    assert!(response.is_empty());
    drop(idle);
}

#[tokio::test]
async fn a_stream_of_events_comes_to_its_end() {
    let emulator = client::start().await;
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut events = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with(": events") {
        line.clear();
        events.read_line(&mut line).unwrap();
    }
    drop(emulator);
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "not broken off: {rest:?}");
}

fn send_call(stream: &mut TcpStream) {
    let head = format!("POST /v4/follow/follow_check?{} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}", query());
    stream.write_all(head.as_bytes()).unwrap();
}

/// The server has a thread of its own: a start that is given up leaves none behind that listens.
#[tokio::test]
async fn a_start_that_is_given_up_leaves_nothing() {
    let address = client::start().await.base_url().strip_prefix("http://").unwrap().parse().unwrap();
    {
        let start = std::pin::pin!(builder().listen(address).start());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = start.poll(&mut context);
    }
    // Until the given-up server noticed, the port may be taken.
    while builder().listen(address).start().await.is_err() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn an_export_can_be_imported() {
    let scratch = Scratch::new("export");
    let (table, export) = (scratch.0.join("follows.csv"), scratch.0.join("world.ndjson"));
    std::fs::write(&table, "from,to,at\nalice,bob,1702262118\nbob,alice\n").unwrap();
    let emulator = builder().import(&table).export_on_exit(&export).start().await.unwrap();
    assert_eq!(call(&emulator, "im_open_login_svc/account_import", r#"{"UserID":"carol","Nick":"C"}"#).code(), 0);
    emulator.stop().unwrap();

    let emulator = builder().import(&export).start().await.unwrap();
    let list = call(&emulator, "follow/follow_get", r#"{"From_Account":"alice","FollowType":3}"#);
    assert_eq!(list.body["FollowItem"], serde_json::json!([{ "To_Account": "bob", "FollowTime": 1_702_262_118 }]));
    let portrait = r#"{"To_Account":["carol"],"TagList":["Tag_Profile_IM_Nick"]}"#;
    let portrait = call(&emulator, "profile/portrait_get", portrait);
    assert_eq!(portrait.body["UserProfileItem"][0]["ProfileItem"][0]["Value"], "C");

    std::fs::write(&table, "alice,bob\nalice\n").unwrap();
    let error = builder().import(&table).start().await.unwrap_err().to_string();
    assert!(error.contains("follows.csv: line 2: "), "{error}");
    let emulator = builder().export_on_exit(scratch.0.join("no/such/file")).start().await.unwrap();
    assert!(emulator.stop().unwrap_err().to_string().contains("no/such/file"));
}
