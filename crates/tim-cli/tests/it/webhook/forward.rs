use std::io::Write as _;
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::support::{App, FOLLOW, Listener, OK, TOKEN, follow_query, send, send_follow, send_raw};
use crate::schema;

#[test]
fn the_application_gets_the_request_as_it_came_and_its_response_goes_back() {
    let response = r#"{"ActionStatus":"OK", "ErrorCode":0,"ErrorInfo":"","mine":1.50}"#;
    let app =
        App::start(&format!("200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-mine: a\r\n\r\n{response}"));
    let mut listener = Listener::start("forward-same", &format!("--events 1 --timeout 60s --forward-to {}", app.url));
    let (query, body) = (format!("New=a%2fb+c&{}", follow_query()), FOLLOW.replace(':', " : "));
    let head = format!("host: public.example\r\ncontent-length: {}\r\nuser-agent: service/1\r\n", body.len());
    let more = "content-type: application/json\r\nx-trace: 7\r\nx-hop: 1\r\nconnection: close, x-hop\r\n";
    let received = send_raw(listener.address, &format!("POST /other?{query} HTTP/1.1\r\n{head}{more}\r\n{body}"));
    assert_eq!((received.status, received.body.as_str()), (200, response));
    assert!(received.head.contains("content-type: application/json; charset=utf-8\r\n"), "{}", received.head);
    assert!(received.head.contains("x-mine: a"), "{}", received.head);

    let request = app.request();
    assert_eq!(request.line, format!("POST /hook?{query} HTTP/1.1"));
    assert_eq!(request.body, body);
    assert_eq!(request.header("host"), app.url.split('/').nth(2));
    assert_eq!((request.header("user-agent"), request.header("x-trace")), (Some("service/1"), Some("7")));
    assert_eq!((request.header("content-type"), request.header("x-hop")), (Some("application/json"), None));
    let row = listener.row();
    assert_eq!((&row["ok"], &row["status"], &row["response"]), (&true.into(), &200.into(), &response.into()));
    let run = listener.finish().exits(0).says("0 not accepted by the application");
    schema::check("webhook listen", &run);
}

#[test]
fn the_service_sees_the_failures_of_the_application() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/", silent.local_addr().unwrap());
    let echo = App::start(&format!("500 Oops\r\n\r\n{{\"echo\":\"SIGN {TOKEN}\"}}"));
    let broken = App::start("200 OK\r\ncontent-length: 99\r\n\r\n{}");
    let text = App::start("200 OK\r\n\r\nfine");
    for (url, status, problem) in [
        (echo.url.as_str(), 500, "HTTP 500"),
        (&text.url, 200, "not JSON"),
        (&broken.url, 502, "no complete response"),
        ("http://127.0.0.1:1/", 502, "cannot connect"),
        (&silent, 504, "no response within 0.05 s"),
    ] {
        let args = format!("--events 1 --timeout 50ms --forward-to {url}");
        // The first run of a test is slow on a busy machine.
        let args = if status == 504 { args } else { args.replace("50ms", "20s") };
        let mut listener = Listener::start("forward-failures", &args);
        let received = send_follow(listener.address);
        assert_eq!(received.status, status, "{problem}: {}", received.body);
        if status >= 502 {
            let body: Value = serde_json::from_str(&received.body).unwrap();
            assert_eq!((&body["ActionStatus"], &body["ErrorCode"]), (&"FAIL".into(), &status.into()));
        }
        let row = listener.row();
        assert!(row["ok"] == false && row["problem"].as_str().unwrap().contains(problem), "{row}");
        let run = listener.finish().exits(0).says("1 not accepted by the application");
        schema::check("webhook listen", &run);
    }
}

#[test]
fn an_event_is_printed_even_if_the_sender_gives_up() {
    let app = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", app.local_addr().unwrap());
    let args = format!("--events 1 --timeout 60s --forward-to {url}");
    let mut listener = Listener::start("forward-gone", &args);
    let mut sender = TcpStream::connect(listener.address).unwrap();
    let head = format!("POST /?{} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", follow_query(), FOLLOW.len());
    sender.write_all(format!("{head}\r\n{FOLLOW}").as_bytes()).unwrap();
    let (mut connection, _) = app.accept().unwrap();
    drop(sender);
    // The listener has seen the end of the connection when it responds to another one.
    assert_eq!(send(listener.address, "GET", "", "").status, 405);
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{OK}", OK.len());
    connection.write_all(response.as_bytes()).unwrap();
    assert_eq!(listener.row()["ok"], true);
    listener.finish().exits(0);
}

#[test]
fn a_retry_after_a_failure_is_not_a_duplicate() {
    let app = App::start(&format!("503 X\r\n\r\n{OK}"));
    let mut listener = Listener::start("forward-retry", &format!("--events 2 --timeout 60s --forward-to {}", app.url));
    for _ in 0..2 {
        assert_eq!(send_follow(listener.address).status, 503);
        assert_eq!(listener.row()["duplicate"], false);
    }
    listener.finish().exits(0);
}
