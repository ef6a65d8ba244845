//! The line of calls of one command: a log of what went out, and who waits.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::pace::{CUT_MEMORY, CUT_PAUSE, FIRST_CUT, FURTHER_CUT, REGAINED, WINDOW};

#[derive(Debug)]
pub(super) struct Lane {
    limit: u32,
    /// When the last calls really went out, oldest first; never more than `limit`.
    sent: VecDeque<Instant>,
    /// The places of those who wait, in order of arrival.
    waiting: VecDeque<u64>,
    next_place: u64,
    /// The last time the service complained, and the pace after it.
    cut: Option<(Instant, u32)>,
}

impl Lane {
    pub(super) fn new(limit: u32) -> Self {
        let limit = limit.max(1);
        Self { limit, sent: VecDeque::new(), waiting: VecDeque::new(), next_place: 0, cut: None }
    }

    pub(super) fn enter(&mut self) -> u64 {
        let place = self.next_place;
        self.next_place += 1;
        self.waiting.push_back(place);
        place
    }

    /// How long the holder of `place` has to wait; zero counts it as sent.
    ///
    /// Each one waits as if all before it had gone already, so who wakes late holds nobody up.
    pub(super) fn turn(&mut self, place: u64, now: Instant) -> Duration {
        while self.sent.front().is_some_and(|&sent| sent + WINDOW <= now) {
            self.sent.pop_front();
        }
        let Ok(before) = self.waiting.binary_search(&place) else { return Duration::ZERO };
        let pace = self.pace(now);
        match (self.sent.len() + before).checked_sub(pace as usize) {
            None => {
                self.waiting.remove(before);
                self.sent.push_back(now);
                Duration::ZERO
            }
            Some(over) => self.room_after(over, pace as usize, now),
        }
    }

    pub(super) fn leave(&mut self, place: u64) {
        if let Ok(at) = self.waiting.binary_search(&place) {
            self.waiting.remove(at);
        }
    }

    pub(super) fn slow_down(&mut self, now: Instant) {
        let pace = self.pace(now);
        let cut = match self.cut.map(|(at, _)| now.saturating_duration_since(at)) {
            Some(since) if since < CUT_PAUSE => return,
            Some(since) if since < CUT_MEMORY => pace.div_ceil(FURTHER_CUT),
            _ => pace.div_ceil(FIRST_CUT),
        };
        self.cut = Some((now, (pace - cut).max(1)));
    }

    /// The limit, or less for a while after a complaint: a part of the limit comes back each second.
    fn pace(&self, now: Instant) -> u32 {
        let Some((at, pace)) = self.cut else { return self.limit };
        let seconds = now.saturating_duration_since(at).as_secs();
        let regained = u64::from(self.limit.div_ceil(REGAINED)).saturating_mul(seconds);
        u64::from(pace).saturating_add(regained).min(self.limit.into()) as u32
    }

