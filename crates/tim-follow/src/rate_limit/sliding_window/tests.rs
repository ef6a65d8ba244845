use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

#[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
fn start() -> Instant {
    Instant::now()
}

const MS: Duration = Duration::from_millis(1);

/// Sends a call; it has to be possible at once.
fn send(lane: &mut SlidingWindow, now: Instant) -> u64 {
    let mut number = lane.enqueue();
    assert_eq!(lane.acquire(&mut number, now), Duration::ZERO);
    number
}

/// How long a new waiter would have to wait.
fn wait(lane: &mut SlidingWindow, now: Instant) -> Duration {
    let mut number = lane.enqueue();
    let wait = lane.acquire(&mut number, now);
    lane.cancel(number);
    wait
}

/// A lane of this limit, which knows the smallest round trip in milliseconds and holds no slot.
fn warm(limit: u32, round_trip: u32, now: Instant) -> SlidingWindow {
    let mut lane = SlidingWindow::new(limit);
    lane.round_trip.record(round_trip * MS, true, now);
    lane
}

#[test]
fn a_full_window_makes_the_next_one_wait_for_the_oldest() {
    let (mut lane, now) = (SlidingWindow::new(2), start());
    let mut numbers: Vec<_> = (0..5).map(|_| lane.enqueue()).collect();
    let waits: Vec<_> = numbers.iter_mut().map(|number| lane.acquire(number, now)).collect();
    assert_eq!(waits, [Duration::ZERO, Duration::ZERO, WINDOW, WINDOW, WINDOW * 2]);
    lane.on_response(numbers[0], now);
    lane.on_response(numbers[1], now);
    assert_eq!(lane.acquire(&mut numbers[4], now + WINDOW), WINDOW, "those before it keep their places");
    assert_eq!(lane.acquire(&mut numbers[3], now + WINDOW), Duration::ZERO, "a late waiter does not delay the others");
}

#[test]
fn a_waiter_that_leaves_makes_room() {
    let (mut lane, now) = (SlidingWindow::new(1), start());
    let mut numbers: Vec<_> = (0..3).map(|_| lane.enqueue()).collect();
    assert_eq!(lane.acquire(&mut numbers[0], now), Duration::ZERO);
    assert_eq!(lane.acquire(&mut numbers[2], now), WINDOW * 2);
    lane.cancel(numbers[1]);
    assert_eq!(lane.acquire(&mut numbers[2], now), WINDOW);
}

/// Lets ten calls go and end, and 22 more wait; returns the numbers of those that wait.
fn parked(lane: &mut SlidingWindow, now: Instant) -> Vec<u64> {
    let sent: Vec<_> = (0..10).map(|_| send(lane, now)).collect();
    let mut waiting: Vec<_> = (0..22).map(|_| lane.enqueue()).collect();
    waiting.iter_mut().for_each(|number| assert!(!lane.acquire(number, now).is_zero()));
    sent.into_iter().for_each(|number| lane.on_response(number, now));
    waiting
}

#[test]
fn waiters_that_do_not_come_back_do_not_delay_the_others() {
    let (mut lane, now) = (SlidingWindow::new(10), start());
    parked(&mut lane, now);
    let mut number = lane.enqueue();
    let wait = lane.acquire(&mut number, now);
    assert_eq!(wait, WINDOW * 3, "those before it are expected to come back");
    assert_eq!(lane.acquire(&mut number, now + wait), Duration::ZERO, "they did not");
}

#[test]
fn a_waiter_that_comes_back_late_has_its_place_again() {
    let (mut lane, now) = (SlidingWindow::new(10), start());
    let mut waiting = parked(&mut lane, now);
    let later = now + WINDOW * 10;
    let sent: Vec<_> = (0..10).map(|_| send(&mut lane, later)).collect();
    let (mut newcomer, mut first) = (lane.enqueue(), waiting[0]);
    assert_eq!(lane.acquire(&mut newcomer, later), WINDOW);
    assert_eq!(lane.acquire(&mut first, later), WINDOW);
    sent.into_iter().for_each(|number| lane.on_response(number, later));
    for number in &mut waiting[1..10] {
        assert_eq!(lane.acquire(number, later + WINDOW), Duration::ZERO);
    }
    assert!(!lane.acquire(&mut newcomer, later + WINDOW).is_zero(), "the last slot is for the one before it");
    assert_eq!(lane.acquire(&mut first, later + WINDOW), Duration::ZERO);
    waiting.drain(10..).for_each(|number| lane.cancel(number));
    assert_eq!(lane.waiting.len(), 1, "those that did not come back can leave, too");
}

