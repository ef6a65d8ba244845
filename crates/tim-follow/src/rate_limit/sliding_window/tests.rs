use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

#[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
fn start() -> Instant {
    Instant::now()
}

const MS: Duration = Duration::from_millis(1);

fn with_limit(limit: u32) -> SlidingWindow {
    SlidingWindow::new(limit, IdleConnections::default())
}

/// Sends a call; it has to be possible at once.
fn send(window: &mut SlidingWindow, now: Instant) -> u64 {
    let mut number = window.enqueue();
    assert_eq!(window.acquire(&mut number, now), Duration::ZERO);
    number
}

/// How long a new waiter would have to wait.
fn wait(window: &mut SlidingWindow, now: Instant) -> Duration {
    let mut number = window.enqueue();
    let wait = window.acquire(&mut number, now);
    window.cancel(number);
    wait
}

/// A sliding window with this limit that knows the smallest round trip in milliseconds and holds no
/// slot.
fn warm(limit: u32, round_trip: u32, now: Instant) -> SlidingWindow {
    let mut window = with_limit(limit);
    window.round_trip.record(round_trip * MS, true, now);
    window
}

#[test]
fn a_full_window_makes_the_next_one_wait_for_the_oldest() {
    let (mut window, now) = (with_limit(2), start());
    let mut numbers: Vec<_> = (0..5).map(|_| window.enqueue()).collect();
    let waits: Vec<_> = numbers.iter_mut().map(|number| window.acquire(number, now)).collect();
    assert_eq!(waits, [Duration::ZERO, Duration::ZERO, WINDOW, WINDOW, WINDOW * 2]);
    window.on_response(numbers[0], now);
    window.on_response(numbers[1], now);
    assert_eq!(window.acquire(&mut numbers[4], now + WINDOW), WINDOW, "earlier waiters keep their positions");
    assert_eq!(
        window.acquire(&mut numbers[3], now + WINDOW),
        Duration::ZERO,
        "a late waiter does not delay the others"
    );
}

#[test]
fn a_cancelled_waiter_makes_room() {
    let (mut window, now) = (with_limit(1), start());
    let mut numbers: Vec<_> = (0..3).map(|_| window.enqueue()).collect();
    assert_eq!(window.acquire(&mut numbers[0], now), Duration::ZERO);
    assert_eq!(window.acquire(&mut numbers[2], now), WINDOW * 2);
    window.cancel(numbers[1]);
    assert_eq!(window.acquire(&mut numbers[2], now), WINDOW);
}

#[test]
fn a_call_that_was_granted_and_cancelled_frees_its_slot() {
    let (mut window, now) = (with_limit(1), start());
    let number = send(&mut window, now);
    window.cancel(number);
    assert_eq!(wait(&mut window, now + MS), WINDOW, "it may have been counted until now");
    send(&mut window, now + MS + WINDOW);
}

#[test]
fn more_calls_than_the_pace_hold_slots_after_throttling() {
    let (mut window, now) = (with_limit(10), start());
    let calls: Vec<_> = (0..10).map(|_| send(&mut window, now)).collect();
    calls[..9].iter().for_each(|number| window.on_response(*number, now));
    window.on_throttled(now);
    let mut waiters: Vec<_> = (0..10).map(|_| window.enqueue()).collect();
    let waits: Vec<_> = waiters.iter_mut().map(|number| window.acquire(number, now)).collect();
    assert_eq!(waits[..9], [WINDOW; 9], "the call in flight holds the tenth slot");
    assert_eq!(waits[9], WINDOW * 2);
}

/// Sends ten calls that end, and enqueues 22 waiters; returns the numbers of the waiters.
fn parked(window: &mut SlidingWindow, now: Instant) -> Vec<u64> {
    let sent: Vec<_> = (0..10).map(|_| send(window, now)).collect();
    let mut waiting: Vec<_> = (0..22).map(|_| window.enqueue()).collect();
    waiting.iter_mut().for_each(|number| assert!(!window.acquire(number, now).is_zero()));
    sent.into_iter().for_each(|number| window.on_response(number, now));
    waiting
}

#[test]
fn waiters_that_do_not_come_back_do_not_delay_the_others() {
    let (mut window, now) = (with_limit(10), start());
    parked(&mut window, now);
    let mut number = window.enqueue();
    let wait = window.acquire(&mut number, now);
    assert_eq!(wait, WINDOW * 3, "earlier waiters are expected to come back");
    assert_eq!(window.acquire(&mut number, now + wait), Duration::ZERO, "they did not");
}

#[test]
fn a_waiter_that_comes_back_late_has_its_position_again() {
    let (mut window, now) = (with_limit(10), start());
    let mut waiting = parked(&mut window, now);
    let later = now + WINDOW * 10;
    let sent: Vec<_> = (0..10).map(|_| send(&mut window, later)).collect();
    let (mut newcomer, mut first) = (window.enqueue(), waiting[0]);
    assert_eq!(window.acquire(&mut newcomer, later), WINDOW);
    assert_eq!(window.acquire(&mut first, later), WINDOW);
    sent.into_iter().for_each(|number| window.on_response(number, later));
    for number in &mut waiting[1..10] {
        assert_eq!(window.acquire(number, later + WINDOW), Duration::ZERO);
    }
    assert!(!window.acquire(&mut newcomer, later + WINDOW).is_zero(), "the last slot is for the waiter before it");
    assert_eq!(window.acquire(&mut first, later + WINDOW), Duration::ZERO);
    waiting.drain(10..).for_each(|number| window.cancel(number));
    assert_eq!(window.waiting.len(), 1, "waiters that did not come back can be cancelled too");
}

