//! What must hold in every run. Each function checks one invariant; its name is in the report.

mod hosts;
mod journal;
mod outcomes;
mod retries;
mod sending;
mod sharing;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::history::Seen;
use crate::plan::{Fault, Network, Plan, Redis};
use crate::reading::Reading;
use crate::sharing::WINDOW as SHARED_WINDOW;
use crate::sim::Group;
use crate::violation::Violation;
use crate::wire::Request;

pub(crate) use journal::{
    RowsSoFar, bulk_runs_end, complete_runs_read_the_whole_input, finished_runs_stay_finished, inputs_are_recognised,
    journals_agree_with_their_rows, journals_are_readable, journals_are_whole, journals_belong_to_one_run,
    journals_claim_what_is_on_the_disk, outputs_are_complete, outputs_have_the_written_length,
    rows_agree_with_the_service, rows_are_what_a_client_reported, rows_of, runs_can_be_resumed,
    runs_take_the_targets_behind_their_journal, targets_without_a_connection_are_left,
};
pub(crate) use outcomes::{
    Reported, done_targets_are_in_the_tables, only_invalid_targets_are_reported_as_invalid,
    outcomes_agree_with_the_last_response, targets_not_attempted_were_not_received, transient_items_are_retried,
};
pub(crate) use retries::retryable_failures_are_retried;
pub(crate) use sending::OnSend;
pub(crate) use sharing::{
    Decision, a_window_passes_between, an_outage_begins_with_a_window, an_outage_is_checked,
    an_unavailable_redis_is_tried, calls_wait_before_they_ask_again, cancelled_calls_leave_redis,
    decisions_follow_redis, local_shares_are_kept, only_waiting_calls_have_slots, throttling_is_reported,
};

type Checked = Result<(), Violation>;

/// How much the round trips that a rate limiter knows may be too long. docs/calls.md, "Rate limit".
pub(crate) const MARGIN: Duration = Duration::from_millis(9);
const SECOND: Duration = Duration::from_secs(1);
/// The window of a limit that is not shared.
const LOCAL_WINDOW: Duration = Duration::from_millis(1009);
/// How long connecting may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The window in which the limit holds for certain: a second, or less if the time that a request
/// takes varies by more than the margin. The time of a handshake counts as such a variation if the
/// rate limiter may not know the smallest round trip: the shares of the plans are small, so it
/// remembers few round trips, and these can all be late, or be of calls that had to open a
/// connection to the other host.
pub(crate) fn counted_window(plan: &Plan, group: Group) -> Duration {
    let has = |faults: &[Fault]| faults.iter().any(|fault| plan.has(*fault));
    if group == Group::Redis {
        return shared_window(plan);
    }
    let is_late = has(&[Fault::RequestLate, Fault::ResponseLate]);
    let fails_over =
        has(&[Fault::NobodyListens, Fault::DnsFails, Fault::HandshakeSlow]) || !plan.host_faults.is_empty();
    let fails_over = fails_over && plan.processes.iter().any(|process| process.has_backup);
    let slow = if plan.has(Fault::HandshakeSlow) { CONNECT_TIMEOUT } else { Duration::ZERO };
    let handshake = if is_late || fails_over { plan.network.handshake.saturating_add(slow) } else { Duration::ZERO };
    // One way varies by the jitter. The smallest round trip varies by the jitter of both ways,
    // which matters only for a call that took longer because it opened a connection.
    let Network { jitter, handshake: opening, .. } = plan.network;
    let jitter = jitter.saturating_add(jitter.min(opening));
    SECOND.saturating_add(MARGIN).saturating_sub(jitter).saturating_sub(handshake).min(SECOND)
}

/// The same for calls that Redis granted. It counts them when it grants them, in a longer window:
/// the time until they arrive may vary by the difference.
fn shared_window(plan: &Plan) -> Duration {
    let Network { jitter, handshake, .. } = plan.network;
    let slow = if plan.has(Fault::HandshakeSlow) { CONNECT_TIMEOUT } else { Duration::ZERO };
    let redis = plan.redis.as_ref().map_or(Duration::ZERO, Redis::variation);
    // A blocking client sees the response of Redis a microsecond later.
    let redis = redis.saturating_add(Duration::from_micros(1));
    let variation = jitter.saturating_add(handshake).saturating_add(slow).saturating_add(redis);
    SHARED_WINDOW.saturating_sub(variation).min(SECOND)
}

