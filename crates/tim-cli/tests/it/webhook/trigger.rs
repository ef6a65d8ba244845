use std::net::TcpListener;
use std::process::Command;

use tim_webhook::webhook::Event;
use tim_webhook::{Receiver, SdkAppId, WebhookToken};

use super::support::{APP, App, OK, TOKEN, now, run_webhook, token_file};
use crate::program::{file, tim};
use crate::schema;

fn trigger(args: &str) -> Command {
    tim(&format!("webhook trigger --sdkappid {APP} {args}"))
}

#[test]
fn each_event_is_one_that_the_receiver_decodes() {
    let (app, token) = (App::ok(), token_file("trigger-each"));
    let receiver = Receiver::new(SdkAppId(APP), WebhookToken::new(TOKEN));
    let mut seen = Vec::new();
    for (args, part) in [
        ("follow-add --from alice --to bob --to carol", r#"[{"To_Account":"bob"},{"To_Account":"carol"}]"#),
        ("follow-delete --from alice --to bob", r#""To_Account":["bob"]"#),
        ("friend-add --from alice --to bob --admin root", r#""Admin_Account":"root""#),
        ("friend-delete --from alice --to bob", r#""PairList":[{"From_Account":"alice","To_Account":"bob"}]"#),
        ("block-add --from alice --to bob", r#""PairList":[{"From_Account":"alice","To_Account":"bob"}]"#),
        ("block-delete --from alice --to bob", r#""PairList":[{"From_Account":"alice","To_Account":"bob"}]"#),
        ("profile-set --from alice --nick Al --level 3", r#"{"Tag":"Tag_Profile_IM_Level","Value":3}"#),
        (
            "state-change --from alice --action logout",
            r#""Action":"Logout","To_Account":"alice","Reason":"Unregister""#,
        ),
        ("state-change --from alice --kicked Android", r#""KickedDevice":[{"Platform":"Android"}]"#),
        ("prev-friend-add --from alice --to bob --wording hi", r#""AddWording":"hi""#),
        ("prev-friend-response --from alice --to bob --response reject", "Response_Action_Reject"),
    ] {
        let mut command = trigger(&format!("{args} --json --timeout 60s --to-url {} --token-file", app.url));
        let run = run_webhook(command.arg(&token)).exits(0);
        schema::check("webhook trigger", &run);
        let row = &run.objects()[0];
        assert_eq!((&row["ok"], &row["status"], &row["response"]), (&true.into(), &200.into(), &OK.into()));
        let request = app.request();
        assert_eq!(request.header("content-type"), Some("application/json"));
        let webhook = receiver.receive("POST", request.query(), &request.body, now()).unwrap();
        assert_eq!((webhook.query.content_type.as_str(), webhook.query.client_ip.as_str()), ("json", "127.0.0.1"));
        assert_eq!(webhook.event.user().unwrap(), "alice", "{args}");
        assert!(request.body.contains(part), "{args}: {}", request.body);
        let name = webhook.event.command();
        assert_eq!(row["event"], name);
        seen.push(name);
    }
    assert!(Event::COMMANDS.iter().all(|command| seen.contains(command)), "{seen:?}");
}

#[test]
fn the_exit_code_is_that_of_the_response() {
    let token = token_file("trigger-exit");
    let send = |url: &str, more: &str| {
        let mut command = trigger(&format!("follow-add --from a --to b --json --to-url {url} {more} --token-file"));
        let run = run_webhook(command.arg(&token));
        schema::check("webhook trigger", &run);
        run
    };
    for (response, problem) in [
        ("500 X\r\n\r\n{}", "HTTP 500"),
        ("200 OK\r\n\r\nfine", "not JSON"),
        // No redirect is followed.
        ("302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n", "HTTP 302"),
        ("403 X\r\n\r\n{\"echo\":\"hunter2-token SIGN\"}", "HTTP 403"),
    ] {
        let row = send(&App::start(response).url, "--timeout 60s").exits(1).objects().remove(0);
        assert!(row["ok"] == false && row["problem"].as_str().unwrap().contains(problem), "{row}");
    }
    let row = send("http://127.0.0.1:1/", "").exits(3).objects().remove(0);
    assert!(row["problem"].as_str().unwrap().contains("cannot connect"), "{row}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let row = send(&url, "--timeout 50ms").exits(3).objects().remove(0);
    assert_eq!(row["problem"], "no response within 0.05 s");
}

#[test]
fn a_repeated_event_is_the_same_with_a_new_request() {
    let app = App::ok();
    let mut command = trigger(&format!("follow-add --from a --to b --repeat 3 --timeout 60s --to-url {}", app.url));
    let run = run_webhook(command.env("TIM_WEBHOOK_TOKEN", TOKEN)).exits(0);
    assert_eq!(run.stdout.lines().count(), 4, "{}", run.stdout);
    let bodies: Vec<_> = (0..3).map(|_| app.request().body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let app = App::ok();
    for flag in ["--dry-run", "--print"] {
        let args = format!("state-change --from alice --client-ip ::1 {flag} --json --to-url {}?key=hunter2", app.url);
        let run = run_webhook(&mut trigger(&args)).exits(0);
        schema::check("webhook trigger", &run);
        let row = &run.objects()[0];
        assert_eq!(row["url"], app.url, "without its query");
        let query = "CallbackCommand=State.StateChange&contenttype=json&ClientIP=%3A%3A1&OptPlatform=Web";
        assert_eq!(row["query"], format!("SdkAppid={APP}&{query}"));
        assert!(row["body"].as_str().unwrap().contains("Register") && row["ok"].is_null(), "{row}");
    }
    assert_eq!(app.rest(), 0);
}

#[test]
fn a_flag_of_another_event_is_an_error() {
    for (args, hint) in [
        ("follow-add --from a", "--to USER"),
        ("follow-add --from a --to b --action login", "--action is for state-change, not for follow-add"),
        ("follow-add --from a --to b --nick A", "not for follow-add"),
        ("prev-friend-response --from a --to b --wording hi", "--wording is for prev-friend-add"),
        ("profile-set --from a", "--nick"),
        ("profile-set --from a --to b --nick A", "no targets"),
        ("follow-ad --from a --to b", "follow-add"),
        ("follow-add --from a --to b --to-url ftp://me:hunter2-token@x", "http://127.0.0.1:8080/im"),
    ] {
        run_webhook(&mut trigger(&format!("{args} --no-token"))).exits(2).says(hint);
    }
    run_webhook(&mut tim("webhook trigger follow-add --from a --to b --no-token")).exits(2).says("TIM_SDKAPPID");
}

#[test]
fn a_missing_token_is_an_error_that_does_not_repeat_what_was_given() {
    let send = || trigger("follow-add --from a --to b --to-url http://127.0.0.1:1/");
    run_webhook(&mut send()).exits(2).says("--token-file FILE").says("TIM_WEBHOOK_TOKEN").says("--no-token");
    run_webhook(send().args(["--token-file", TOKEN])).exits(2).says("give the name of a file");
    let empty = file("webhook-empty.token", " \n");
    run_webhook(send().arg("--token-file").arg(empty)).exits(2).says("it is empty");
    run_webhook(send().args(["--no-token", "--token-file", "x"])).exits(2).says("cannot be used with");
    run_webhook(send().env("TIM_WEBHOOK_TOKEN", " ")).exits(2).says("TIM_WEBHOOK_TOKEN is invalid");
}

#[test]
fn a_hostile_response_is_printed_harmlessly() {
    let hostile = "\u{1b}]0;x\u{7}\r\n\u{9b}31m\u{202e}\nFORGED";
    let app = App::start(&format!("500 \u{9b}X\r\nx: \u{202e}\r\n\r\n{hostile}"));
    for format in ["", "--json"] {
        let args = format!("follow-add --from a --to b --no-token {format} --timeout 60s --to-url {}", app.url);
        let run = run_webhook(&mut trigger(&args)).exits(1);
        let is_bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!run.stdout.contains(is_bad) && !run.stdout.contains("\nFORG"), "{:?}", run.stdout);
        assert!(run.stdout.contains("31m"), "{}", run.stdout);
    }
}
