//! The view of the webhooks.

use serde_json::json;
use tim_emulator::Webhook;

use crate::browser::Browser;
use crate::support::{client, emulator, follow, receiver};

#[test]
fn a_receiver_is_added_and_gets_the_chosen_events() {
    let emulator = emulator();
    let client = client(&emulator);
    let (url, received) = receiver();
    let page = Browser::open(&emulator, "/webhooks", 1400);
    page.wait_text(".empty", "No receivers yet.");
    page.click("#new-receiver");
    page.fill("#dialog [name=url]", "ftp://127.0.0.1/");
    page.click("#dialog [type=submit]");
    page.wait_text("#dialog .problem", "http");
    page.fill("#dialog [name=url]", &url);
    page.fill("#dialog [name=token]", "a-secret-token");
    page.fill("#dialog [name=retries]", "1");
    page.click("#dialog [value='Follow.CallbackAfterFollowDelete']");
    page.click("#dialog [type=submit]");
    page.wait_text("#notice", "Added the receiver.");
    page.wait_text("#receivers tr", &url);
    page.wait_text("#receivers tr", "Follow.CallbackAfterFollowAdd");
    let settings = page.fetch("webhooks");
    let events = settings[0]["events"].as_array().unwrap();
    assert!(!events.contains(&json!("Follow.CallbackAfterFollowDelete")) && events.len() > 1, "{settings}");

    assert_eq!(follow(&client, "dave", "carol"), None);
    client.send(tim_follow::follow::Delete::new("dave", ["carol"])).unwrap();
    assert_eq!(received.recv().unwrap(), 1);
    page.wait_text("#deliveries .command", "Follow.CallbackAfterFollowAdd");
    page.wait_text("#deliveries .code.ok", "delivered");
    page.wait_text("#receivers tr", "yes");
    page.wait("[...document.querySelectorAll('#receivers .count')].map((e) => e.textContent).join() === '1,0,0,0'");
    page.click("#deliveries summary");
    page.wait_text("[aria-label='Body of the webhook']", "\"From_Account\": \"dave\"");
    page.wait_text("[aria-label='Response 1']", "\"ActionStatus\": \"OK\"");
    page.keep_copies();
    page.click_text(".inside button", "Copy the body");
    page.wait("window.copied && JSON.parse(window.copied).From_Account === 'dave'");
    let all = page.eval("document.documentElement.outerHTML").to_string();
    assert!(!all.contains("a-secret-token"));
    assert_eq!(page.eval("document.querySelectorAll('#deliveries > li').length"), 1);

    page.click("[aria-label='Remove receiver 1']");
    page.click_text("#dialog button", "Remove");
    page.wait_text("#notice", "Removed the receiver.");
    assert_eq!(page.fetch("webhooks"), json!([]));
    page.click("[aria-label='Clear the deliveries']");
    page.click_text("#dialog button", "Clear");
    page.wait_text(".empty:not([hidden] *)", "No webhooks yet.");
    assert_eq!(page.fetch("webhooks/deliveries"), json!([]));
}

#[test]
fn deliveries_are_filtered_and_a_failed_attempt_has_its_reason() {
    let emulator = emulator();
    let (url, received) = receiver();
    // Nobody listens on port 1, and no test gets it.
    let closed = "http://127.0.0.1:1/closed";
    emulator.settings().set_webhooks([Webhook::to(&url), Webhook::to(closed)]).unwrap();
    assert_eq!(follow(&client(&emulator), "dave", "carol"), None);
    assert_eq!(received.recv().unwrap(), 1);
    let page = Browser::open(&emulator, "/webhooks", 1400);
    page.wait_text("#deliveries .code.bad", "failed");
    page.wait_text("#receivers .failure", "os error");
    let only = |url: &str| {
        page.wait(&format!(
            "[...document.querySelectorAll('#deliveries .who')].map((e) => e.textContent).join() === {url:?}"
        ));
    };
    page.enter("[name=state]", "failed");
    only(closed);
    assert_eq!(page.address(), "/webhooks?state=failed");
    page.reload();
    only(closed);
    page.click("#deliveries summary");
    page.wait_text(".attempt strong", "os error");
    page.enter("[name=state]", "any");
    page.fill("[name=text]", "/IM");
    only(&url);
    page.fill("[name=text]", "no such text");
    page.click_text(".empty button", "Remove the filters");
    page.wait("document.querySelectorAll('#deliveries > li').length === 2");
    assert_eq!(page.address(), "/webhooks");
    page.click_text("#receivers a", "/closed");
    only(closed);
    assert!(page.address().starts_with("/webhooks?receiver="));
    page.wait("document.querySelector('[name=receiver]').value !== ''");
    page.click("#deliveries [aria-label^=Resend]");
    page.wait("document.querySelectorAll('#deliveries > li').length === 2");
    page.click("#deliveries li:first-child summary");
    page.wait_text("#deliveries li:first-child .inside", "Resend of delivery");
    page.eval("document.querySelector('#receivers a').focus()");
    assert_eq!(follow(&client(&emulator), "administrator", "carol"), None);
    page.wait("document.querySelector('#receivers .count').textContent === '2'");
    assert_eq!(page.eval("document.activeElement === document.querySelector('#receivers a')"), true, "keeps the focus");
    page.assert_no_errors();
}
