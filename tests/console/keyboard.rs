//! Each view with a keyboard only.

use tim_emulator::Webhook;

use crate::browser::{Browser, ENTER, ESCAPE, SPACE, TAB};
use crate::support::{check, client, emulator, follow, receiver};

#[test]
fn a_call_is_opened_and_replayed() {
    let emulator = emulator();
    assert_eq!(check(&client(&emulator)), None);
    let page = Browser::open(&emulator, "/", 1400);
    page.tab_to(".skip");
    page.press(ENTER);
    page.wait("document.activeElement.id === 'main'");
    page.wait("document.querySelector('.calls summary')");
    page.tab_to(".calls summary");
    page.press(ENTER);
    page.wait_text("[aria-label='Body of the request']", "carol");
    page.tab_to(".inside .main");
    page.press(ENTER);
    page.wait("document.activeElement === document.querySelector('[data-number=\"2\"] summary')");
    page.press(SPACE);
    page.wait("!document.querySelector('[data-number=\"2\"] details').open");
    assert_eq!(emulator.calls().len(), 2);
    page.assert_no_errors();
}

#[test]
fn a_dialog_keeps_the_focus_and_gives_it_back() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/", 400);
    page.tab_to("nav [href='/data']");
    page.press(ENTER);
    page.wait("document.activeElement.id === 'main' && location.pathname === '/data'");
    page.tab_to("#new-user");
    page.press(ENTER);
    let inside = "document.querySelector('#dialog').contains(document.activeElement)";
    page.wait(inside);
    for back in [false, true] {
        for _ in 0..12 {
            if back {
                page.press_shift_tab()
            } else {
                page.press(TAB)
            }
            // Between the last and the first control, the focus is outside the page.
            assert_eq!(page.eval(&format!("{inside} || document.activeElement === document.body")), true);
        }
    }
    page.press(ESCAPE);
    page.wait("!document.querySelector('#dialog').open && document.activeElement.id === 'new-user'");

    page.press(SPACE);
    page.wait("document.activeElement.name === 'user'");
    page.type_text("erin");
    page.press(ENTER);
    page.wait_text("#user-title", "erin");
    page.tab_to("[name=Tag_Profile_IM_Nick]");
    page.type_text("Erin");
    page.press(ENTER);
    page.wait_text("#user-nick", "Erin");
    page.assert_no_errors();
}

#[test]
fn users_are_found_and_the_graph_is_walked() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/data", 1400);
    page.tab_to("#users-search");
    page.type_text("dave");
    page.wait("document.querySelectorAll('#users-list tr').length === 1");
    page.tab_to("#users-list a");
    page.press(ENTER);
    page.wait_text("#user-title", "dave");
    page.tab_to(".tabs a:last-child");
    page.press(ENTER);
    page.wait("document.querySelector('a.node')");
    page.tab_to("a.node");
    page.press(ENTER);
    page.wait_text("#user-title", "carol");
    page.assert_no_errors();
}

#[test]
fn the_focus_stays_when_a_list_changes() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/data?user=carol&tab=following", 1400);
    page.wait("document.querySelector(\"[aria-label='Remove dave']\")");
    page.tab_to("[aria-label='Remove dave']");
    emulator.state().import("carol,administrator".as_bytes()).unwrap();
    page.wait("document.querySelectorAll('.tab tbody tr').length === 2");
    page.wait("document.activeElement.getAttribute('aria-label') === 'Remove dave'");
    page.press(ENTER);
    page.wait("document.querySelectorAll('.tab tbody tr').length === 1");
    page.assert_no_errors();
}

#[test]
fn a_fault_is_added_and_a_setting_switched() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/faults", 1400);
    page.tab_to(".preset");
    page.press(SPACE);
    page.wait("document.activeElement.name === 'command'");
    page.tab_to("#fault-form [type=submit]");
    page.press(ENTER);
    page.wait("document.querySelector('#faults-list li.on')");
    page.tab_to("[aria-label='Remove fault 1']");
    page.press(ENTER);
    page.wait("!document.querySelector('#faults-list li')");
    page.tab_to("#follow-feature");
    page.press(SPACE);
    page.wait("document.querySelector('#follow-feature[aria-checked=false]') === document.activeElement");
    page.press(SPACE);
    page.wait("document.querySelector('#follow-feature[aria-checked=true]') === document.activeElement");
    page.assert_no_errors();
}

#[test]
fn a_webhook_is_resent_and_the_time_is_frozen() {
    let emulator = emulator();
    let (url, received) = receiver();
    emulator.settings().set_webhooks([Webhook::to(url)]).unwrap();
    assert_eq!(follow(&client(&emulator), "dave", "carol"), None);
    assert_eq!(received.recv().unwrap(), 1);
    let page = Browser::open(&emulator, "/webhooks", 1400);
    page.wait("document.querySelector('#deliveries summary')");
    page.tab_to("#deliveries summary");
    page.press(ENTER);
    page.wait_text("[aria-label='Body of the webhook']", "dave");
    page.tab_to("[aria-label='Resend delivery 1']");
    page.press(ENTER);
    assert_eq!(received.recv().unwrap(), 2);
    page.wait("document.querySelectorAll('#deliveries > li').length === 2");
    page.wait("document.activeElement.getAttribute('aria-label') === 'Resend delivery 1'");

    page.tab_to("nav [href='/state']");
    page.press(ENTER);
    page.wait("document.querySelector('#time-freeze')");
    page.tab_to("#time-freeze");
    page.press(SPACE);
    page.wait("document.querySelector('#time-freeze[aria-pressed=true]') === document.activeElement");
    page.tab_to("#reset");
    page.press(ENTER);
    page.wait("document.querySelector('#dialog').open");
    page.press(ESCAPE);
    page.wait("!document.querySelector('#dialog').open && document.activeElement.id === 'reset'");
    page.press(ENTER);
    page.tab_to("#dialog [type=submit]");
    page.press(ENTER);
    page.wait_text("#totals", "1 user, 0 follows");
    page.assert_no_errors();
}
