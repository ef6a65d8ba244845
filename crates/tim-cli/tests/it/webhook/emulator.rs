use std::net::SocketAddr;

use serde_json::Value;

use super::support::{Listener, run_webhook, send_raw};
use crate::program::{Emulator, tim};

fn receivers(emulator: &Emulator) -> Vec<Value> {
    let address: SocketAddr = emulator.base_url.strip_prefix("http://").unwrap().parse().unwrap();
    let head = format!("host: {address}\r\nconnection: close\r\n");
    let body = send_raw(address, &format!("GET /_emulator/webhooks HTTP/1.1\r\n{head}\r\n")).body;
    serde_json::from_str(&body).unwrap()
}

/// Neither the app nor a token is set: both come with the registration.
#[cfg(unix)]
#[test]
fn it_registers_with_an_emulator_and_removes_the_registration_at_the_end() {
    let emulator = Emulator::start("webhook-emulator");
    emulator.import(&["alice", "bob"]);
    let app = super::support::App::ok();
    let forward = format!("--timeout 60s --forward-to {}", app.url);
    for signal in ["-TERM", "-INT"] {
        let mut command = tim(&format!("webhook listen --json {forward} --emulator {}", emulator.base_url));
        let mut listener = Listener::spawn(&mut command);
        assert_eq!(receivers(&emulator).len(), 1);
        let verb = if signal == "-TERM" { "add" } else { "delete" };
        emulator.run(&format!("follow {verb} alice bob")).exits(0);
        let row = listener.row();
        assert_eq!((&row["user"], &row["targets"][0], &row["ok"]), (&"alice".into(), &"bob".into(), &true.into()));
        let request = app.request();
        assert!(request.query().contains("&Sign=") && request.query().contains("&RequestTime="), "it is signed");
        assert!(request.body.contains("EventTime"));
        listener.end_with(signal).exits(0).says("the emulator sends its webhooks here").says("0 requests rejected");
        assert!(receivers(&emulator).is_empty());
    }
}

#[test]
fn the_base_url_of_the_settings_can_be_the_emulator() {
    let emulator = Emulator::start("webhook-base-url");
    emulator.import(&["alice", "bob"]);
    let mut command = tim("webhook listen --events 1 --no-token --emulator");
    let listener = Listener::spawn(command.env("TIM_BASE_URL", &emulator.base_url));
    emulator.run("block add alice bob").exits(0);
    let run = listener.finish().exits(0);
    assert!(run.stdout.contains("Sns.CallbackBlackListAdd"), "{}", run.stdout);
    assert!(receivers(&emulator).is_empty());
}

#[test]
fn only_an_emulator_of_the_same_app_is_accepted() {
    let emulator = Emulator::start("webhook-other-app");
    let at = |url: &str, args: &str| run_webhook(&mut tim(&format!("webhook listen --emulator {url} {args}")));
    at(&emulator.base_url, "--sdkappid 7").exits(2).says("give --sdkappid 1400000000");
    at("http://127.0.0.1:1", "").exits(3).says("start it with `tim emulator`");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let other_url = format!("http://{}", other.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in other.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
        }
    });
    at(&other_url, "").exits(3).says("not what `tim emulator` returns");
    assert!(receivers(&emulator).is_empty());
}
