//! The view of the calls.

use std::process::Command;

use serde_json::{Value, json};
use tim_emulator::{Emulator, Fault, SecretKey};
use tim_follow::ErrorCode;

use crate::browser::Browser;
use crate::support::{KEY, check, client, emulator, follow};

/// An expression for the numbers of the calls in the list, from top to bottom.
const NUMBERS: &str = "[...document.querySelectorAll('.calls > li')].map((e) => Number(e.dataset.number))";

fn wait_numbers(page: &Browser, numbers: &[u32]) {
    page.wait(&format!("JSON.stringify({NUMBERS}) === {:?}", json!(numbers).to_string()));
}

/// Starts an emulator with four calls: a success, a success, one with a rejected target, and one
/// that a fault rejects.
fn with_four_calls() -> Emulator {
    let emulator = emulator();
    let client = client(&emulator);
    assert_eq!([check(&client), follow(&client, "dave", "carol")], [None, None]);
    follow(&client, "carol", "nobody");
    emulator.faults().add(Fault::code(30006).info("the moon is full").next(1)).unwrap();
    assert_eq!(check(&client), Some(ErrorCode(30006)));
    emulator
}

#[test]
fn each_filter_selects_calls_and_survives_a_reload() {
    let emulator = with_four_calls();
    let page = Browser::open(&emulator, "/calls", 1400);
    wait_numbers(&page, &[4, 3, 2, 1]);
    for (key, value, numbers) in [
        ("text", "\"To_Account\":\"NOBODY\"", &[3][..]),
        ("text", "the moon", &[4]),
        ("user", "dave", &[2]),
        ("target", "nobody", &[3]),
        ("code", "30006", &[4]),
        ("code", "0", &[3, 2, 1]),
        ("fault", "1", &[4]),
    ] {
        let field = format!(".filters [name={key}]");
        page.fill(&field, value);
        wait_numbers(&page, numbers);
        let kept = format!("new URLSearchParams(location.search).get({key:?}) === {value:?}");
        page.wait(&kept);
        page.reload();
        wait_numbers(&page, numbers);
        page.wait(&format!("document.querySelector({field:?}).value === {value:?} && {kept}"));
        page.fill(&field, "");
        wait_numbers(&page, &[4, 3, 2, 1]);
        assert_eq!(page.address(), "/calls");
    }

    page.enter(".filters [name=command]", "follow_add");
    wait_numbers(&page, &[3, 2]);
    page.click("#calls-failed");
    wait_numbers(&page, &[3]);
    assert_eq!(page.address(), "/calls?command=follow_add&failed=true");
    page.reload();
    wait_numbers(&page, &[3]);
    page.enter(".filters [name=command]", "any");
    wait_numbers(&page, &[4, 3]);
    page.assert_no_errors();

    page.fill(".filters [name=code]", "many");
    page.wait_text("#problem:not([hidden])", "\"many\" is not a number");
    page.fill(".filters [name=code]", "30006");
    wait_numbers(&page, &[4]);
    page.wait("document.querySelector('#problem').hidden");
}

#[test]
fn a_new_call_appears_only_if_it_matches_the_filter() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/calls?command=follow_add", 1400);
    page.wait_text("#calls-none", "No call in the log matches these filters.");
    assert_eq!([check(&client), follow(&client, "dave", "carol")], [None, None]);
    wait_numbers(&page, &[2]);
    assert_eq!([check(&client), follow(&client, "dave", "carol")], [None, None]);
    wait_numbers(&page, &[4, 2]);
    page.wait_text(".calls .who", "dave \u{2192} carol");
    page.wait_text("#calls-news", "follow_add dave: 0 OK");

    page.fill("#calls-filter", "a text of no call");
    page.click_text("#calls-none button", "Remove the filters");
    wait_numbers(&page, &[4, 3, 2, 1]);
    assert_eq!(page.address(), "/calls");
    page.assert_no_errors();
}

