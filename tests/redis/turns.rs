//! What the script on Redis says, question by question.

use std::thread;
use std::time::Duration;

use redis::Script;

use crate::server::Redis;

/// 4 calls in this time, which starts when nothing is known.
const WINDOW: u64 = 400_000;

struct Lane(Redis);

impl Lane {
    /// A lane on which calls may go at once.
    fn open(name: &str) -> Self {
        let lane = Self(Redis::start(name));
        let wait = lane.ask("first");
        assert!((WINDOW - 50_000..=WINDOW).contains(&wait), "nothing is known, so a window passes: {wait}");
        thread::sleep(Duration::from_micros(2 * WINDOW));
        lane
    }

    fn ask(&self, id: &str) -> u64 {
        self.ask_of(4, id, 0)
    }

    /// Of so many calls in a window; whether the service complained.
    fn ask_of(&self, limit: u32, id: &str, complaint: u8) -> u64 {
        let script = Script::new(include_str!("../../crates/tim-follow/src/rate_limit/redis/acquire.lua"));
        let mut script = script.prepare_invoke();
        script.key("calls").key("facts").arg(id).arg(limit).arg(WINDOW).arg(complaint).arg(60_000);
        script.arg(1_000_000).arg(5_000_000).arg(20).arg(5).arg(20);
        script.invoke(&mut self.0.connect()).unwrap()
    }
}

#[test]
fn who_asks_first_goes_first_and_calls_are_spread_out() {
    let lane = Lane::open("order");
    assert_eq!(lane.ask("a"), 0);
    let waits = ["b", "c", "d", "e"].map(|id| lane.ask(id));
    for (wait, place) in waits.into_iter().zip(1..) {
        let due = place * WINDOW / 4;
        assert!((due - 50_000..=due).contains(&wait), "{waits:?}");
    }
    assert!(lane.ask("b") <= waits[0], "who asks again keeps its place");
}

#[test]
fn who_comes_late_counts_where_it_went() {
    let lane = Lane::open("late");
    assert_eq!(lane.ask("a"), 0);
    for id in ["b", "c", "d", "e"] {
        assert!(lane.ask(id) > 0);
    }
    thread::sleep(Duration::from_micros(WINDOW));
    // All four are due; a has left the window, so all of them may go now, and nobody else.
    assert_eq!(["e", "d", "c", "b"].map(|id| lane.ask(id)), [0; 4]);
    let wait = lane.ask("f");
    assert!((WINDOW - 50_000..=WINDOW).contains(&wait), "{wait}");
}

#[test]
fn a_place_that_is_given_up_goes_to_others() {
    let lane = Lane::open("leave");
    assert_eq!(lane.ask("a"), 0);
    let (b, c) = (lane.ask("b"), lane.ask("c"));
    assert!(b < c);
    let removed: u32 = lane.0.query("ZREM calls c");
    assert_eq!(removed, 1);
    let d = lane.ask("d");
    assert!(d < c, "{d} {c}");
}

#[test]
fn a_complaint_slows_all_down_once_a_second() {
    let lane = Lane::open("complaint");
    let complain = |id| {
        lane.ask_of(200, id, 1);
    };
    let pace = || lane.0.query::<u32>("HGET facts cut_pace");
    complain("a");
    complain("b");
    assert_eq!(pace(), 190, "a twentieth less, once");
    thread::sleep(Duration::from_millis(1100));
    complain("c");
    assert_eq!(pace(), 160, "ten came back, and the second complaint took a fifth");
}

#[test]
fn the_keys_go_away() {
    let lane = Lane::open("expiry");
    for key in ["calls", "facts"] {
        let left: i64 = lane.0.query(&format!("PTTL {key}"));
        assert!((1..=60_000).contains(&left), "{key}: {left}");
    }
}
