//! Names and texts that look like markup, scripts or parts of an address. They stay text.

use serde_json::{Value, json};
use tim_emulator::{Emulator, Fault, Webhook};

use crate::browser::Browser;
use crate::support::{check, client, emulator, follow, receiver_with};

/// User ids, of at most 32 bytes.
const NAMES: [&str; 5] = [
    "<img src=x onerror=hacked=1>",
    "'\"><svg onload=hacked=1>",
    "javascript:hacked=1",
    "a&b?user=dave#%2F../\\",
    "reverse \u{202e}txt\u{200f}\u{200b}",
];
const TEXT: &str = "<img src=x onerror=\"hacked=1\"> '</script><script>hacked=1</script> \u{202e}\u{7}\n{{hacked=1}}";
const RESPONSE: &str = r#"{"ActionStatus":"<img src=x onerror='hacked=1'>","ErrorCode":0}"#;

/// An expression that is true if no text of a test became an element or a script.
const CLEAN: &str = "window.hacked === undefined
    && document.querySelectorAll('img').length === 1
    && document.querySelectorAll('script').length === 1
    && [...document.querySelectorAll('[href]')].every((e) => /^(\\/|#)/.test(e.getAttribute('href')))
    && [...document.querySelectorAll('*')].every((e) => [...e.attributes].every((a) => !a.name.startsWith('on')))";

fn hostile() -> Emulator {
    let emulator = emulator();
    let mut records = Vec::new();
    for name in NAMES {
        records.push(json!({"account": {"user": name, "groups": [&TEXT[..29]], "logins": {"Web": "Online"},
            "profile": {"Tag_Profile_IM_Nick": TEXT, "Tag_Profile_Custom_Club": TEXT}}}));
        records.push(json!({"follow": {"from": name, "to": "carol"}}));
        records.push(json!({"follow": {"from": "carol", "to": name}}));
        records.push(json!({"friend": {"owner": "carol", "friend": name, "remark": TEXT, "wording": TEXT,
            "groups": [&TEXT[..29]], "custom": {"Tag_SNS_Custom_Test": TEXT}}}));
        records.push(json!({"friend_request": {"from": name, "to": "carol", "wording": TEXT}}));
        records.push(json!({"block": {"owner": "carol", "user": name}}));
    }
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    emulator.state().import(lines.as_bytes()).unwrap();
    emulator
}

/// Opens a page, waits until an element has the text, and checks that all texts are text.
fn assert_clean(page: &Browser, address: &str, css: &str, text: &str) {
    page.go(address);
    page.wait_text(css, text);
    page.draw();
    assert_eq!(page.eval(CLEAN), true, "{address}");
}

fn encoded(page: &Browser, text: &str) -> String {
    page.eval(&format!("encodeURIComponent({text:?})")).as_str().unwrap().to_owned()
}

#[test]
fn names_and_texts_of_users_stay_text() {
    let emulator = hostile();
    let page = Browser::open(&emulator, "/", 1400);
    let first_line = TEXT.lines().next().unwrap();
    assert_clean(&page, "/data", "#users-list .nick", first_line);
    for name in NAMES {
        assert_clean(&page, &format!("/data?search={}", encoded(&page, name)), "#users-list tr:only-child th", name);
        page.click("#users-list a");
        page.wait_text("#user-title", name);
        page.wait("document.querySelector('[name=Tag_Profile_Custom_Club]').value.includes('hacked')");
        page.click_text(".tabs a", "Following");
        page.wait_text(".tab tbody", "carol");
        assert_eq!(page.eval(CLEAN), true, "{name}");
    }
    for (tab, css, text) in [
        ("following", ".tab tbody th", NAMES[0]),
        ("followers", ".tab tbody .nick", first_line),
        ("friends", ".tab tbody td", TEXT),
        ("friends", ".chips", &TEXT[..29]),
        ("requests", ".tab tbody td", first_line),
        ("blocks", ".tab tbody th", NAMES[1]),
        ("graph", "a.node title", NAMES[0]),
    ] {
        assert_clean(&page, &format!("/data?user=carol&tab={tab}"), css, text);
    }
    page.go("/data?user=carol&tab=friends");
    page.click("[aria-label^='Edit <img']");
    page.wait_text("#dialog-title", NAMES[0]);
    page.wait("document.querySelector('#dialog [name=custom]').value.includes('hacked')");
    page.click_text("#dialog button", "Cancel");
    page.click("[aria-label^='Remove <img']");
    page.wait_text("#dialog", NAMES[0]);
    assert_eq!(page.eval(CLEAN), true);
    page.click_text("#dialog button", "Remove");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 4");
    page.assert_no_errors();
}

#[test]
fn texts_of_calls_and_faults_stay_text() {
    let emulator = hostile();
    let client = client(&emulator);
    for name in NAMES {
        follow(&client, name, "dave");
    }
    emulator.faults().add(Fault::code(30006).info(TEXT).next(1)).unwrap();
    check(&client);
    emulator.faults().add(Fault::code(30006).info(TEXT).command("follow_get").user(NAMES[0])).unwrap();
    emulator.faults().add(Fault::item_code(30006).target(NAMES[1]).info(TEXT)).unwrap();
    // No signature: the gateway rejects the call, and the log has it.
    let url = format!("{}/v4/follow/%3Cimg%20src=x%20onerror=hacked=1%3E?a=%3Cb%3E'", emulator.base_url());
    let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
    agent.post(url).header("x-hostile", "<img src=x onerror=hacked=1>").send(TEXT).unwrap();

    let page = Browser::open(&emulator, "/", 1400);
    assert_clean(&page, "/calls", ".calls .who", NAMES[0]);
    for number in 1..=7 {
        let opened = format!("[data-number='{number}'] pre");
        assert_clean(&page, &format!("/calls?call={number}"), &opened, "");
        page.click_text(".inside button", "Raw HTTP");
        assert_eq!(page.eval(CLEAN), true, "call {number}");
    }
    page.wait_text("[aria-label='Request on the wire']", "x-hostile: <img src=x onerror=hacked=1>");
    page.wait_text("[aria-label='Request on the wire']", "<script>hacked=1</script>");
    assert_clean(&page, "/calls?call=6", ".why", "<script>hacked=1</script>");
    assert_clean(&page, "/faults", "#faults-list", "<script>hacked=1</script>");
    page.wait_text("#faults-list", NAMES[0]);
    page.wait_text("[aria-label='Ended faults']", "<script>hacked=1</script>");
    page.assert_no_errors();
}

#[test]
fn texts_of_webhooks_and_snapshots_stay_text() {
    let emulator = hostile();
    let (url, received) = receiver_with(RESPONSE);
    let url = format!("{url}/'%22%3E%3Cimg%20src=x%20onerror=hacked=1%3E");
    emulator.settings().set_webhooks([Webhook::to(&url)]).unwrap();
    follow(&client(&emulator), NAMES[0], "dave");
    received.recv().unwrap();
    emulator.state().save(NAMES[1]).unwrap();
    follow(&client(&emulator), NAMES[2], "dave");
    let page = Browser::open(&emulator, "/", 1400);
    page.go("/webhooks");
    page.click("#deliveries li:last-child summary");
    page.wait_text("[aria-label='Body of the webhook']", NAMES[0]);
    page.wait_text("[aria-label='Response 1']", "onerror='hacked=1'");
    page.wait_text("#receivers", &url);
    assert_eq!(page.eval(CLEAN), true);
    assert_clean(&page, "/state", "#snapshots", NAMES[1]);
    page.click("#snapshots button[aria-label^='Compare']");
    page.wait_text("#compare [aria-label='Examples of differences']", NAMES[2]);
    page.click("#snapshots button[aria-label^='Restore']");
    page.wait_text("#dialog", NAMES[1]);
    assert_eq!(page.eval(CLEAN), true);
    page.click_text("#dialog button", "Restore");
    page.wait_text("#notice", NAMES[1]);
    page.assert_no_errors();
}

#[test]
fn an_address_cannot_break_the_page() {
    let emulator = hostile();
    let page = Browser::open(&emulator, "/", 1400);
    for (address, css, text) in [
        ("/data?user=carol&tab=constructor", ".tabs [aria-current]", "Profile"),
        ("/data?user=carol&tab=__proto__", ".tabs [aria-current]", "Profile"),
        ("/data?sort=user&desc=true#<img src=x onerror=hacked=1>", "#users-list", "carol"),
        ("/calls?text=%3Cimg%20src=x%20onerror=hacked=1%3E", "#calls-none", "No call in the log matches"),
    ] {
        assert_clean(&page, address, css, text);
    }
    page.assert_no_errors();
    for (address, text) in [
        ("/data?sort=%3Cimg%20src=x%3E", "<img src=x>"),
        ("/calls?call=..%2F..%2Freset", "../../reset"),
        ("/faults?fault=%3Cimg%20src=x%3E", "<img src=x>"),
        ("/data?user=..", "\"..\""),
    ] {
        assert_clean(&page, address, "#problem:not([hidden])", text);
    }
    assert_eq!(page.fetch("users/carol")["following"], Value::from(1 + NAMES.len()));
}

#[test]
fn an_upload_never_changes_the_current_state() {
    let emulator = emulator();
    let file = std::env::temp_dir().join(format!("tim-console-{}-dots.csv", std::process::id()));
    std::fs::write(&file, "erin,carol\n").unwrap();
    let page = Browser::open(&emulator, "/state", 1400);
    page.enter("#upload-form [name=file]", file.to_str().unwrap());
    page.fill("#upload-form [name=name]", "..");
    page.click("#upload-form [type=submit]");
    // A browser would send this to the route that imports into the current state.
    page.wait_text("#problem", "\"..\"");
    assert_eq!(emulator.state().totals().unwrap().accounts, 3);
    page.assert_no_errors();
    std::fs::remove_file(file).unwrap();
}