#[test]
fn a_call_is_shown_as_it_was_on_the_wire() {
    let emulator = emulator();
    assert_eq!(check(&client(&emulator)), None);
    let page = Browser::open(&emulator, "/", 1400);
    page.click(".calls summary");
    page.wait_text("[aria-label='Body of the request']", "\"From_Account\": \"carol\"");
    page.wait_text("[aria-label='Body of the response']", "\"ActionStatus\": \"OK\"");
    assert_eq!(page.eval("document.querySelector('[aria-label=\"Request on the wire\"]').offsetHeight"), 0);
    page.click_text(".inside button", "Raw HTTP");
    for part in [
        "POST /v4/follow/follow_check?",
        "usersig=[UserSig]",
        " HTTP/1.1\n",
        "\nhost: 127.0.0.1",
        "\n\n{\"From_Account\":\"carol\"",
    ] {
        page.wait_text("[aria-label='Request on the wire']", part);
    }
    page.wait_text("[aria-label='Response on the wire']", "HTTP/1.1 200\n");
    page.wait_text("[aria-label='Response on the wire']", "content-type: application/json");
    page.wait("!document.querySelector('[aria-label=\"Body of the request\"]').offsetHeight");
    page.click_text(".inside button", "Raw HTTP");
    page.wait("document.querySelector('[aria-label=\"Body of the request\"]').offsetHeight > 0");
    let all = page.eval("document.documentElement.outerHTML").to_string();
    assert!(all.contains("identifier=administrator") && !all.contains(KEY));
    page.assert_no_errors();
}

#[test]
fn a_body_has_more_lines_but_the_same_tokens() {
    let emulator = emulator();
    let body = r#"{"a":12345678901234567890,"a":1.0,"2":[],"1":{"b":["\u5fc3",null]}}"#;
    ureq::post(format!("{}/v4/follow/follow_check", emulator.base_url())).send(body).unwrap();
    let page = Browser::open(&emulator, "/calls?call=1", 1400);
    let lines = [
        "{",
        "  \"a\": 12345678901234567890,",
        "  \"a\": 1.0,",
        "  \"2\": [],",
        "  \"1\": {",
        "    \"b\": [",
        "      \"\\u5fc3\",",
        "      null",
        "    ]",
        "  }",
        "}",
    ];
    page.wait("document.querySelector('[aria-label=\"Body of the request\"]')");
    let shown = page.eval("document.querySelector('[aria-label=\"Body of the request\"]').textContent");
    assert_eq!(shown, lines.join("\n"));
    page.assert_no_errors();
}

#[test]
fn a_call_is_copied_as_curl_and_as_json() {
    let emulator = emulator();
    follow(&client(&emulator), "carol", "o'brien $(date) `date` \\ \"");
    let page = Browser::open(&emulator, "/", 1400);
    page.keep_copies();
    page.click(".calls summary");
    page.click_text(".inside button", "Copy as JSON");
    page.wait_text("#notice", "Copied the call as JSON.");
    let json = page.eval("copied").as_str().unwrap().to_owned();
    let call = page.fetch("calls/1");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), call);
    page.click_text(".inside button", "Copy as curl");
    page.wait("copied.startsWith('curl ')");

    // Prints each argument that the shell gives to curl, and a NUL character after it.
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{}", page.eval("copied").as_str().unwrap());
    let output = Command::new("sh").arg("-c").arg(&script).env("USERSIG", "a signature").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let arguments: Vec<_> = printed.trim_end_matches('\0').split('\0').collect();
    let url = call["request"]["target"].as_str().unwrap().replace("[UserSig]", "a signature");
    let url = format!("{}{url}", emulator.base_url());
    assert_eq!(arguments[..5], ["--globoff", "--path-as-is", "-X", "POST", &url]);
    assert_eq!(arguments[arguments.len() - 2..], ["--data-raw", call["request"]["body"].as_str().unwrap()]);
    assert!(arguments.contains(&"content-type: application/json"), "{arguments:?}");
    page.assert_no_errors();
}

#[test]
fn a_replayed_call_links_to_the_first_one() {
    let emulator = with_four_calls();
    let page = Browser::open(&emulator, "/calls?call=4", 1400);
    page.wait_text(".why", "the moon is full");
    page.wait_text(".why", "fault 1");
    page.click_text(".inside button", "Replay");
    page.wait_text("[data-number='5'] .code", "0 OK");
    page.wait_text("#notice", "Replayed call 4 as call 5.");
    assert_eq!(page.address(), "/calls?call=5");
    page.click_text("[data-number='5'] .inside a", "call 4");
    page.wait("document.activeElement === document.querySelector('[data-number=\"4\"] summary')");
    assert_eq!(page.address(), "/calls?call=4");
    wait_numbers(&page, &[5, 4, 3, 2, 1]);
    page.assert_no_errors();
}