/// No second holds more calls of a command than the limit of the service, or than the share of a
/// process without Redis. After a jump of the clock of Redis, one window can be shorter.
pub(crate) fn calls_stay_within_the_limit(
    plan: &Plan,
    command: &str,
    group: Group,
    window: &VecDeque<Duration>,
) -> Checked {
    let share = |id: u32| plan.processes.iter().find(|process| process.id == id).map_or(0, |process| process.share);
    let limit = match group {
        Group::All | Group::Redis => plan.service.calls_per_second,
        Group::Share(process) => share(process),
    };
    if group == Group::Redis && plan.redis.as_ref().is_some_and(|redis| !redis.jumps.is_empty()) {
        return Ok(());
    }
    let (limit, length) = (limit as usize, counted_window(plan, group));
    if window.len() <= limit {
        return Ok(());
    }
    let text = format!("{} calls of {command} in {length:?}, and the limit is {limit}: {window:?}", window.len());
    Err(Violation::new("calls_stay_within_the_limit", text))
}

/// Without faults, the service rejects no call because there are too many.
pub(crate) fn quiet_runs_are_not_throttled(reading: &Reading) -> Checked {
    if reading.seen.contains(&Seen::Call(60007)) {
        return Err(Violation::new("quiet_runs_are_not_throttled", "the service returned 60007"));
    }
    Ok(())
}

/// Without faults, calls reach 98 % of the limit, once the smallest round trip is known. Calls that
/// share the limit through Redis reach it in the window of Redis and three round trips to it: a
/// process makes one round trip at a time.
///
/// Calls that wait behind those of a dropped task are not woken when it is dropped. They sleep
/// until the time that they were given, at most four windows later in these runs, so the time after
/// that is measured. `until` is when the first process has no more calls.
pub(crate) fn quiet_runs_reach_the_limit(
    plan: &Plan,
    arrivals: &HashMap<&'static str, Vec<Duration>>,
    until: Duration,
) -> Checked {
    let limit = plan.processes.iter().map(|process| process.share as usize).sum::<usize>().max(1);
    let dropped = plan.tasks().filter_map(|task| task.abandoned_after).max().unwrap_or_default();
    let from = dropped.saturating_add(if dropped.is_zero() { 2 * SECOND } else { 5 * SECOND });
    let shared = |redis: &Redis| 0.999 / (SHARED_WINDOW + redis.round_trip() * 3).as_secs_f64();
    let share = plan.redis.as_ref().map_or(0.98, shared);
    for (command, times) in arrivals {
        let place = |time: Duration| times.partition_point(|at| *at < time);
        let times = times.get(place(from)..place(until)).unwrap_or_default();
        // Calls arrive in bursts of the limit, so only whole ones are counted.
        let calls = times.len().saturating_sub(1) / limit * limit;
        let (Some(begin), Some(end)) = (times.first(), times.get(calls)) else { continue };
        let rate = calls as f64 / end.saturating_sub(*begin).as_secs_f64();
        if calls >= 3 * limit && rate < share * limit as f64 {
            let text = format!("{rate:.2} calls of {command} per second, and the limit is {limit}");
            return Err(Violation::new("quiet_runs_reach_the_limit", text));
        }
    }
    Ok(())
}

/// No task panics. A task that does not wait panics when it reads the clock.
pub(crate) fn nothing_panics(ended: Result<(), String>) -> Checked {
    ended.map_err(|panic| Violation::new("nothing_panics", panic))
}

/// Nothing waits for ever.
pub(crate) fn all_tasks_end(unended: &[u32], at: Duration) -> Checked {
    if unended.is_empty() {
        return Ok(());
    }
    Err(Violation::new("all_tasks_end", format!("the tasks {unended:?} have not ended after {at:?}")))
}

