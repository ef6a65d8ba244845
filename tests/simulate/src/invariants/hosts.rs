//! What must hold for the choice of a host: docs/calls.md, "Hosts".

use std::time::Duration;

use tim_follow::transport::TransportErrorKind;

use super::retries::has_no_connection;
use super::{Checked, OnSend};
use crate::history::{End, Sent};
use crate::violation::Violation;

/// How long a host counts as down.
const COOLDOWN: Duration = Duration::from_secs(60);

/// What a client must know about a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    DownSince(Duration),
    /// A request ended without a response: because it timed out, or because it was dropped, which
    /// says nothing about the host.
    Unclear,
}

/// A request goes to the primary host if that is up, and to the backup if only that one is up. If
/// both are down, it goes to the one that has been down for longer. A call does not use a host
/// again whose certificate is not trusted.
pub(super) fn requests_use_the_first_host_that_is_up(
    situation: &OnSend<'_>,
    earlier: &[&Sent],
    host: usize,
) -> Checked {
    let is_untrusted = |host: usize| {
        earlier.iter().any(|sent| sent.host == host && sent.end == End::Failed(TransportErrorKind::Certificate))
    };
    let states = [state(situation, 0), state(situation, 1)];
    let expected = match (situation.process.has_backup, is_untrusted(0), is_untrusted(1), states) {
        (false, ..) | (_, false, true, _) | (_, false, _, [State::Up, _]) => Some(0),
        (_, true, false, _) | (_, _, false, [State::DownSince(_), State::Up]) => Some(1),
        (_, false, false, [State::DownSince(one), State::DownSince(other)]) if one != other => {
            Some(usize::from(other < one))
        }
        _ => None,
    };
    if expected.is_none_or(|expected| expected == host) {
        return Ok(());
    }
    let text = format!("a request is sent to host {host}, and the hosts are {states:?}");
    Err(Violation::new("requests_use_the_first_host_that_is_up", text))
}

/// The state of a host according to the requests of the process that have ended.
fn state(situation: &OnSend<'_>, host: usize) -> State {
    let ended = || situation.of_process().filter(move |sent| sent.host == host && sent.ended.is_some());
    let latest = |is_it: &dyn Fn(&Sent) -> bool| ended().filter(|sent| is_it(sent)).filter_map(|sent| sent.ended).max();
    let is_unclear = |sent: &Sent| sent.end == End::Failed(TransportErrorKind::Timeout);
    let Some(down) = latest(&has_no_connection) else { return State::Up };
    let is_after = |up: Option<Duration>| up.is_some_and(|up| up >= down);
    if situation.now.saturating_sub(down) >= COOLDOWN
        || latest(&|sent| !has_no_connection(sent) && !is_unclear(sent)) > Some(down)
    {
        State::Up
    } else if is_after(latest(&|sent| !has_no_connection(sent))) {
        State::Unclear
    } else {
        State::DownSince(down)
    }
}
