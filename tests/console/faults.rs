//! The view of the faults, limits and settings.

use serde_json::{Value, json};
use tim_emulator::{Fault, RateLimit, Window};
use tim_follow::ErrorCode;

use crate::browser::Browser;
use crate::support::{check, client, emulator, follow};

#[test]
fn each_preset_gives_a_fault() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/faults", 1400);
    let presets = page.texts(".preset");
    assert_eq!(presets.len(), 8);
    for (number, preset) in (1..).zip(&presets) {
        page.click_text(".preset", preset);
        page.click("#fault-form [type=submit]");
        page.wait(&format!("document.querySelector(\"[aria-label='Remove fault {number}']\")"));
        page.wait_text("#notice", "Added the fault.");
    }
    let faults = page.fetch("faults");
    let without_id = |mut fault: Value| {
        fault.as_object_mut().unwrap().retain(|key, _| !["id", "hits", "active", "ended"].contains(&key.as_str()));
        fault
    };
    let faults: Vec<_> = faults.as_array().unwrap().iter().cloned().map(without_id).collect();
    let wanted = [
        json!({"code": 30006, "every": 2}),
        json!({"code": 30006, "share": 0.1}),
        json!({"code": 60007, "next": 3}),
        json!({"item_code": 30001, "every": 2}),
        json!({"status": 502, "next": 1}),
        json!({"hang_up": true, "next": 1, "applied": true}),
        json!({"latency_ms": 500, "jitter_ms": 500}),
        json!({"truncate": 10, "next": 1}),
    ];
    assert_eq!(faults, wanted);
    page.assert_no_errors();
}

#[test]
fn the_form_shows_the_fields_of_the_effect_and_sends_only_them() {
    let emulator = emulator();
    let page = Browser::open(&emulator, "/faults", 1400);
    let shown = "[...document.querySelectorAll('#fault-form [data-effects] :is(input, select), input[data-effects]')]
        .filter((e) => e.offsetHeight).map((e) => e.name).join(' ')";
    for (effect, fields) in [
        ("code", "code info applied"),
        ("item_code", "code info target"),
        ("latency_ms", "latency_ms jitter_ms applied"),
        ("hang_up", "applied"),
        ("status", "status applied"),
        ("truncate", "truncate"),
        ("slow_ms", "slow_ms"),
        ("content_type", "content_type"),
    ] {
        page.click(&format!("#fault-form [value={effect}]"));
        page.wait(&format!("{shown} === {fields:?}"));
    }
    page.click("#fault-form [value=item_code]");
    page.fill("#fault-form [name=code]", "30010");
    page.fill("#fault-form [name=info]", "the list is full");
    page.fill("#fault-form [name=user]", "carol");
    page.fill("#fault-form [name=target]", "dave");
    page.fill("#fault-form [name=every]", "3");
    page.fill("#fault-form [name=next]", "2");
    page.fill("#fault-form [name=percent]", "12.5");
    page.fill("#fault-form [name=seconds]", "60");
    page.click("#fault-form [type=submit]");
    page.wait_text(
        "#faults-list",
        "every third target of carol to dave, at most 2, with a probability of 12.5 %, for 60 s",
    );
    let fault = page.fetch("faults/1");
    for (key, value) in [
        ("item_code", json!(30010)),
        ("info", json!("the list is full")),
        ("user", json!("carol")),
        ("target", json!("dave")),
        ("every", json!(3)),
        ("next", json!(2)),
        ("share", json!(0.125)),
        ("lasting_ms", json!(60_000)),
    ] {
        assert_eq!(fault[key], value, "{key} in {fault}");
    }
    assert_eq!(fault.get("applied"), None);
    page.assert_no_errors();

    for (field, invalid) in [("percent", "200"), ("every", "1"), ("next", "0")] {
        page.fill(&format!("#fault-form [name={field}]"), invalid);
        page.click("#fault-form [type=submit]");
        page.wait(&format!("document.querySelector('#fault-form [name={field}]:invalid')"));
        page.fill(&format!("#fault-form [name={field}]"), "");
    }
    page.click("#fault-form [value=content_type]");
    page.fill("#fault-form [name=content_type]", "no\u{e9}\u{2028}header");
    page.click("#fault-form [type=submit]");
    page.wait_text("#problem", "content_type");
    assert_eq!(emulator.faults().list().len(), 1);
}

#[test]
fn a_fault_that_is_used_up_can_be_added_again() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/faults", 1400);
    page.wait_text(".empty", "No fault is active.");
    emulator.faults().add(Fault::code(30002).next(1)).unwrap();
    page.wait_text("#faults-list li.on", "Code 30002");
    assert_eq!(check(&client), Some(ErrorCode(30002)));
    page.wait_text("[aria-label='Ended faults'] li", "used up");
    page.wait_text("[aria-label='Ended faults'] li", "1 hit");
    assert_eq!(check(&client), None);
    page.click("#main details summary");
    page.click("[aria-label='Add again fault 1']");
    page.wait_text("#notice", "Added the fault again.");
    page.wait_text("#faults-list li.on", "Code 30002");
    assert_eq!(check(&client), Some(ErrorCode(30002)));

    emulator.faults().add(Fault::hang_up()).unwrap();
    emulator.faults().add(Fault::status(502)).unwrap();
    page.wait_text("#faults-count", "2 active");
    page.click("#faults-off");
    page.wait_text(".empty:not([hidden] *)", "No fault is active.");
    assert_eq!((check(&client), emulator.faults().list()), (None, vec![]));
    page.assert_no_errors();
}

