//! Lists of several users are read at the same time, and written in the order of the users.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;

use crate::program::{Emulator, KEY, file, run, tim, tim_at};

/// Reads a request up to the end of its body; returns the user in it.
fn user(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"}") && connection.read(&mut byte).unwrap() == 1 {
        request.push(byte[0]);
    }
    let start = request.iter().position(|byte| *byte == b'{').unwrap();
    let body: Value = serde_json::from_slice(&request[start..]).unwrap();
    body["From_Account"].as_str().unwrap().to_owned()
}

/// Sends the list of a user: one entry, named after the user.
fn respond(mut connection: TcpStream, user: &str) {
    let body = format!(
        r#"{{"FollowItem":[{{"To_Account":"friend-of-{user}","FollowTime":1}}],"NextCursor":"","ErrorCode":0}}"#
    );
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    connection.write_all((head + &body).as_bytes()).unwrap();
}

/// A server that responds only when it has requests for the lists of three users, to the last one
/// first. Each list has one entry, named after its user.
fn serve_three_at_once() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut waiting: Vec<_> = (0..3).map(|_| listener.accept().unwrap().0).collect();
        let users: Vec<_> = waiting.iter_mut().map(user).collect();
        waiting.into_iter().zip(users).rev().for_each(|(connection, user)| respond(connection, &user));
    });
    base_url
}

/// A server that responds to the first user only after the requests for 100 others.
fn serve_first_user_last() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut first = None;
        for _ in 0..101 {
            let mut connection = listener.accept().unwrap().0;
            match user(&mut connection) {
                user if user == "u0" => first = Some(connection),
                user => respond(connection, &user),
            }
        }
        respond(first.unwrap(), "u0");
    });
    base_url
}

#[test]
fn a_list_that_waits_does_not_stop_the_others() {
    let base_url = serve_first_user_last();
    let users: Vec<_> = (0..101).map(|number| format!("u{number}")).collect();
    let args = format!("follow list {} --kind following --json --timeout 60s", users.join(" "));
    let rows = run(&mut tim_at(&base_url, &args)).exits(0).objects();
    assert!(rows.iter().map(|row| row["from"].as_str().unwrap()).eq(&users));
}

#[test]
fn lists_are_read_at_the_same_time_and_written_in_order() {
    for limit in ["", "--limit 1"] {
        let base_url = serve_three_at_once();
        let args = format!("follow list alice bob carol --kind following --json --timeout 60s {limit}");
        let rows = run(&mut tim_at(&base_url, &args)).exits(0).objects();
        let found: Vec<_> =
            rows.iter().map(|row| [&row["from"], &row["to"]].map(|user| user.as_str().unwrap())).collect();
        let expected = [["alice", "friend-of-alice"], ["bob", "friend-of-bob"], ["carol", "friend-of-carol"]];
        assert_eq!(found, expected, "{limit}");
    }
}

#[test]
fn a_list_that_fails_for_a_while_does_not_end_the_others() {
    let key = file("lists-fault.key", &format!("{KEY}\n"));
    let fault = r#"{"code":30006,"command":"black_list_get","next":1}"#;
    let emulator = Emulator::spawn(tim("emulator --secret-key-file").arg(key).args(["--fault", fault]));
    emulator.import(&["alice", "bob", "carol"]);
    let listed = emulator.run("block list alice bob carol --json --max-attempts 1").exits(1).says("1 rejected");
    let rows = listed.objects();
    let rejected: Vec<_> = rows.iter().filter(|row| row["outcome"] == "rejected").map(|row| &row["from"]).collect();
    assert_eq!((rows.len(), rejected.len()), (3, 1), "{rows:?}");
    let path = file("lists-fault.ndjson", &listed.stdout);
    let again = run(tim_at(&emulator.base_url, "block list --json --retry-failed").arg(path)).exits(0).objects();
    assert_eq!(again.iter().map(|row| &row["from"]).collect::<Vec<_>>(), rejected);
}
