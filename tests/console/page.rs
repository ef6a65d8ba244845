//! What people do in the page, and what programs do meanwhile.

use tim_emulator::{Emulator, SecretKey};
use tim_follow::{Config, Error, ErrorCode, Limits, blocking, follow};

use crate::browser::{Browser, ENTER, ESCAPE, SPACE};

const KEY: &str = "the-key-that-no-page-may-show";

fn emulator() -> Emulator {
    let emulator = Emulator::builder().secret_key(SecretKey::new(KEY)).start_blocking().unwrap();
    emulator.state().import("carol,dave".as_bytes()).unwrap();
    emulator
}

/// A client that tries once, so that what one call got is seen.
fn client(emulator: &Emulator) -> blocking::Client {
    let config = Config::new(emulator.sdkappid(), emulator.admin(), SecretKey::new(KEY));
    let limits = Limits::default().max_attempts(1);
    blocking::Client::new(config.base_url(emulator.base_url()).limits(limits)).unwrap()
}

fn check(client: &blocking::Client) -> Option<ErrorCode> {
    client.send(follow::Check::new("carol", ["dave"])).err().as_ref().and_then(Error::code)
}

/// The numbers in a user's row: followers, following, mutual, friends.
fn counts(user: &str, numbers: [u64; 4]) -> String {
    let row =
        format!("[...document.querySelectorAll('#users-list tr')].find((r) => r.cells[0].textContent === {user:?})");
    format!(
        "(({row})?.innerText ?? '').split(/\\s+/).slice(-4).join() === {:?}",
        numbers.map(|n| n.to_string()).join(",")
    )
}

#[test]
fn a_follow_appears_in_the_page() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 1400);
    page.wait(&counts("carol", [0, 1, 0, 0]));
    page.wait_text("#graph-title", "Follow graph of carol");
    page.wait("document.querySelector('a.node').getAttribute('aria-label') === 'dave, is followed'");

    client.send(follow::Add::new("dave", ["carol"])).unwrap();
    page.wait_text("#calls-list .who", "dave \u{2192} carol");
    page.wait_text("#calls-list .code", "0 OK");
    page.wait(&counts("carol", [1, 1, 1, 0]));
    page.wait("document.querySelector('a.node').getAttribute('aria-label') === 'dave, mutual follow'");
    page.wait_text("#calls-news", "follow_add dave: 0 OK");

    page.click("#calls-list summary");
    page.wait_text("#calls-list pre", "\"From_Account\": \"dave\"");
    page.wait_text("#calls-list pre", "\"ActionStatus\": \"OK\"");
    page.click("a.node");
    page.wait_text("#graph-title", "Follow graph of dave");

    let all = page.eval("document.documentElement.outerHTML").to_string();
    assert!(all.contains("identifier=administrator") && !all.contains(KEY) && !all.contains("usersig"));
    page.assert_no_errors();
}

#[test]
fn names_are_text_whatever_they_are() {
    let emulator = emulator();
    let name = "<img src=x onerror=alert(1)>/?#&";
    emulator.state().import(format!("{name},carol\ncarol,{name}").as_bytes()).unwrap();
    let page = Browser::open(emulator.base_url(), 1400);
    page.wait(&counts(name, [1, 1, 1, 0]));
    page.fill("#users-prefix", "<img");
    page.wait("document.querySelectorAll('#users-list tr').length === 1");
    page.click("#users-list a");
    page.wait_text("#graph-title", &format!("Follow graph of {name}"));
    let _ = client(&emulator).send(follow::Check::new(name, [name, "carol"]));
    page.wait_text("#calls-list .who", name);
    assert_eq!(page.eval("document.querySelectorAll('img').length"), 1, "the icon");
    page.assert_no_errors();
}

