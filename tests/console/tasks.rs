//! What a new user does in the console. Each task takes at most four clicks, beside typing.

use serde_json::json;
use tim_emulator::{Fault, Webhook};
use tim_follow::ErrorCode;

use crate::browser::{Browser, ENTER};
use crate::support::{check, client, emulator, follow, receiver};

fn assert_at_most_four(page: &Browser) {
    assert!(page.clicks() <= 4, "{} clicks", page.clicks());
    page.assert_no_errors();
}

#[test]
fn two_users_follow_each_other() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/data']");
    page.click("#new-follow");
    page.fill("#dialog [name=from]", "carol");
    page.fill("#dialog [name=to]", "administrator");
    page.click("#dialog [name=back]");
    page.click("#dialog [type=submit]");
    page.wait_text("#notice", "Added the follow");
    let graph = page.fetch("users/carol");
    assert_eq!((&graph["following"], &graph["mutual"]), (&json!(2), &json!(1)));
    assert_at_most_four(&page);
}

#[test]
fn the_reason_of_a_failure_is_found() {
    let emulator = emulator();
    assert_eq!(follow(&client(&emulator), "nobody", "carol"), Some(ErrorCode(30003)));
    emulator.faults().add(Fault::code(30006)).unwrap();
    assert_eq!(check(&client(&emulator)), Some(ErrorCode(30006)));
    let page = Browser::open(&emulator, "/", 1400);
    page.click("#calls-failed");
    page.click("[data-number='1'] summary");
    page.wait_text("[data-number='1'] .why", "30003 means:");
    page.wait_text("[data-number='1'] .why", "What to do:");
    page.click("[data-number='2'] summary");
    page.wait_text("[data-number='2'] .why", "30006 means:");
    page.click("[data-number='2'] .why a");
    page.wait_text("#faults-list .selected", "Code 30006");
    assert_at_most_four(&page);
}

#[test]
fn a_call_is_replayed() {
    let emulator = emulator();
    emulator.faults().add(Fault::code(30006).next(1)).unwrap();
    assert_eq!(check(&client(&emulator)), Some(ErrorCode(30006)));
    let page = Browser::open(&emulator, "/", 1400);
    page.click(".calls summary");
    page.click_text(".inside button", "Replay");
    page.wait_text(".calls li:first-child .code.ok", "0 OK");
    page.wait_text(".calls li:first-child .mark", "replay");
    assert_eq!(emulator.calls().len(), 2);
    assert_at_most_four(&page);
}

#[test]
fn every_second_follow_add_fails_until_the_fault_is_removed() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/faults']");
    page.click_text(".preset", "Every second call fails");
    page.click("#fault-form [value=follow_add]");
    page.click("#fault-form [type=submit]");
    page.wait_text("#faults-list", "every second follow_add call");
    assert_at_most_four(&page);
    let codes = [(); 4].map(|()| follow(&client, "dave", "carol"));
    assert_eq!(codes, [None, Some(ErrorCode(30006)), None, Some(ErrorCode(30006))]);
    assert_eq!([check(&client), check(&client)], [None, None]);

    page.wait_text("#faults-list", "2 hits");
    page.click("[aria-label='Remove fault 1']");
    page.wait_text("#notice", "Removed fault 1");
    assert_eq!([follow(&client, "dave", "carol"), follow(&client, "dave", "carol")], [None, None]);
}

#[test]
fn a_user_gets_a_nickname() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/data']");
    page.click("[href='/data?user=carol']");
    page.fill("[name=Tag_Profile_IM_Nick]", "Caro");
    page.click("#profile-save");
    page.wait_text("#user-nick", "Caro");
    assert_eq!(page.fetch("users/carol")["profile"]["Tag_Profile_IM_Nick"], "Caro");
    assert_at_most_four(&page);
}

#[test]
fn a_snapshot_is_restored() {
    let emulator = emulator();
    emulator.state().save("start").unwrap();
    assert_eq!(follow(&client(&emulator), "dave", "carol"), None);
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/state']");
    page.click("[aria-label='Restore start']");
    page.click("#dialog [type=submit]");
    page.wait_text("#notice", "Restored start");
    assert_eq!(emulator.state().totals().unwrap().follows, 1);
    assert_at_most_four(&page);
}

#[test]
fn a_webhook_is_sent_again() {
    let emulator = emulator();
    let (url, received) = receiver();
    emulator.settings().set_webhooks([Webhook::to(url)]).unwrap();
    assert_eq!(follow(&client(&emulator), "dave", "carol"), None);
    assert_eq!(received.recv().unwrap(), 1);
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/webhooks']");
    page.click("[aria-label='Resend delivery 1']");
    assert_eq!(received.recv().unwrap(), 2);
    page.wait("document.querySelectorAll('#deliveries .code.ok').length === 2");
    page.click("#deliveries summary");
    page.wait_text(".inside pre", "\"ActionStatus\": \"OK\"");
    assert_at_most_four(&page);
}

#[test]
fn the_time_is_frozen_an_hour_ahead() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/state']");
    page.click("#time-freeze");
    page.wait_text("#time-offset", "frozen");
    // The time of the page stands still, but its distance to the real time gets smaller.
    let shown = "Date.parse(document.querySelector('#time-now').textContent)";
    let frozen_at = page.eval(shown);
    page.click("[data-advance='3600']");
    page.wait(&format!("{shown} === {frozen_at} + 3600000"));
    page.wait_text("#time-offset", "ahead of");
    assert_eq!(page.fetch("time")["frozen"], true);
    assert_at_most_four(&page);
}

#[test]
fn the_user_with_a_nickname_is_found_among_many() {
    let emulator = emulator();
    let mut users = String::from("user,nick\n");
    for number in 0..100_000 {
        users.push_str(&format!("user{number},Nick {number} of many\n"));
    }
    emulator.state().import(users.as_bytes()).unwrap();
    let page = Browser::open(&emulator, "/", 1400);
    page.click("nav [href='/data']");
    page.fill("#users-search", "nick 73512 ");
    page.wait_text("#users-list tr:only-child .nick", "Nick 73512 of many");
    page.click("#users-list a");
    page.press(ENTER);
    page.wait_text("#user-title", "user73512");
    assert_at_most_four(&page);
}
