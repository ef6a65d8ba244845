//! What must hold for retries: docs/calls.md, "After an attempt" and "Retry budget".

use std::time::Duration;

use tim_follow::transport::TransportErrorKind;

use super::{Checked, OnSend};
use crate::history::{End, Seen, Sent, Signed};
use crate::plan::Process;
use crate::service::START_UNIX;
use crate::violation::Violation;

const SECOND: Duration = Duration::from_secs(1);
/// The longest backoff, and the time for the rate limiter and the network.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// Why a request is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoConnection,
    /// The connection broke, or the response was a transient failure. Waits at least this long.
    Transient(Duration),
    TimedOut,
    /// Too many calls. Waits at least this long.
    Throttled(Duration),
    Signature,
}

/// Why this request is retried; `None` if its result is final.
fn reason(sent: &Sent) -> Option<Reason> {
    use TransportErrorKind::{Certificate, Connect, Lost, Timeout};
    Some(match sent.end {
        End::Failed(Connect | Certificate) => Reason::NoConnection,
        End::Failed(Lost) => Reason::Transient(Duration::ZERO),
        End::Failed(Timeout) => Reason::TimedOut,
        End::Failed(_) => return None,
        End::Status(429, wait) => Reason::Throttled(wait.unwrap_or_default().max(SECOND)),
        End::Status(408 | 500..=599, wait) => Reason::Transient(wait.unwrap_or_default()),
        End::Status(..) => return None,
        End::Body => match sent.seen.first()? {
            Seen::Call(30006 | 30007 | 60008) => Reason::Transient(Duration::ZERO),
            Seen::Call(60007 | 30540) => Reason::Throttled(SECOND),
            Seen::Call(70001) => Reason::Signature,
            _ => return None,
        },
    })
}

/// Whether no connection was made.
pub(super) fn has_no_connection(sent: &Sent) -> bool {
    reason(sent) == Some(Reason::NoConnection)
}

/// A call is sent again only after a failure that can pass.
pub(super) fn retries_have_a_reason(earlier: &[&Sent]) -> Checked {
    let Some(last) = earlier.first().filter(|last| reason(last).is_none()) else { return Ok(()) };
    let text = format!("{} is sent again after {:?} {:?}", last.request.command, last.end, last.seen);
    Err(Violation::new("retries_have_a_reason", text))
}

/// A retry waits a second after throttling, and the time in `Retry-After`.
pub(super) fn retries_wait(earlier: &[&Sent], now: Duration) -> Checked {
    let Some(last) = earlier.first() else { return Ok(()) };
    let wait = match reason(last) {
        Some(Reason::Transient(wait) | Reason::Throttled(wait)) => wait,
        _ => Duration::ZERO,
    };
    let waited = now.saturating_sub(last.ended.unwrap_or_default());
    if waited >= wait {
        return Ok(());
    }
    let text = format!("{} is sent again {waited:?} after {:?} {:?}", last.request.command, last.end, last.seen);
    Err(Violation::new("retries_wait", text))
}

/// A call gets one new signature.
pub(super) fn a_signature_is_refreshed_once(earlier: &[&Sent]) -> Checked {
    let refreshed = earlier.iter().filter(|sent| reason(sent) == Some(Reason::Signature)).count();
    if refreshed <= 1 {
        return Ok(());
    }
    let text = format!("a call is sent again after {refreshed} rejections of its signature");
    Err(Violation::new("a_signature_is_refreshed_once", text))
}

/// The tokens that a retry after this request costs.
fn cost(sent: &Sent) -> u32 {
    match reason(sent) {
        Some(Reason::TimedOut) => 10,
        Some(Reason::NoConnection | Reason::Transient(_)) => 5,
        Some(Reason::Throttled(_) | Reason::Signature) | None => 0,
    }
}

/// The retries of a process cost at most the tokens of its budget and those that it got back. Each
/// response of the service can give back the cost of a retry.
pub(super) fn retries_stay_within_the_budget(situation: &OnSend<'_>, attempt: u32, earlier: &[&Sent]) -> Checked {
    let process = situation.process;
    let (Some(budget), Some(last)) = (process.retry_budget, earlier.first()) else { return Ok(()) };
    let costs = cost(last) + spent(situation);
    let refunds: u32 =
        situation.of_process().filter(|sent| sent.end == End::Body && sent.ended.is_some()).map(refund).sum();
    if costs <= budget + refunds {
        return Ok(());
    }
    let text = format!("attempt {attempt} costs {costs} in all, with {budget} tokens and {refunds} given back");
    Err(Violation::new("retries_stay_within_the_budget", text))
}

/// The tokens that this response can give back.
fn refund(sent: &Sent) -> u32 {
    match sent.number {
        1 => 1,
        _ => 10,
    }
}

/// The tokens that the retries so far have cost.
fn spent(situation: &OnSend<'_>) -> u32 {
    let sent: Vec<&Sent> = situation.of_process().collect();
    let cost_of = |(at, retry): (usize, &&Sent)| {
        let before = sent.get(..at).unwrap_or_default();
        let is_previous = |other: &&&Sent| other.body == retry.body && other.number + 1 == retry.number;
        before.iter().rev().find(is_previous).map_or(0, |previous| cost(previous))
    };
    sent.iter().enumerate().filter(|(_, sent)| sent.number > 1).map(cost_of).sum()
}

/// After the service rejected a signature as expired, the call has another one. Signatures that are
/// made in the same second are equal. Only processes whose wall clock is right are checked.
pub(super) fn a_rejected_signature_is_replaced(process: &Process, earlier: &[&Sent], signed: Signed) -> Checked {
    let Some(last) = earlier.first().filter(|last| reason(last) == Some(Reason::Signature)) else { return Ok(()) };
    let rejected = START_UNIX + last.ended.unwrap_or_default().as_secs();
    if !process.clock.is_empty() || last.signed != signed || signed.unix == rejected {
        return Ok(());
    }
    let text =
        format!("{} is sent with the signature of {}, rejected at {rejected}", last.request.command, signed.unix);
    Err(Violation::new("a_rejected_signature_is_replaced", text))
}

/// A call that has attempts and time left is sent again after a failure that can pass. `requests`
/// are those of the call, which runs alone in its process.
pub(crate) fn retryable_failures_are_retried(
    process: &Process,
    began: Duration,
    requests: &[&Sent],
    is_idempotent: bool,
) -> Checked {
    let Some(last) = requests.last() else { return Ok(()) };
    let Some(reason) = reason(last) else { return Ok(()) };
    let signatures = requests.iter().filter(|sent| self::reason(sent) == Some(Reason::Signature)).count();
    let (is_final, wait) = match reason {
        // A certificate that is not trusted on both hosts is final.
        Reason::NoConnection => (last.end == End::Failed(TransportErrorKind::Certificate), Duration::ZERO),
        Reason::Transient(wait) => (!is_idempotent, wait),
        Reason::TimedOut => (!is_idempotent, Duration::ZERO),
        Reason::Throttled(wait) => (false, wait),
        Reason::Signature => (signatures > 1, Duration::ZERO),
    };
    let ended = last.ended.unwrap_or_default();
    let left = began.saturating_add(process.deadline).saturating_sub(ended);
    let has_attempts = requests.len() < process.max_attempts as usize;
    if is_final || !has_attempts || left < wait.saturating_add(LONGEST_WAIT) {
        return Ok(());
    }
    let text = format!(
        "{} ended after {} attempts with {:?} {:?}, and {left:?} were left",
        last.request.command,
        requests.len(),
        last.end,
        last.seen
    );
    Err(Violation::new("retryable_failures_are_retried", text))
}
