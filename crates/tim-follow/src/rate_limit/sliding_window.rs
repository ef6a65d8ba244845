//! A sliding-window rate limiter for one command.

mod ended;
mod waiters;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::pace::{CUT_MEMORY, CUT_PAUSE, FIRST_CUT, FURTHER_CUT, MAX_HOLD, RECHECK, REGAINED, WINDOW};
use super::round_trip::{IdleConnections, RoundTrip};
use ended::{Ended, free_at};
use waiters::Waiters;

/// Keeps the calls in flight, the calls that ended recently, and the waiters in order of arrival.
/// Each call in flight and each recently ended call holds one of `limit` slots. After throttling,
/// fewer slots are used for a while.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    limit: u32,
    /// The calls without a response so far, in the order in which they were sent.
    in_flight: VecDeque<InFlight>,
    /// The calls that ended and still hold a slot.
    ended: Ended,
    /// How many calls were dropped in flight since the last time that `now` was known.
    dropped: usize,
    round_trip: RoundTrip,
    waiting: Waiters,
    next_number: u64,
    /// When calls were throttled last, and the pace after that.
    throttled: Option<(Instant, u32)>,
}

#[derive(Debug)]
struct InFlight {
    number: u64,
    sent: Instant,
    /// Whether it was probably sent on an open connection.
    warm: bool,
}

impl SlidingWindow {
    /// A window for `limit` calls, on connections that other commands use too.
    pub(super) fn new(limit: u32, connections: IdleConnections) -> Self {
        let limit = limit.max(1);
        Self {
            limit,
            in_flight: VecDeque::new(),
            ended: Ended::default(),
            dropped: 0,
            // A period is longer than a burst of `limit` calls that all open a connection.
            round_trip: RoundTrip::new(limit.saturating_mul(2), connections),
            waiting: Waiters::default(),
            next_number: 0,
            throttled: None,
        }
    }

    /// Adds a waiter at the end.
    pub(super) fn enqueue(&mut self) -> u64 {
        let number = self.next_number();
        self.waiting.enqueue(number);
        number
    }

    /// Tries to acquire a slot for the waiter `number` at `now`, and returns how long it has to
    /// wait. Zero means that its call is sent now: the call holds a slot and has a new number.
    ///
    /// Each wait assumes that all earlier waiters have been sent, so a waiter that wakes late does
    /// not delay the others. A waiter that does not wake at all is left out after a while, until it
    /// does.
    pub(super) fn acquire(&mut self, number: &mut u64, now: Instant) -> Duration {
        self.free_slots(now);
        let Some(before) = self.waiting.earlier_than(*number, now) else { return Duration::ZERO };
        let (pace, held) = (self.pace(now) as usize, self.ended.len() + self.in_flight.len());
        match (held + before).checked_sub(pace) {
            None => {
                self.waiting.remove(*number);
                *number = self.next_number();
                let warm = self.round_trip.sent(now);
                self.in_flight.push_back(InFlight { number: *number, sent: now, warm });
                Duration::ZERO
            }
            Some(over) => {
                let wait = self.delay_until_room(over, pace, now);
                self.waiting.set_due(*number, later(now, wait));
                wait
            }
        }
    }

    /// Reports that the response to the call `number` arrived at `now`.
    pub(super) fn on_response(&mut self, number: u64, now: Instant) {
        if let Some(InFlight { sent, warm, .. }) = self.take_in_flight(number) {
            self.round_trip.record(now.saturating_duration_since(sent), warm, now);
            self.ended.on_response(now);
        }
    }

    /// Reports that the call `number` ended without a response at `now`. The service may have
    /// counted it at any time until then, so it holds its slot for a whole window after that.
    ///
    /// `now` is `None` if the call was dropped in flight. Its end is then the `now` of the next
    /// [`acquire`](Self::acquire).
    pub(super) fn on_no_response(&mut self, number: u64, now: Option<Instant>) {
        if self.take_in_flight(number).is_some() {
            match now {
                Some(now) => self.ended.on_no_response(now),
                None => self.dropped += 1,
            }
        }
    }

    /// Removes a waiter or, like [`on_no_response`](Self::on_no_response), ends a call.
    pub(super) fn cancel(&mut self, number: u64) {
        if !self.waiting.remove(number) {
            self.on_no_response(number, None);
        }
    }

    pub(super) fn on_throttled(&mut self, now: Instant) {
        let pace = self.pace(now);
        let cut = match self.throttled.map(|(at, _)| now.saturating_duration_since(at)) {
            Some(since) if since < CUT_PAUSE => return,
            Some(since) if since < CUT_MEMORY => pace.div_ceil(FURTHER_CUT),
            _ => pace.div_ceil(FIRST_CUT),
        };
        self.throttled = Some((now, (pace - cut).max(1)));
    }

    /// The current limit. It is lower after throttling, and a part of the limit is restored each
    /// second.
    fn pace(&self, now: Instant) -> u32 {
        let Some((at, pace)) = self.throttled else { return self.limit };
        let seconds = now.saturating_duration_since(at).as_secs();
        let regained = u64::from(self.limit.div_ceil(REGAINED)).saturating_mul(seconds);
        u64::from(pace).saturating_add(regained).min(self.limit.into()) as u32
    }

    /// How long a waiter has to wait if the pace is exceeded by `over` calls: until the slot with
    /// the index `over` becomes free, in the order in which slots become free. If no call holds
    /// that slot yet, an earlier waiter will: it takes a slot that is free now, or the slot
    /// `pace` places before this one when that becomes free, and holds it for a window.
    fn delay_until_room(&self, over: usize, pace: usize, now: Instant) -> Duration {
        let known = (self.ended.len() + self.in_flight.len()).max(pace);
        let rounds = if over < known { 0 } else { (over - known) / pace + 1 };
        let free = self.slot_free_at(over - rounds * pace, now).saturating_duration_since(now);
        let windows = WINDOW.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX));
        free.saturating_add(windows).max(Duration::from_millis(1))
    }

    /// When the slot with this index becomes free. For a call in flight, the earliest possible
    /// time, but at least [`RECHECK`] from now.
    fn slot_free_at(&self, index: usize, now: Instant) -> Instant {
        let round_trip = self.round_trip.smallest();
        if let Some(free) = self.ended.free_at(index, round_trip) {
            return free;
        }
        match self.in_flight.get(index - self.ended.len()) {
            Some(call) => later(call.sent, WINDOW).max(free_at(now, round_trip)).max(later(now, RECHECK)),
            None => later(now, WINDOW),
        }
    }

    /// Ends the calls that were dropped, or that were sent [`MAX_HOLD`] ago. Then frees the slots
    /// of calls that the service counted more than a window ago.
    fn free_slots(&mut self, now: Instant) {
        for _ in 0..std::mem::take(&mut self.dropped) {
            self.ended.on_no_response(now);
        }
        while let Some(held) = self.in_flight.front().map(|call| later(call.sent, MAX_HOLD))
            && held <= now
        {
            self.in_flight.pop_front();
            self.ended.on_no_response(held);
        }
        self.ended.free_slots(now, self.round_trip.smallest());
    }

    fn take_in_flight(&mut self, number: u64) -> Option<InFlight> {
        let at = self.in_flight.binary_search_by_key(&number, |call| call.number).ok()?;
        self.in_flight.remove(at)
    }

    fn next_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

fn later(instant: Instant, time: Duration) -> Instant {
    instant.checked_add(time).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
