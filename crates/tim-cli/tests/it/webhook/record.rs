use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::support::{APP, App, FOLLOW, Listener, TOKEN, now, run_webhook, send, send_follow, signed};
use crate::program::{file, tim};
use crate::schema;

const STATE: &str = "{\"CallbackCommand\":\"State.StateChange\", \"EventTime\":1.0e3,\n\"Info\":{\"Action\":\"Login\",\"To_Account\":\"\u{9b}小明\",\"Reason\":\"Register\"}}";

fn recording(name: &str) -> PathBuf {
    let path = file(name, "");
    fs::remove_file(&path).unwrap();
    path
}

fn replay(path: &PathBuf, args: &str) -> Command {
    let mut command = tim(&format!("webhook replay --json --timeout 60s {args}"));
    command.arg(path).env("TIM_WEBHOOK_TOKEN", TOKEN);
    command
}

/// Records [`FOLLOW`] and [`STATE`], each in a run of its own.
fn record(name: &str) -> PathBuf {
    let path = recording(&format!("{name}.ndjson"));
    for (event, body) in [("Follow.CallbackAfterFollowAdd", FOLLOW), ("State.StateChange", STATE)] {
        let body = body.replace("1.0e3", "1000");
        let listener = Listener::start(name, &format!("--events 1 --record {}", path.display()));
        assert_eq!(send(listener.address, "GET", "", "").status, 405, "not recorded");
        assert_eq!(send(listener.address, "POST", &signed(event, now() - 100), &body).status, 200);
        listener.finish().exits(0);
    }
    path
}

#[test]
fn recorded_events_are_sent_again_with_the_same_bodies() {
    let path = record("record-replay");
    let text = fs::read_to_string(&path).unwrap();
    super::support::has_no_secret(&text);
    assert!(!text.contains("Sign=") && !text.contains("RequestTime=") && text.lines().count() == 2, "{text}");

    let app = App::ok();
    let run =
        run_webhook(&mut replay(&path, &format!("--to-url {}", app.url))).exits(0).says("2 events of 2 sent, 0 failed");
    schema::check("webhook replay", &run);
    let rows = run.objects();
    assert_eq!((&rows[0]["line"], &rows[1]["event"]), (&1.into(), &"State.StateChange".into()));
    let receiver = tim_webhook::Receiver::new(tim_webhook::SdkAppId(APP), tim_webhook::WebhookToken::new(TOKEN));
    for body in [FOLLOW.to_owned(), STATE.replace("1.0e3", "1000")] {
        let request = app.request();
        assert_eq!(request.body, body);
        let webhook = receiver.receive("POST", request.query(), &request.body, now()).unwrap();
        assert!(webhook.query.request_time.unwrap() + 60 > now(), "signed again");
    }
}

#[test]
fn some_events_can_be_sent_and_for_another_app() {
    let (path, app) = (record("record-filter"), App::ok());
    for (args, sent) in [
        ("--event follow-add", 1),
        ("--event Follow.CallbackAfterFollowAdd --event state-change", 2),
        ("--event Group.CallbackNew", 0),
    ] {
        let args = format!("{args} --sdkappid 7 --to-url {}", app.url);
        assert_eq!(run_webhook(&mut replay(&path, &args)).exits(0).objects().len(), sent, "{args}");
        (0..sent).for_each(|_| assert!(app.request().query().starts_with("SdkAppid=7&")));
    }
    run_webhook(&mut replay(&path, "--event follow")).exits(2).says("follow-add");
}

#[test]
fn a_replay_ends_with_the_worst_response() {
    let path = record("record-worst");
    let app = App::start("500 X\r\n\r\n{}");
    let run =
        run_webhook(&mut replay(&path, &format!("--to-url {}", app.url))).exits(1).says("2 events of 2 sent, 2 failed");
    schema::check("webhook replay", &run);
    let run = run_webhook(&mut replay(&path, "--to-url http://127.0.0.1:1")).exits(3).says("the rest is not sent");
    assert_eq!(run.objects().len(), 1);
    schema::check("webhook replay", &run);
}

#[test]
fn a_bad_line_is_an_error_before_anything_is_sent() {
    let (path, app) = (record("record-bad"), App::ok());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{{\"at\":1}}\n")).unwrap();
    run_webhook(&mut replay(&path, &format!("--to-url {}", app.url))).exits(2).says("line 3 is not a recorded event");
    assert_eq!(app.rest(), 0);
    run_webhook(&mut replay(&PathBuf::from("/nonexistent/events"), "")).exits(2).says("/nonexistent/events");
}

#[test]
fn a_file_with_other_content_is_not_recorded_into() {
    let path = file("record-other.csv", "from,to\nalice,bob\n");
    let mut command = tim(&format!("webhook listen --no-token --sdkappid {APP} --record"));
    run_webhook(command.arg(&path)).exits(2).says("other content");
    assert_eq!(fs::read_to_string(&path).unwrap(), "from,to\nalice,bob\n");
}

#[test]
fn a_file_is_recorded_into_by_one_process_only() {
    let path = recording("record-lock.ndjson");
    let args = format!("--record {}", path.display());
    let mut first = Listener::start("record-lock", &args);
    let mut command = tim(&format!("webhook listen --no-token --sdkappid {APP} {args}"));
    run_webhook(command.args(["--listen", "127.0.0.1:0"])).exits(2).says("another process writes");
    assert_eq!(send_follow(first.address).status, 200);
    first.row();
    let recorded: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(recorded["body"], FOLLOW, "it is there as soon as the row is");
}

#[cfg(unix)]
#[test]
fn a_recording_that_is_deleted_ends_the_listener() {
    let path = recording("record-deleted.ndjson");
    let listener = Listener::start("record-deleted", &format!("--record {}", path.display()));
    fs::remove_file(&path).unwrap();
    assert_eq!(send_follow(listener.address).status, 503, "it was not recorded");
    listener.finish().exits(2).says("deleted or replaced");
}
