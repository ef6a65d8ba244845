//! What must hold for a rate limit that processes share through Redis: docs/calls.md, "Rate limit".

use std::time::Duration;

use super::{Checked, LOCAL_WINDOW};
use crate::plan::Plan;
use crate::violation::Violation;

/// How often an unavailable Redis is tried while calls wait for it.
const RETRY: Duration = Duration::from_millis(100);

/// What a rate limiter decided about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Redis decides.
    Ask,
    /// It is sent, because Redis granted it.
    Redis,
    /// It is sent without Redis.
    Share,
    /// It waits for Redis.
    Wait,
}

/// Calls are sent without Redis, and wait for it, only while it is unavailable: from a failed
/// exchange to the next one that succeeds. Only processes with a share send calls in that time.
pub(crate) fn decisions_follow_redis(decision: Decision, is_unavailable: bool, has_share: bool) -> Checked {
    let is_right = match decision {
        Decision::Ask => !is_unavailable,
        Decision::Redis => true,
        Decision::Share => is_unavailable && has_share,
        Decision::Wait => is_unavailable && !has_share,
    };
    if is_right {
        return Ok(());
    }
    let text = format!("{decision:?} while Redis is {}", if is_unavailable { "unavailable" } else { "available" });
    Err(Violation::new("decisions_follow_redis", text))
}

/// A call that waits for Redis, or is sent without it, tries whether it is back. `since` is the
/// time since it was tried.
pub(crate) fn an_unavailable_redis_is_tried(since: Duration) -> Checked {
    if since < RETRY {
        return Ok(());
    }
    let text = format!("Redis was tried {since:?} ago");
    Err(Violation::new("an_unavailable_redis_is_tried", text))
}

/// A process changes between Redis and its share after one window without calls.
pub(crate) fn a_window_passes_between(other: Option<Duration>, now: Duration) -> Checked {
    let Some(other) = other.filter(|other| now.saturating_sub(*other) < LOCAL_WINDOW) else { return Ok(()) };
    let text = format!("the change took {:?}", now.saturating_sub(other));
    Err(Violation::new("a_window_passes_between", text))
}

/// If no process reaches Redis, a window passes between the last grant and the first call without
/// Redis. It does not if single exchanges fail, or if the process saw an earlier outage and has not
/// tried Redis since: processes that still reach Redis do not count the others. `seen` is when the
/// process saw that Redis was unavailable.
pub(crate) fn an_outage_begins_with_a_window(
    plan: &Plan,
    seen: Option<Duration>,
    last_grant: Option<Duration>,
    now: Duration,
) -> Checked {
    let Some(redis) = plan.redis.as_ref().filter(|redis| redis.faults.is_empty()) else { return Ok(()) };
    let is_this = redis.outage(now).zip(seen).is_some_and(|(outage, seen)| outage.from <= seen);
    if is_this { a_window_passes_between(last_grant, now) } else { Ok(()) }
}

/// A call is sent without Redis only if its process has tried Redis in the last two windows.
pub(crate) fn an_outage_is_checked(last_try: Duration, now: Duration) -> Checked {
    let since = now.saturating_sub(last_try);
    if since < LOCAL_WINDOW * 2 {
        return Ok(());
    }
    Err(Violation::new("an_outage_is_checked", format!("a call is sent {since:?} after Redis was tried")))
}

/// A process without Redis sends at most its share.
pub(crate) fn local_shares_are_kept(share: u32, times: &[Duration]) -> Checked {
    let Some((last, earlier)) = times.split_last() else { return Ok(()) };
    let Some(first) = earlier.len().checked_sub(share as usize).and_then(|at| earlier.get(at)) else { return Ok(()) };
    let took = last.saturating_sub(*first);
    if took >= LOCAL_WINDOW {
        return Ok(());
    }
    let text = format!("{} calls in {took:?}, and the share is {share}", share + 1);
    Err(Violation::new("local_shares_are_kept", text))
}

/// When the service throttled a call, the next message about its command reports that, once.
pub(crate) fn throttling_is_reported(id: &str, expected: bool, reports: bool) -> Checked {
    if expected == reports {
        return Ok(());
    }
    let text = format!("{id} reports throttling: {reports}, and has to: {expected}");
    Err(Violation::new("throttling_is_reported", text))
}

/// A call asks Redis again only when the time has come that Redis gave it.
pub(crate) fn calls_wait_before_they_ask_again(until: Duration, now: Duration) -> Checked {
    if now >= until {
        return Ok(());
    }
    Err(Violation::new("calls_wait_before_they_ask_again", format!("a call asks {:?} too early", until - now)))
}

/// A call that ends while it waits is removed from Redis.
pub(crate) fn cancelled_calls_leave_redis(number: u64, messages: u64) -> Checked {
    if messages > 0 {
        return Ok(());
    }
    Err(Violation::new("cancelled_calls_leave_redis", format!("call {number} sent no message")))
}

/// The slots in the future are those of calls that wait for them.
pub(crate) fn only_waiting_calls_have_slots(id: &str, is_waiting: bool) -> Checked {
    if is_waiting {
        return Ok(());
    }
    Err(Violation::new("only_waiting_calls_have_slots", format!("{id} has one, and was cancelled or sent")))
}