#[test]
fn a_fault_that_is_switched_on_hits_the_next_call() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 1400);
    assert_eq!(check(&client), None);
    page.click("#faults details summary");
    page.fill("#fault-form [name=code]", "30001");
    page.fill("#fault-form [name=next]", "1");
    page.click("#fault-form [value=follow_check]");
    page.click("#fault-form button");
    let switch = |state: &str| {
        let label = "[...document.querySelectorAll('.faults label')].find((l) => l.textContent.includes('30001'))";
        format!("({label})?.control.getAttribute('aria-checked') === '{state}'")
    };
    page.wait(&switch("true"));
    assert_eq!(check(&client), Some(ErrorCode(30001)));
    page.wait_text("#calls-list .code.bad", "30001");
    // It is used up, so it is off; it can be switched on again.
    page.wait(&switch("false"));
    assert_eq!(check(&client), None);
    page.click(".faults li:last-child [role=switch]");
    page.wait(&switch("true"));
    assert_eq!(check(&client), Some(ErrorCode(30001)));
    page.wait(&switch("false"));

    // One that another program adds is a switch too.
    emulator.faults().add(tim_emulator::Fault::code(30002)).unwrap();
    page.wait_text(".faults li.on", "Code 30002");
    page.click("#faults-off");
    page.wait("!document.querySelector('.faults li.on')");
    assert_eq!(check(&client), None);

    page.fill("#fault-form [name=percent]", "200");
    page.click("#fault-form button");
    assert_eq!(emulator.faults().list(), [], "the field says what it takes");
    page.assert_no_errors();
}

#[test]
fn the_quota_is_a_gauge() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 900);
    page.click("#time-freeze");
    page.wait_text("#clock", "frozen");
    page.click("#rate-limit details summary");
    page.fill("#rate-limit-form [name=calls_per_second]", "2");
    page.click("#rate-limit-form button");
    page.wait_text("#rate-limit-limit", "2 calls a fixed second");
    assert_eq!([check(&client), check(&client)], [None, None]);
    assert_eq!(check(&client), Some(ErrorCode::CALLS_TOO_FREQUENT));
    page.wait_text(".gauge", "2 of 2");
    page.wait("document.querySelector('[role=meter]').getAttribute('aria-valuenow') === '2'");
    page.click("[data-advance='60']");
    page.wait_text(".gauge", "0 of 2");
    assert_eq!(check(&client), None);
    page.assert_no_errors();
}

#[test]
fn what_is_lost_is_asked_for_first() {
    let emulator = emulator();
    let page = Browser::open(emulator.base_url(), 1400);
    page.fill("#snapshot-form input", "two users");
    page.click("#snapshot-form button");
    page.wait_text("#snapshots", "two users");
    page.click("#reset");
    page.click("#confirm button[value=no]");
    page.wait("!document.querySelector('#confirm').open");
    assert_eq!(emulator.state().totals().unwrap().follows, 1);
    page.click("#reset");
    page.click("#confirm [name=faults]");
    page.click("#confirm-yes");
    page.wait_text("#totals", "1 account, 0 follows");
    page.click("#snapshots li button");
    page.click("#confirm-yes");
    page.wait_text("#totals", "3 accounts, 1 follow");

    page.click("#state details summary");
    page.fill("#import-form textarea", "carol:dave");
    page.click("#import-form button");
    page.wait_text("#problem:not([hidden])", "line 1");
    page.fill("#import-form textarea", "dave,carol");
    page.click("#import-form button");
    page.wait(&counts("dave", [1, 1, 1, 0]));
    page.wait("document.querySelector('#problem').hidden");
}

#[test]
fn all_of_it_fits_on_400_pixels() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 400);
    client.send(follow::Add::new("dave", ["carol"])).unwrap();
    page.wait(&counts("dave", [1, 1, 1, 0]));
    for details in ["#faults", "#rate-limit", "#state", "#calls-list"] {
        page.click(&format!("{details} summary"));
    }
    page.wait_text("#calls-list pre", "\"From_Account\": \"dave\"");
    assert_eq!(page.eval("document.documentElement.scrollWidth <= innerWidth && innerWidth"), 400);
    let outside = page.eval(
        "[...document.querySelectorAll('button, input, select, textarea, summary, a.node text, td, pre')]
            .filter((e) => e.getClientRects().length)
            .filter((e) => e.getBoundingClientRect().left < 0 || e.getBoundingClientRect().right > 400)
            .map((e) => e.outerHTML.slice(0, 100))",
    );
    assert_eq!(outside, serde_json::json!([]));

    page.click("nav [href='#faults']");
    page.click(".faults li:first-child [role=switch]");
    page.wait("document.querySelector('.faults li.on')");
    assert_eq!(check(&client), Some(ErrorCode::CALLS_TOO_FREQUENT));
    page.wait_text("#graph-title", "Follow graph of carol");
    page.assert_no_errors();
}