#[test]
fn a_response_counts_a_smallest_round_trip_before_it_came() {
    let now = start();
    let mut window = warm(1, 10, now);
    let number = send(&mut window, now);
    assert_eq!(wait(&mut window, now + 10 * MS), WINDOW - 10 * MS, "not before a window after it was sent");
    assert_eq!(wait(&mut window, now + 160 * MS), WINDOW - 10 * MS, "it may be counted at any time until it ends");
    window.on_response(number, now + 160 * MS);
    assert_eq!(wait(&mut window, now + 160 * MS), WINDOW - 10 * MS);
    assert_eq!(wait(&mut window, now + 160 * MS + WINDOW - 10 * MS), Duration::ZERO);
}

#[test]
fn a_call_without_a_response_counts_when_it_ends() {
    let now = start();
    let mut window = warm(1, 10, now);
    let number = send(&mut window, now);
    window.on_no_response(number, Some(now + 500 * MS));
    assert_eq!(wait(&mut window, now + 500 * MS), WINDOW);
}

#[test]
fn a_call_without_a_response_counts_as_long_when_the_round_trip_is_known_later() {
    for ended in [Some(300), None] {
        let (mut window, now) = (with_limit(1), start());
        let number = send(&mut window, now);
        window.on_no_response(number, ended.map(|at| now + at * MS));
        let end = now + 300 * MS;
        assert_eq!(wait(&mut window, end), WINDOW);
        window.round_trip.record(150 * MS, true, end + 150 * MS);
        assert_eq!(wait(&mut window, end), WINDOW);
        assert_eq!(wait(&mut window, end + WINDOW), Duration::ZERO);
    }
}

#[test]
fn calls_that_are_stuck_keep_their_slots() {
    let (mut window, now) = (with_limit(200), start());
    let stuck: Vec<_> = (0..200).map(|_| send(&mut window, now)).collect();
    assert_eq!(wait(&mut window, now + 4009 * MS), WINDOW);
    stuck.into_iter().for_each(|number| window.on_response(number, now + 4100 * MS));
    assert_eq!(wait(&mut window, now + 4100 * MS), WINDOW);
}

#[test]
fn a_dropped_call_counts_from_the_next_time_that_is_known() {
    let now = start();
    let mut window = warm(1, 10, now);
    let number = send(&mut window, now);
    window.on_no_response(number, None);
    assert_eq!(wait(&mut window, now + 500 * MS), WINDOW);
    assert_eq!(wait(&mut window, now + 500 * MS + WINDOW), Duration::ZERO);
}

#[test]
fn a_call_that_is_never_reported_frees_its_slot_in_the_end() {
    let now = start();
    let mut window = warm(1, 10, now);
    let number = send(&mut window, now);
    assert_eq!(wait(&mut window, now + MAX_HOLD), WINDOW);
    window.on_response(number, now + MAX_HOLD + MS);
    assert_eq!(wait(&mut window, now + MAX_HOLD + WINDOW), Duration::ZERO);
}

#[test]
fn responses_that_take_longer_than_a_window_free_slots_at_once() {
    let now = start();
    let mut window = warm(1, 2000, now);
    let number = send(&mut window, now);
    assert_eq!(wait(&mut window, now + 1500 * MS), RECHECK);
    window.on_response(number, now + 2000 * MS);
    assert_eq!(wait(&mut window, now + 2000 * MS), Duration::ZERO);
}

#[test]
fn throttling_slows_down_once_a_second_and_recovers() {
    let (mut window, now) = (with_limit(200), start());
    window.on_throttled(now);
    window.on_throttled(now + 999 * MS);
    assert_eq!(window.pace(now + 999 * MS), 190);
    assert_eq!(window.pace(now + 1000 * MS), 200);
    window.on_throttled(now + 1000 * MS);
    assert_eq!(window.pace(now + 1000 * MS), 160, "the second one within five seconds");
    assert_eq!(window.pace(now + 2000 * MS), 170);
    assert_eq!(window.pace(now + 5000 * MS), 200);
    window.on_throttled(now + 6000 * MS);
    assert_eq!(window.pace(now + 6000 * MS), 190, "the first one in five seconds");
    let mut slow = with_limit(1);
    slow.on_throttled(now);
    assert_eq!(slow.pace(now), 1);
}

/// A call: when it arrives, how late it wakes from each wait, and how much longer than usual its
/// request and its response travel; in milliseconds.
type Arrival = (u64, u64, u64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Response(usize),
    NoResponse(usize),
    Acquire(usize),
}