#[test]
fn a_response_counts_a_smallest_round_trip_before_it_came() {
    let now = start();
    let mut lane = warm(1, 10, now);
    let number = send(&mut lane, now);
    assert_eq!(wait(&mut lane, now + 10 * MS), WINDOW - 10 * MS, "not before a window after it was sent");
    assert_eq!(wait(&mut lane, now + 160 * MS), WINDOW - 10 * MS, "it may be counted at any time until it ends");
    lane.on_response(number, now + 160 * MS);
    assert_eq!(wait(&mut lane, now + 160 * MS), WINDOW - 10 * MS);
    assert_eq!(wait(&mut lane, now + 160 * MS + WINDOW - 10 * MS), Duration::ZERO);
}

#[test]
fn a_call_without_a_response_counts_when_it_ends() {
    let now = start();
    let mut lane = warm(1, 10, now);
    let number = send(&mut lane, now);
    lane.on_no_response(number, Some(now + 500 * MS));
    assert_eq!(wait(&mut lane, now + 500 * MS), WINDOW);
}

#[test]
fn a_call_without_a_response_counts_as_long_when_the_round_trip_is_known_later() {
    for ended in [Some(300), None] {
        let (mut lane, now) = (SlidingWindow::new(1), start());
        let number = send(&mut lane, now);
        lane.on_no_response(number, ended.map(|at| now + at * MS));
        let end = now + 300 * MS;
        assert_eq!(wait(&mut lane, end), WINDOW);
        lane.round_trip.record(150 * MS, true, end + 150 * MS);
        assert_eq!(wait(&mut lane, end), WINDOW);
        assert_eq!(wait(&mut lane, end + WINDOW), Duration::ZERO);
    }
}

#[test]
fn calls_that_are_stuck_keep_their_slots() {
    let (mut lane, now) = (SlidingWindow::new(200), start());
    let stuck: Vec<_> = (0..200).map(|_| send(&mut lane, now)).collect();
    assert_eq!(wait(&mut lane, now + 4009 * MS), WINDOW);
    stuck.into_iter().for_each(|number| lane.on_response(number, now + 4100 * MS));
    assert_eq!(wait(&mut lane, now + 4100 * MS), WINDOW);
}

#[test]
fn a_dropped_call_counts_from_the_next_time_that_is_known() {
    let now = start();
    let mut lane = warm(1, 10, now);
    let number = send(&mut lane, now);
    lane.on_no_response(number, None);
    assert_eq!(wait(&mut lane, now + 500 * MS), WINDOW);
    assert_eq!(wait(&mut lane, now + 500 * MS + WINDOW), Duration::ZERO);
}

#[test]
fn a_call_that_is_never_reported_frees_its_slot_in_the_end() {
    let now = start();
    let mut lane = warm(1, 10, now);
    let number = send(&mut lane, now);
    assert_eq!(wait(&mut lane, now + MAX_HOLD), WINDOW);
    lane.on_response(number, now + MAX_HOLD + MS);
    assert_eq!(wait(&mut lane, now + MAX_HOLD + WINDOW), Duration::ZERO);
}

#[test]
fn responses_that_take_longer_than_a_window_free_slots_at_once() {
    let now = start();
    let mut lane = warm(1, 2000, now);
    let number = send(&mut lane, now);
    assert_eq!(wait(&mut lane, now + 1500 * MS), RECHECK);
    lane.on_response(number, now + 2000 * MS);
    assert_eq!(wait(&mut lane, now + 2000 * MS), Duration::ZERO);
}

#[test]
fn a_complaint_slows_down_once_a_second_and_passes() {
    let (mut lane, now) = (SlidingWindow::new(200), start());
    lane.on_throttled(now);
    lane.on_throttled(now + 999 * MS);
    assert_eq!(lane.pace(now + 999 * MS), 190);
    assert_eq!(lane.pace(now + 1000 * MS), 200);
    lane.on_throttled(now + 1000 * MS);
    assert_eq!(lane.pace(now + 1000 * MS), 160, "the second one within five seconds");
    assert_eq!(lane.pace(now + 2000 * MS), 170);
    assert_eq!(lane.pace(now + 5000 * MS), 200);
    lane.on_throttled(now + 6000 * MS);
    assert_eq!(lane.pace(now + 6000 * MS), 190, "the first one in five seconds");
    let mut slow = SlidingWindow::new(1);
    slow.on_throttled(now);
    assert_eq!(slow.pace(now), 1);
}