    /// When there is room for a call that has `over` calls too many before it: when the one that stands `pace` calls
    /// ahead of it is a window old. If that one waits too, it goes now or a window after the one ahead of it, and so on.
    fn room_after(&self, over: usize, pace: usize, now: Instant) -> Duration {
        let known = self.sent.len().max(pace);
        let rounds = if over < known { 0 } else { (over - known) / pace + 1 };
        let ahead = self.sent.get(over - rounds * pace).copied().unwrap_or(now);
        let windows = WINDOW.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX).saturating_add(1));
        (ahead + windows).saturating_duration_since(now).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_full_window_makes_the_next_one_wait_for_the_oldest() {
        let (mut lane, now) = (Lane::new(2), start());
        let places: Vec<_> = (0..5).map(|_| lane.enter()).collect();
        let waits: Vec<_> = places.iter().map(|place| lane.turn(*place, now)).collect();
        assert_eq!(waits, [Duration::ZERO, Duration::ZERO, WINDOW, WINDOW, WINDOW * 2]);
        assert_eq!(lane.turn(places[4], now + WINDOW), WINDOW, "those before it keep their places");
        assert_eq!(lane.turn(places[3], now + WINDOW), Duration::ZERO, "who wakes late holds nobody up");
    }

    #[test]
    fn who_leaves_makes_room() {
        let (mut lane, now) = (Lane::new(1), start());
        let places: Vec<_> = (0..3).map(|_| lane.enter()).collect();
        assert_eq!(lane.turn(places[0], now), Duration::ZERO);
        assert_eq!(lane.turn(places[2], now), WINDOW * 2);
        lane.leave(places[1]);
        assert_eq!(lane.turn(places[2], now), WINDOW);
    }

    #[test]
    fn a_complaint_slows_down_once_a_second_and_passes() {
        let (mut lane, now) = (Lane::new(200), start());
        lane.slow_down(now);
        lane.slow_down(now + 999 * MS);
        assert_eq!(lane.pace(now + 999 * MS), 190);
        assert_eq!(lane.pace(now + 1000 * MS), 200);
        lane.slow_down(now + 1000 * MS);
        assert_eq!(lane.pace(now + 1000 * MS), 160, "the second one within five seconds");
        assert_eq!(lane.pace(now + 2000 * MS), 170);
        assert_eq!(lane.pace(now + 5000 * MS), 200);
        lane.slow_down(now + 6000 * MS);
        assert_eq!(lane.pace(now + 6000 * MS), 190, "the first one in five seconds");
        let mut slow = Lane::new(1);
        slow.slow_down(now);
        assert_eq!(slow.pace(now), 1);
    }

    /// A call that arrives, and how late it wakes from each of its waits.
    type Arrival = (u64, u64);

    /// Lets the calls come and go in virtual time; returns when each went out, in order of arrival.
    fn run(limit: u32, arrivals: &[Arrival], complaint: Option<u64>) -> Vec<Duration> {
        let (mut lane, start) = (Lane::new(limit), start());
        let mut agenda: Vec<(u64, usize)> = arrivals.iter().enumerate().map(|(who, (at, _))| (*at, who)).collect();
        let mut places = vec![None; arrivals.len()];
        let mut went = vec![Duration::ZERO; arrivals.len()];
        let mut complaint = complaint;
        while let Some(next) = (0..agenda.len()).min_by_key(|at| agenda[*at]) {
            let (at, who) = agenda.swap_remove(next);
            let now = start + Duration::from_millis(at);
            if complaint.is_some_and(|when| when <= at) {
                complaint = None;
                lane.slow_down(now);
            }
            let place = *places[who].get_or_insert_with(|| lane.enter());
            match lane.turn(place, now) {
                Duration::ZERO => went[who] = now - start,
                wait => agenda.push((at + wait.as_millis() as u64 + arrivals[who].1, who)),
            }
        }
        went
    }

    proptest! {
        #[test]
        fn no_window_of_a_second_holds_more_than_the_quota(
            limit in 1..40_u32,
            gaps in proptest::collection::vec((0..60_u64, 0..30_u64), 1..150),
            complaint in proptest::option::of(0..2000_u64),
        ) {
            let mut at = 0;
            let arrivals: Vec<Arrival> = gaps.iter().map(|(gap, late)| { at += gap; (at, *late) }).collect();
            let mut went = run(limit, &arrivals, complaint);
            went.sort();
            for (first, of) in went.iter().enumerate() {
                let within = went[first..].iter().take_while(|other| **other - *of <= Duration::from_secs(1)).count();
                prop_assert!(within <= limit as usize, "{within} calls in the second after {of:?}");
            }
        }

        #[test]
        fn who_comes_first_goes_first(
            limit in 1..40_u32,
            gaps in proptest::collection::vec(0..60_u64, 1..150),
        ) {
            let mut at = 0;
            let arrivals: Vec<Arrival> = gaps.iter().map(|gap| { at += gap; (at, 0) }).collect();
            let went = run(limit, &arrivals, None);
            prop_assert!(went.is_sorted(), "{went:?}");
        }
    }
}
