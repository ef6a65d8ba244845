//! Many connections: who is served when there are too many.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tim_emulator::{Emulator, Fault};

use crate::client::{admin, builder, call, connect, query, until};

const PATH: &str = "follow/follow_check";

fn send_call(stream: &mut TcpStream) {
    let head = format!("POST /v4/{PATH}?{} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}", query());
    stream.write_all(head.as_bytes()).unwrap();
}

fn read_response(stream: &mut TcpStream) -> String {
    let (mut read, mut bytes) = (String::new(), [0; 4096]);
    while !read.ends_with('}') {
        let count = stream.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "closed after {read:?}");
        read.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    read
}

fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_))
}

/// Opens connections whose calls wait for ten minutes.
fn busy(emulator: &Emulator, count: u64) -> Vec<TcpStream> {
    let fault = emulator.faults().add(Fault::latency(Duration::from_secs(600))).unwrap();
    let mut streams: Vec<_> = (0..count).map(|_| connect(emulator)).collect();
    streams.iter_mut().for_each(send_call);
    until(|| emulator.faults().list()[0].hits == count);
    assert!(emulator.faults().remove(fault));
    streams
}

#[tokio::test]
async fn the_longest_idle_connection_makes_room() {
    let emulator = builder().max_connections(3).start().await.unwrap();
    let [mut first, mut second, mut third] = [(); 3].map(|()| {
        let mut stream = connect(&emulator);
        send_call(&mut stream);
        read_response(&mut stream);
        stream
    });
    // Used again, so the second one is idle the longest.
    send_call(&mut first);
    read_response(&mut first);
    assert_eq!(call(&emulator, PATH, "{}").code(), 30001);
    assert!(is_closed(&mut second));
    for stream in [&mut first, &mut third] {
        send_call(stream);
        assert!(read_response(stream).contains("30001"));
    }
}

#[tokio::test]
async fn a_connection_without_a_request_makes_room() {
    let emulator = builder().max_connections(2).start().await.unwrap();
    let (mut silent, mut half) = (connect(&emulator), connect(&emulator));
    half.write_all(b"POST /v4/follow").unwrap();
    let busy = [(); 2].map(|()| {
        let mut stream = connect(&emulator);
        send_call(&mut stream);
        assert!(read_response(&mut stream).contains("30001"));
        stream
    });
    assert!(is_closed(&mut silent) && is_closed(&mut half));
    drop(busy);
}

/// They are idle after their response, whatever sent it.
#[tokio::test]
async fn connections_of_admins_and_slow_responses_make_room() {
    let emulator = builder().max_connections(2).start().await.unwrap();
    let mut admin = connect(&emulator);
    admin.write_all(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    BufReader::new(&admin).lines().map(Result::unwrap).find(|line| line.contains("true")).unwrap();
    let mut slow = connect(&emulator);
    emulator.faults().add(Fault::slow(Duration::from_micros(10)).next(1)).unwrap();
    send_call(&mut slow);
    read_response(&mut slow);
    let new = [(); 2].map(|()| {
        let mut stream = connect(&emulator);
        send_call(&mut stream);
        assert!(read_response(&mut stream).contains("30001"));
        stream
    });
    assert!(is_closed(&mut admin) && is_closed(&mut slow));
    drop(new);
}

#[tokio::test]
async fn busy_connections_leave_the_admin_api_a_reserve() {
    let emulator = builder().max_connections(2).start().await.unwrap();
    let mut busy = busy(&emulator, 2);
    for _ in 0..100 {
        assert_eq!(admin(&emulator, "GET", "health", "").status, 200);
    }
    let mut page = connect(&emulator);
    page.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    page.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK"), "closed after one response: {text}");

    let mut rejected = connect(&emulator);
    send_call(&mut rejected);
    let mut text = String::new();
    rejected.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("connections") && !text.contains('{'), "{text}");
    assert!(emulator.calls().is_empty());

    drop(busy.pop());
    until(|| {
        let mut stream = connect(&emulator);
        send_call(&mut stream);
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        status == *b"HTTP/1.1 200"
    });
}

#[tokio::test]
async fn idle_connections_do_not_lock_the_admin_out() {
    let emulator = builder().max_connections(8).start().await.unwrap();
    let idle: Vec<_> = (0..200).map(|_| connect(&emulator)).collect();
    assert_eq!(admin(&emulator, "GET", "health", "").status, 200);
    assert_eq!(call(&emulator, PATH, "{}").code(), 30001);
    drop(idle);
}

/// No system allows as many files, so the limit cannot be high enough.
#[cfg(unix)]
#[tokio::test]
async fn a_limit_of_open_files_that_is_too_low_is_reported() {
    let problems = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&problems);
    let report = move |problem: &str| log.lock().unwrap().push(problem.to_owned());
    let emulator = builder().max_connections(usize::MAX / 2).on_problem(report).start().await.unwrap();
    assert_eq!(call(&emulator, PATH, "{}").code(), 30001);
    let problems = problems.lock().unwrap();
    assert!(problems.len() == 1 && problems[0].contains("open files"), "{problems:?}");
}