/// What happened to each call, in order of arrival: when it was sent, and when the service counted
/// it.
#[derive(Debug)]
struct Outcome {
    sent: u64,
    counted: u64,
}

/// How calls end, one after the other and then again from the start.
#[derive(Debug, Clone, Copy)]
enum End {
    Response,
    /// So many milliseconds after the connection is open.
    NoResponse(u64),
    /// Like `NoResponse`, without a time.
    Dropped(u64),
    /// It is cancelled when it has to wait.
    Cancelled,
    /// It never comes back when it has to wait.
    Parked,
}

fn ends() -> impl Strategy<Value = Vec<End>> {
    let end = prop_oneof![
        4 => Just(End::Response),
        1 => (0..400_u64).prop_map(End::NoResponse),
        1 => (0..400_u64).prop_map(End::Dropped),
        1 => Just(End::Cancelled),
        1 => Just(End::Parked),
    ];
    proptest::collection::vec(end, 1..150)
}

/// Simulates the calls in virtual time, with this latency in each direction, on connections that
/// take this long to open.
fn run(
    mut window: SlidingWindow,
    start: Instant,
    arrivals: &[Arrival],
    throttled_at: Option<u64>,
    latency: u64,
    handshake: u64,
    ends: &[End],
) -> Vec<Outcome> {
    let mut agenda: BinaryHeap<_> =
        arrivals.iter().enumerate().map(|(call, (at, ..))| Reverse((*at, Event::Acquire(call)))).collect();
    let mut numbers = vec![None; arrivals.len()];
    let mut outcomes: Vec<_> = arrivals.iter().map(|_| None).collect();
    let (mut throttled_at, mut idle) = (throttled_at, 0_u32);
    while let Some(Reverse((at, event))) = agenda.pop() {
        let now = start + Duration::from_millis(at);
        if throttled_at.is_some_and(|when| when <= at) {
            throttled_at = None;
            window.on_throttled(now);
        }
        match event {
            Event::Response(call) => {
                window.on_response(numbers[call].unwrap(), now);
                idle += 1;
            }
            Event::NoResponse(call) => {
                let known = matches!(ends[call % ends.len()], End::NoResponse(_));
                window.on_no_response(numbers[call].unwrap(), known.then_some(now));
            }
            Event::Acquire(call) => {
                let (_, late, request, response) = arrivals[call];
                let mut number = numbers[call].unwrap_or_else(|| window.enqueue());
                let wait = window.acquire(&mut number, now);
                numbers[call] = Some(number);
                let end = ends[call % ends.len()];
                if !wait.is_zero() {
                    match end {
                        End::Cancelled => window.cancel(number),
                        End::Parked => {}
                        _ => agenda.push(Reverse((at + wait.as_millis() as u64 + late, Event::Acquire(call)))),
                    }
                    assert!(at < 1_000_000, "a call waits forever");
                    continue;
                }
                let open = at + if idle == 0 { handshake } else { 0 };
                let counted = open + latency + request;
                idle = idle.saturating_sub(1);
                outcomes[call] = Some(Outcome { sent: at, counted });
                agenda.push(Reverse(match end {
                    End::NoResponse(after) | End::Dropped(after) => (open + after, Event::NoResponse(call)),
                    _ => (counted + latency + response, Event::Response(call)),
                }));
            }
        }
    }
    outcomes.into_iter().flatten().collect()
}

fn add_up(gaps: Vec<Arrival>) -> Vec<Arrival> {
    let mut at = 0;
    gaps.into_iter()
        .map(|(gap, late, request, response)| {
            at += gap;
            (at, late, request, response)
        })
        .collect()
}

proptest! {
    #[test]
    fn no_second_of_the_service_holds_more_calls_than_the_limit(
        limit in 1..40_u32,
        gaps in proptest::collection::vec((0..60_u64, 0..30_u64, 0..5_u64, 0..5_u64), 1..150),
        throttled_at in proptest::option::of(0..2000_u64),
        latency in 0..100_u64,
        handshake in 0..400_u64,
        ends in ends(),
    ) {
        let outcomes = run(with_limit(limit), start(), &add_up(gaps), throttled_at, latency, handshake, &ends);
        let mut counted: Vec<u64> = outcomes.iter().map(|outcome| outcome.counted).collect();
        counted.sort_unstable();
        for (first, of) in counted.iter().enumerate() {
            let within = counted[first..].iter().take_while(|other| **other - of <= 1000).count();
            prop_assert!(within <= limit as usize, "{within} calls in the second after {of}");
        }
    }

    #[test]
    fn calls_are_sent_in_the_order_in_which_they_come(
        limit in 1..40_u32,
        gaps in proptest::collection::vec(0..60_u64, 1..150),
        latency in 0..100_u64,
    ) {
        let gaps = gaps.into_iter().map(|gap| (gap, 0, 0, 0)).collect();
        let start = start();
        let outcomes = run(warm(limit, 2 * latency as u32, start), start, &add_up(gaps), None, latency, 0, &[End::Response]);
        prop_assert!(outcomes.is_sorted_by_key(|outcome| outcome.sent), "{outcomes:?}");
    }
}