#[test]
fn the_link_of_a_call_shows_a_fault_that_has_ended() {
    let emulator = emulator();
    emulator.faults().add(Fault::code(30002).next(1)).unwrap();
    check(&client(&emulator));
    let page = Browser::open(&emulator, "/calls?call=1", 1400);
    page.click(".why a");
    page.wait_text("[aria-label='Ended faults'] li.selected", "Code 30002");
    page.wait("document.activeElement.matches('li.selected')");
    page.click("li.selected a");
    page.wait_text(".calls .code.bad", "30002");
    assert_eq!(page.address(), "/calls?fault=1");
    page.assert_no_errors();
    page.go("/faults?fault=7");
    page.wait_text("#problem", "7");
}

#[test]
fn the_rate_limit_has_a_gauge() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.time().freeze();
    let page = Browser::open(&emulator, "/faults", 900);
    page.wait_text("[aria-label='Rate limit'] .empty", "Calls are counted after you set a limit.");
    page.fill("#rate-limit-form [name=calls_per_second]", "2");
    page.fill("#rate-limit-form [name=calls_per_day]", "100");
    page.enter("#rate-limit-form [name=window]", "sliding");
    page.click("#rate-limit-form [type=submit]");
    page.wait_text("#notice", "Set the rate limit.");
    assert_eq!(emulator.rate_limit(), Some(RateLimit { calls_per_second: 2, window: Window::Sliding }));
    assert_eq!([check(&client), check(&client)], [None, None]);
    assert_eq!(check(&client), Some(ErrorCode::CALLS_TOO_FREQUENT));
    page.wait_text("#rate-limit-gauges .gauge", "follow_check2 of 2");
    page.wait("document.querySelector('[role=meter][aria-label=follow_check].high')?.ariaValueNow === '2'");
    page.wait_text("#rate-limit-gauges .gauge", "of 100");
    emulator.time().advance(std::time::Duration::from_secs(60));
    page.wait_text("#rate-limit-gauges .gauge", "follow_check0 of 2, highest 2");
    assert_eq!(check(&client), None);
    page.fill("#rate-limit-form [name=calls_per_second]", "");
    page.fill("#rate-limit-form [name=calls_per_day]", "");
    page.click("#rate-limit-form [type=submit]");
    page.wait_text("#rate-limit-gauges .gauge", "no limit");
    assert_eq!((emulator.rate_limit(), emulator.calls_per_day()), (None, None));
    page.assert_no_errors();
}

#[test]
fn the_relation_limits_show_the_user_who_is_closest() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/faults", 1400);
    page.wait("document.querySelector('#relation-limits-form [name=following]').value === '5000'");
    page.fill("#relation-limits-form [name=following]", "1");
    page.fill("#relation-limits-form [name=groups]", "");
    page.click("#relation-limits-form [type=submit]");
    page.wait_text("#notice", "Set the relation limits.");
    page.wait_text(".gauge", "Following1 of 1, by carol");
    page.wait_text(".gauge", "Friend groups0, no limit");
    assert_eq!(follow(&client, "carol", "administrator"), None, "only the target is rejected");
    assert_eq!(emulator.state().totals().unwrap().follows, 1);
    let limits = emulator.settings().get().relation_limits;
    assert_eq!((limits.following, limits.groups, limits.friends), (Some(1), None, Some(3000)));
    page.assert_no_errors();
}

#[test]
fn the_settings_are_switched_and_restored() {
    let emulator = emulator();
    let client = client(&emulator);
    let page = Browser::open(&emulator, "/faults", 1400);
    page.wait("document.querySelector('#follow-feature[aria-checked=true]')");
    page.click("#follow-feature");
    page.wait("document.querySelector('#follow-feature[aria-checked=false]')");
    assert_eq!(check(&client), Some(ErrorCode(30005)));
    page.click("label[for=quirk-follow_again_rejected]");
    page.wait_text("#notice", "Turned on follow_again_rejected.");
    page.wait("document.querySelector('#quirk-follow_again_rejected[aria-checked=true]')");
    page.enter("[name=allow]", "AllowType_Type_DenyAny");
    page.wait_text("#notice", "Changed the setting.");
    page.eval("document.querySelector('[name=size]').select()");
    page.type_text("7");
    page.click("#settings-reset");
    page.click_text("#dialog button", "Cancel");
    let settings = page.fetch("settings");
    assert_eq!(settings["default_allow_type"], "AllowType_Type_DenyAny");
    assert_eq!((&settings["friend_page_size"], &settings["follow_feature"]), (&json!(7), &json!(false)));
    assert_eq!(settings["quirks"]["follow_again_rejected"], true);

    page.click("#settings-reset");
    page.click_text("#dialog button", "Restore");
    page.wait_text("#notice", "Restored the initial settings.");
    page.wait("document.querySelector('#follow-feature[aria-checked=true]')");
    page.wait("document.querySelector('#quirk-follow_again_rejected[aria-checked=false]')");
    page.wait("document.querySelector('[name=size]').value === '100'");
    assert_eq!(check(&client), None);
    // Another program changes a setting.
    emulator.settings().set_follow_feature(false);
    page.wait("document.querySelector('#follow-feature[aria-checked=false]')");
    page.assert_no_errors();
}