/// A call: when it arrives, how late it wakes from each wait, and how much longer than usual its request and its response
/// travel; in milliseconds.
type Arrival = (u64, u64, u64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Response(usize),
    NoResponse(usize),
    Turn(usize),
}

/// What happened to each call, in order of arrival: when it was sent, and when the service counted it.
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
    /// It gives up its place when it has to wait.
    Leaves,
    /// It never comes back when it has to wait.
    Parked,
}

fn ends() -> impl Strategy<Value = Vec<End>> {
    let end = prop_oneof![
        4 => Just(End::Response),
        1 => (0..400_u64).prop_map(End::NoResponse),
        1 => (0..400_u64).prop_map(End::Dropped),
        1 => Just(End::Leaves),
        1 => Just(End::Parked),
    ];
    proptest::collection::vec(end, 1..150)
}

/// Lets the calls come and go in virtual time, with this way there and back, on connections that take this long to open.
fn run(
    mut lane: SlidingWindow,
    start: Instant,
    arrivals: &[Arrival],
    complaint: Option<u64>,
    way: u64,
    handshake: u64,
    ends: &[End],
) -> Vec<Outcome> {
    let mut agenda: BinaryHeap<_> =
        arrivals.iter().enumerate().map(|(who, (at, ..))| Reverse((*at, Event::Turn(who)))).collect();
    let mut numbers = vec![None; arrivals.len()];
    let mut outcomes: Vec<_> = arrivals.iter().map(|_| None).collect();
    let (mut complaint, mut idle) = (complaint, 0_u32);
    while let Some(Reverse((at, event))) = agenda.pop() {
        let now = start + Duration::from_millis(at);
        if complaint.is_some_and(|when| when <= at) {
            complaint = None;
            lane.on_throttled(now);
        }
        match event {
            Event::Response(who) => {
                lane.on_response(numbers[who].unwrap(), now);
                idle += 1;
            }
            Event::NoResponse(who) => {
                let known = matches!(ends[who % ends.len()], End::NoResponse(_));
                lane.on_no_response(numbers[who].unwrap(), known.then_some(now));
            }
            Event::Turn(who) => {
                let (_, late, request, response) = arrivals[who];
                let mut number = numbers[who].unwrap_or_else(|| lane.enqueue());
                let wait = lane.acquire(&mut number, now);
                numbers[who] = Some(number);
                let end = ends[who % ends.len()];
                if !wait.is_zero() {
                    match end {
                        End::Leaves => lane.cancel(number),
                        End::Parked => {}
                        _ => agenda.push(Reverse((at + wait.as_millis() as u64 + late, Event::Turn(who)))),
                    }
                    assert!(at < 1_000_000, "a call waits for ever");
                    continue;
                }
                let open = at + if idle == 0 { handshake } else { 0 };
                let counted = open + way + request;
                idle = idle.saturating_sub(1);
                outcomes[who] = Some(Outcome { sent: at, counted });
                agenda.push(Reverse(match end {
                    End::NoResponse(after) | End::Dropped(after) => (open + after, Event::NoResponse(who)),
                    _ => (counted + way + response, Event::Response(who)),
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
    fn no_second_of_the_service_holds_more_than_the_quota(
        limit in 1..40_u32,
        gaps in proptest::collection::vec((0..60_u64, 0..30_u64, 0..5_u64, 0..5_u64), 1..150),
        complaint in proptest::option::of(0..2000_u64),
        way in 0..100_u64,
        handshake in 0..400_u64,
        ends in ends(),
    ) {
        let outcomes = run(SlidingWindow::new(limit), start(), &add_up(gaps), complaint, way, handshake, &ends);
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
        way in 0..100_u64,
    ) {
        let gaps = gaps.into_iter().map(|gap| (gap, 0, 0, 0)).collect();
        let start = start();
        let outcomes = run(warm(limit, 2 * way as u32, start), start, &add_up(gaps), None, way, 0, &[End::Response]);
        prop_assert!(outcomes.is_sorted_by_key(|outcome| outcome.sent), "{outcomes:?}");
    }
}
