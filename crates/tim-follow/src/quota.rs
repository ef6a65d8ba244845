//! How many calls a second go out, in this process.

mod lane;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tim_transport::Moment;
use tim_types::SdkAppId;

use lane::Lane;

/// Says when a call may go out. The service counts by app and command; so does a quota.
///
/// A call takes a [`Ticket`] and asks with it until its wait is zero. It does so between its waits, so nothing here blocks.
pub trait Quota: Debug + Send + Sync {
    /// How long the holder of `ticket` has to wait at `now`. Zero means go: the call then counts as sent at `now`.
    ///
    /// The first question takes a place in the line. A wait may grow shorter while others leave.
    fn turn(&self, of: Of<'_>, ticket: &mut Ticket, now: Moment) -> Duration;

    /// The holder of `ticket` gives its place up.
    fn leave(&self, of: Of<'_>, ticket: Ticket);

    /// The service said that there were too many calls.
    fn slow_down(&self, of: Of<'_>, now: Moment);
}

/// Whose calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Of<'a> {
    /// The app.
    pub sdkappid: SdkAppId,
    /// The command, for example `follow_add`.
    pub command: &'a str,
    /// How many calls a second the service documents for the command.
    pub calls_per_second: u32,
}

impl<'a> Of<'a> {
    /// The calls of `command` in an app.
    pub fn new(sdkappid: SdkAppId, command: &'a str, calls_per_second: u32) -> Self {
        Self { sdkappid, command, calls_per_second }
    }
}

/// A place in the line of a quota; empty until the first [`Quota::turn`] fills it in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ticket(pub Option<u64>);

/// A quota for the calls of one process: 200 a second and command unless told otherwise, first come, first served.
///
/// It remembers when the last calls went out and lets no more than the quota go in any 1.009 s; the 9 ms cover the
/// jitter of the network. When the service still says that there are too many, because other processes use the same
/// app, it goes down to four fifths and comes back within seconds.
#[derive(Debug, Default)]
pub struct LocalQuota {
    limits: HashMap<String, u32>,
    lanes: Mutex<HashMap<SdkAppId, HashMap<String, Lane>>>,
}

impl LocalQuota {
    /// The documented quota of each command.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another quota for one command, in calls a second; at least 1. A share of it, for example, when two processes call.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// Does something with the lane of these calls.
    fn with_lane<T>(&self, of: Of<'_>, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes: MutexGuard<'_, _> = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_app = lanes.entry(of.sdkappid).or_default();
        if let Some(lane) = of_app.get_mut(of.command) {
            return act(lane);
        }
        let limit = self.limits.get(of.command).copied().unwrap_or(of.calls_per_second);
        act(of_app.entry(of.command.to_owned()).or_insert_with(|| Lane::new(limit)))
    }
}

impl Quota for LocalQuota {
    fn turn(&self, of: Of<'_>, ticket: &mut Ticket, now: Moment) -> Duration {
        self.with_lane(of, |lane| {
            let place = *ticket.0.get_or_insert_with(|| lane.enter());
            lane.turn(place, now.instant)
        })
    }

    fn leave(&self, of: Of<'_>, ticket: Ticket) {
        if let Some(place) = ticket.0 {
            self.with_lane(of, |lane| lane.leave(place));
        }
    }

    fn slow_down(&self, of: Of<'_>, now: Moment) {
        self.with_lane(of, |lane| lane.slow_down(now.instant));
    }
}

/// No quota: every call goes at once. For emulators, and for those who count elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuota;

impl Quota for NoQuota {
    fn turn(&self, _: Of<'_>, _: &mut Ticket, _: Moment) -> Duration {
        Duration::ZERO
    }

    fn leave(&self, _: Of<'_>, _: Ticket) {}

    fn slow_down(&self, _: Of<'_>, _: Moment) {}
}
