//! The script on Redis, call by call.

use std::thread;
use std::time::Duration;

use redis::Script;

use crate::server::Redis;

/// The limit of the tests is 4 calls in this time, in microseconds.
const WINDOW: u64 = 400_000;

/// A Redis with the calls of one command.
struct Window(Redis);

impl Window {
    /// A window in which calls are granted at once.
    fn open(name: &str) -> Self {
        let window = Self(Redis::start(name));
        let delay = window.acquire("first");
        assert!((WINDOW - 50_000..=WINDOW).contains(&delay), "without data, a window passes: {delay}");
        thread::sleep(Duration::from_micros(2 * WINDOW));
        window
    }

    fn acquire(&self, id: &str) -> u64 {
        self.acquire_with(4, id, 0)
    }

    /// With this limit; `throttled` is 1 if calls were throttled.
    fn acquire_with(&self, limit: u32, id: &str, throttled: u8) -> u64 {
        let script = Script::new(include_str!("../../crates/tim-follow/src/rate_limit/redis/acquire.lua"));
        let mut script = script.prepare_invoke();
        script.key("calls").key("facts").arg(id).arg(limit).arg(WINDOW).arg(throttled).arg(60_000);
        script.arg(1_000_000).arg(5_000_000).arg(20).arg(5).arg(20);
        script.invoke(&mut self.0.connect()).unwrap()
    }
}

#[test]
fn calls_are_granted_in_order_of_arrival_and_spread() {
    let window = Window::open("order");
    assert_eq!(window.acquire("a"), 0);
    let delays = ["b", "c", "d", "e"].map(|id| window.acquire(id));
    for (delay, position) in delays.into_iter().zip(1..) {
        let due = position * WINDOW / 4;
        assert!((due - 50_000..=due).contains(&delay), "{delays:?}");
    }
    assert!(window.acquire("b") <= delays[0], "a waiter that asks again keeps its position");
}

#[test]
fn a_call_that_is_late_counts_when_it_is_sent() {
    let window = Window::open("late");
    assert_eq!(window.acquire("a"), 0);
    for id in ["b", "c", "d", "e"] {
        assert!(window.acquire(id) > 0);
    }
    thread::sleep(Duration::from_micros(WINDOW));
    // All four are due. The call `a` is no longer in the window, so all of them are granted, and no
    // others.
    assert_eq!(["e", "d", "c", "b"].map(|id| window.acquire(id)), [0; 4]);
    let delay = window.acquire("f");
    assert!((WINDOW - 50_000..=WINDOW).contains(&delay), "{delay}");
}

#[test]
fn the_slot_of_a_cancelled_waiter_goes_to_others() {
    let window = Window::open("cancel");
    assert_eq!(window.acquire("a"), 0);
    let (b, c) = (window.acquire("b"), window.acquire("c"));
    assert!(b < c);
    let removed: u32 = window.0.query("ZREM calls c");
    assert_eq!(removed, 1);
    let d = window.acquire("d");
    assert!(d < c, "{d} {c}");
}

#[test]
fn throttling_slows_down_once_a_second() {
    let window = Window::open("throttled");
    let throttle = |id| {
        window.acquire_with(200, id, 1);
    };
    let pace = || window.0.query::<u32>("HGET facts cut_pace");
    throttle("a");
    throttle("b");
    assert_eq!(pace(), 190, "a twentieth less, once");
    thread::sleep(Duration::from_millis(1100));
    throttle("c");
    assert_eq!(pace(), 160, "ten were restored, and the second cut took a fifth");
}

#[test]
fn the_keys_expire() {
    let window = Window::open("expiry");
    for key in ["calls", "facts"] {
        let left: i64 = window.0.query(&format!("PTTL {key}"));
        assert!((1..=60_000).contains(&left), "{key}: {left}");
    }
}