/// A response of the service has one item for each target, and no other items.
pub(crate) fn the_service_responds_once_for_each_target(request: &Request, reading: &Reading) -> Checked {
    let is_once = reading.items.as_ref().is_none_or(|items| items.iter().all(|count| *count == 1));
    if is_once && reading.others.is_empty() {
        return Ok(());
    }
    let text = format!("{} of {}: {reading:?} for {:?}", request.command, request.from, request.targets);
    Err(Violation::new("the_service_responds_once_for_each_target", text))
}

/// The tables of the service have the relations that its responses report, and no others.
pub(crate) fn responses_agree_with_the_tables(difference: Option<String>) -> Checked {
    difference.map_or(Ok(()), |text| Err(Violation::new("responses_agree_with_the_tables", text)))
}

/// No event, error or outcome contains a signature. A signature ends with the part that depends on
/// the key; any part of 24 characters is enough to recognize it.
pub(crate) fn no_text_has_a_signature<'a>(signatures: impl Iterator<Item = &'a String>, text: &str) -> Checked {
    const PART: usize = 24;
    for signature in signatures {
        let parts = (0..3).filter_map(|part| {
            let end = signature.len().checked_sub(part * PART)?;
            signature.get(end.checked_sub(PART)?..end)
        });
        if let Some(part) = parts.into_iter().find(|part| text.contains(part)) {
            let text = text.replace(part, "<the signature>");
            return Err(Violation::new("no_text_has_a_signature", text));
        }
    }
    Ok(())
}

/// A call ends before its deadline.
pub(crate) fn calls_end_before_their_deadline(began: Duration, ended: Duration, deadline: Duration) -> Checked {
    let took = ended.saturating_sub(began);
    if took <= deadline {
        return Ok(());
    }
    let text = format!("a call took {took:?}, and its deadline is {deadline:?}");
    Err(Violation::new("calls_end_before_their_deadline", text))
}

/// An error counts the requests of its call.
pub(crate) fn errors_count_their_attempts(attempts: u32, sent: usize) -> Checked {
    if attempts as usize == sent {
        return Ok(());
    }
    let text = format!("an error reports {attempts} attempts, and {sent} requests were sent");
    Err(Violation::new("errors_count_their_attempts", text))
}

/// A batch holds at most the targets of twice as many calls as can be in flight.
pub(crate) fn the_window_of_a_batch_is_bounded(taken: usize, returned: usize, bound: usize) -> Checked {
    let held = taken.saturating_sub(returned);
    if held <= bound {
        return Ok(());
    }
    let text = format!("a batch holds {held} targets, and the bound is {bound}");
    Err(Violation::new("the_window_of_a_batch_is_bounded", text))
}

/// Each target has one outcome, in the order of the input.
pub(crate) fn each_target_has_one_outcome<T: PartialEq + std::fmt::Debug>(
    expected: &[T],
    found: &[T],
    is_complete: bool,
) -> Checked {
    let is_prefix = expected.get(..found.len()).is_some_and(|prefix| prefix == found);
    if is_prefix && (!is_complete || found.len() == expected.len()) {
        return Ok(());
    }
    let at = expected.iter().zip(found).take_while(|(one, other)| one == other).count();
    let text = format!(
        "{} targets and {} outcomes; number {at} is {:?}, and its outcome is for {:?}",
        expected.len(),
        found.len(),
        expected.get(at),
        found.get(at)
    );
    Err(Violation::new("each_target_has_one_outcome", text))
}

/// A list has the entries of the service, each once, in order. If it ended with an error, it has
/// the first of them.
pub(crate) fn lists_are_complete(expected: &[String], found: &[String], is_complete: bool) -> Checked {
    let agrees = if is_complete { expected == found } else { expected.starts_with(found) };
    if agrees {
        return Ok(());
    }
    let text = format!("a list is {found:?}, and the service has {expected:?}");
    Err(Violation::new("lists_are_complete", text))
}

/// After a sync that reports success, the user follows exactly the wanted users.
pub(crate) fn a_sync_makes_the_wanted_follows<T: PartialEq + std::fmt::Debug>(wanted: &T, found: &T) -> Checked {
    if wanted == found {
        return Ok(());
    }
    let text = format!("the user follows {found:?}, and wanted are {wanted:?}");
    Err(Violation::new("a_sync_makes_the_wanted_follows", text))
}