#[test]
fn many_calls_do_not_pile_up_in_the_page() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/", 1400);
    page.click("#calls-pause");
    for _ in 0..300 {
        check(&client);
    }
    page.wait("document.querySelector('#calls-pause').textContent === 'Resume (200)'");
    wait_numbers(&page, &[]);
    page.click("#calls-pause");
    let numbers: Vec<u32> = (1..=300).rev().collect();
    wait_numbers(&page, &numbers[..200]);
    page.click("#calls-older");
    wait_numbers(&page, &numbers);
    page.click("#calls-older");
    page.wait("document.querySelector('#calls-older').hidden");
    check(&client);
    page.wait_text(".calls li:first-child .number", "301");
    page.wait_text("#calls-count", "300 calls");
    page.assert_no_errors();
}

#[test]
fn a_link_opens_a_call_that_is_not_among_the_newest() {
    let emulator = emulator();
    let client = client(&emulator);
    for _ in 0..150 {
        check(&client);
    }
    let page = Browser::open(&emulator, "/calls?call=1", 1400);
    page.wait_text("[data-number='1'] [aria-label='Body of the request']", "carol");
    page.wait("document.activeElement.parentElement.parentElement.dataset.number === '1'");
    page.click("#calls-older");
    page.wait("document.querySelectorAll('.calls > li').length === 150");
    assert_eq!(page.eval(&format!("new Set({NUMBERS}).size")), 150, "each call is there once");
    page.assert_no_errors();
    page.go("/calls?call=999");
    page.wait_text("#problem:not([hidden])", "999");
}

#[test]
fn calls_are_exported_with_the_filter_and_cleared_after_a_question() {
    let emulator = with_four_calls();
    let page = Browser::open(&emulator, "/calls?failed=true", 1400);
    wait_numbers(&page, &[4, 3]);
    let exported = |label: &str| {
        let href = format!("[...document.querySelectorAll('a')].find((a) => a.textContent === {label:?}).href");
        let href = page.eval(&href).as_str().unwrap().to_owned();
        ureq::get(href).call().unwrap().into_body().read_to_string().unwrap()
    };
    let lines: Vec<Value> = exported("Export NDJSON").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|call| &call["number"]).collect::<Vec<_>>(), [3, 4]);
    let har: Value = serde_json::from_str(&exported("Export HAR")).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    page.click("#calls-clear");
    page.click_text("#dialog button", "Cancel");
    page.wait("!document.querySelector('#dialog').open");
    assert_eq!(emulator.calls().len(), 4);
    page.go("/calls");
    page.click("#calls-clear");
    page.click_text("#dialog button", "Clear");
    page.wait_text("#calls-none", "No calls yet.");
    assert_eq!(emulator.calls().len(), 0);
    page.keep_copies();
    page.click("#calls-none button");
    page.wait("window.copied");
    let command = page.eval("copied").as_str().unwrap().to_owned();
    assert!(command.contains(emulator.base_url()) && command.ends_with(" tim follow add alice bob"), "{command}");
    page.assert_no_errors();
}

#[test]
fn a_stream_that_breaks_continues_with_the_next_emulator() {
    let first = emulator();
    let client = client(&first);
    assert_eq!(check(&client), None);
    let listen = first.listen_address();
    let page = Browser::open(&first, "/", 1400);
    wait_numbers(&page, &[1]);
    drop(first);
    page.wait_text("#live.off", "Connection lost, trying again");
    let second = Emulator::builder().secret_key(SecretKey::new(KEY)).listen(listen).start_blocking().unwrap();
    page.wait_text("#live.on", "Live");
    wait_numbers(&page, &[]);
    check(&client);
    page.wait_text(".calls .code.bad", "30003");
    drop(second);
}

#[test]
fn the_console_works_over_https() {
    let emulator = Emulator::builder().secret_key(SecretKey::new(KEY)).tls().start_blocking().unwrap();
    let page = Browser::open(&emulator, "/state", 900);
    emulator.state().import("carol,dave".as_bytes()).unwrap();
    page.wait_text("#totals", "3 users, 1 follow");
    page.click("#time-freeze");
    page.wait_text("#clock", "frozen");
    page.assert_no_errors();
}
