//! The calls that Redis granted.

use std::time::Duration;

use super::WINDOW;
use crate::violation::Violation;

/// A call that Redis granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    pub(crate) at: Duration,
    /// The same by the clock of Redis, in microseconds.
    pub(crate) redis: u64,
    /// How many calls a window had at that time.
    pub(crate) pace: u32,
    /// Which call it is for.
    pub(super) call: CallId,
}

/// The numbers in the identifier of a call: its process and itself.
pub(super) type CallId = (u64, u64);

pub(super) fn call_id(id: &str) -> Option<CallId> {
    let (process, number) = id.split_once('-')?;
    Some((u64::from_str_radix(process, 16).ok()?, number.split(':').next()?.parse().ok()?))
}

/// The grants that processes used, in order of time.
#[derive(Debug, Default)]
pub(crate) struct Grants(Vec<Grant>);

impl Grants {
    /// The calls that were granted in the last window stay counted there, and so does this one,
    /// which has asked again. `calls` are those that Redis has, and `lost` is when it lost its
    /// data.
    pub(super) fn are_counted(
        &self,
        call: CallId,
        calls: &[(f64, String)],
        now: u64,
        lost: Duration,
    ) -> Result<(), Violation> {
        let window = (now.saturating_sub(WINDOW.as_micros() as u64) + 1)..=now;
        let recent = self.0.iter().rev().take_while(|grant| grant.at > lost && window.contains(&grant.redis));
        let counted = &calls[..calls.partition_point(|(at, _)| *at <= now as f64)];
        let is_counted = || counted.iter().any(|(_, id)| call_id(id) == Some(call));
        if recent.clone().count() <= counted.len() && (recent.clone().all(|grant| grant.call != call) || is_counted()) {
            return Ok(());
        }
        let text = format!("of {call:?} and {} other calls, Redis counts {counted:?}", recent.count());
        Err(Violation::new("granted_calls_stay_counted", text))
    }

    pub(super) fn last(&self) -> Option<Duration> {
        self.0.last().map(|grant| grant.at)
    }

    /// Adds a grant. No window that ends with a grant holds more calls than a window had at that
    /// time. A jump of the clock of Redis can make one window shorter.
    pub(super) fn add(&mut self, key: &str, grant: Grant) -> Result<(), Violation> {
        let place = self.0.partition_point(|other| *other <= grant);
        self.0.insert(place, grant);
        for (end, last) in self.0.iter().enumerate().skip(place) {
            let first = end.checked_sub(last.pace as usize).filter(|first| *first <= place).map(|first| self.0[first]);
            let Some(first) = first else { continue };
            let (took, by_redis) = (last.at - first.at, last.redis.saturating_sub(first.redis));
            if took < WINDOW && by_redis < WINDOW.as_micros() as u64 {
                let text = format!("{} calls in {took:?}, of which {} are granted: {key}", last.pace + 1, last.pace);
                return Err(Violation::new("redis_grants_the_limit", text));
            }
            if last.at.saturating_sub(grant.at) > WINDOW {
                break;
            }
        }
        Ok(())
    }
}