#[test]
fn a_keyboard_is_enough() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 400);
    page.wait("document.querySelector('a.node')");
    page.tab_to(".skip");
    page.press(ENTER);
    page.wait("document.activeElement.id === 'calls'");

    assert_eq!(check(&client), None);
    page.wait("document.querySelector('#calls-list summary')");
    page.tab_to("#calls-list summary");
    page.press(ENTER);
    page.wait_text("#calls-list pre", "\"From_Account\": \"carol\"");

    page.tab_to("#users-prefix");
    page.type_text("dave");
    page.wait("document.querySelectorAll('#users-list tr').length === 1");
    page.tab_to("#users-list a");
    page.press(ENTER);
    page.wait_text("#graph-title", "Follow graph of dave");
    page.tab_to("a.node");
    page.press(ENTER);
    page.wait_text("#graph-title", "Follow graph of carol");

    page.tab_to(".faults li:first-child [role=switch]");
    page.press(SPACE);
    page.wait("document.querySelector('.faults li.on')");
    assert_eq!(check(&client), Some(ErrorCode::CALLS_TOO_FREQUENT));
    page.wait_text(".faults li.on", "1 hit");
    assert_eq!(page.eval("document.activeElement.getAttribute('aria-checked')"), "true", "the focus stays");
    page.press(SPACE);
    page.wait("!document.querySelector('.faults li.on')");
    assert_eq!(check(&client), None);

    page.tab_to("#reset");
    page.press(ENTER);
    page.wait("document.querySelector('#confirm').open");
    page.press(ESCAPE);
    page.wait("!document.querySelector('#confirm').open && document.activeElement.id === 'reset'");
    assert_eq!(emulator.state().totals().unwrap().follows, 1);
    page.assert_no_errors();
    page.press(ENTER);
    page.tab_to("#confirm-yes");
    page.press(ENTER);
    page.wait_text("#totals", "1 account, 0 follows");
}

#[test]
fn a_stream_that_breaks_begins_again() {
    let first = emulator();
    let (url, client) = (first.base_url().to_owned(), client(&first));
    assert_eq!(check(&client), None);
    let page = Browser::open(&url, 1400);
    page.wait("document.querySelectorAll('#calls-list li').length === 1");
    drop(first);
    page.wait_text("#live.off", "Connection lost, trying again");
    let listen = url.trim_start_matches("http://").parse().unwrap();
    let _second = Emulator::builder().secret_key(SecretKey::new(KEY)).listen(listen).start_blocking().unwrap();
    page.wait_text("#live.on", "Live");
    page.wait("document.querySelectorAll('#calls-list li').length === 0");
    let _ = check(&client);
    page.wait_text("#calls-list .code.bad", "30003");
}

#[test]
fn it_works_over_https_too() {
    let emulator = Emulator::builder().secret_key(SecretKey::new(KEY)).tls().start_blocking().unwrap();
    let page = Browser::open(emulator.base_url(), 900);
    emulator.state().import("carol,dave".as_bytes()).unwrap();
    page.wait(&counts("carol", [0, 1, 0, 0]));
    page.click("#time-freeze");
    page.wait_text("#clock", "frozen");
    page.assert_no_errors();
}

#[test]
fn many_calls_do_not_pile_up_in_the_page() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(emulator.base_url(), 1400);
    page.click("#calls-pause");
    for _ in 0..300 {
        check(&client);
    }
    page.wait("document.querySelector('#calls-pause').textContent === 'Resume (200)'");
    assert_eq!(page.eval("document.querySelectorAll('#calls-list li').length"), 0);
    page.click("#calls-pause");
    page.wait("document.querySelectorAll('#calls-list li').length === 200");
    page.wait_text("#calls-list li:first-child .number", "300");
    page.fill("#calls-filter", "follow_check carol 0");
    page.wait_text("#calls-count", "200 of 300");
    page.fill("#calls-filter", "follow_add");
    page.wait_text("#calls-count", "0 of 300");
    page.assert_no_errors();
}
