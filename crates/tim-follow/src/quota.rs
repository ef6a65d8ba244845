//! How many calls a second go out.

mod asked;
mod lane;
mod local;
mod pace;
#[cfg(feature = "redis")]
mod redis;
mod round_trip;

use std::fmt::Debug;
use std::time::Duration;

use tim_transport::Moment;
use tim_types::SdkAppId;

pub use self::asked::{Answered, Asked};
pub use self::local::LocalQuota;
#[cfg(feature = "redis")]
pub use self::redis::{RedisQuota, RedisUrlError, WhenAway};

/// Says when a call may go out. The service counts by app and command; so does a quota.
///
/// A call takes a [`Ticket`] and asks with it until its turn has come. It does so between its waits, so nothing here blocks.
pub trait Quota: Debug + Send + Sync {
    /// Whether the turn of the holder of `ticket` has come at `now`.
    ///
    /// The first question takes a place in the line. A wait may get shorter when
    /// others leave, and longer when an earlier waiter comes back late.
    fn turn(&self, of: Of<'_>, ticket: &mut Ticket, now: Moment) -> Turn;

    /// The holder of `ticket` gives its place up.
    fn leave(&self, of: Of<'_>, ticket: Ticket);

    /// The response to the call that was sent with `ticket` arrived at `now`.
    ///
    /// Called at most once for a ticket, after [`Turn::Go`]. Does nothing by default.
    fn on_response(&self, of: Of<'_>, ticket: Ticket, now: Moment) {
        let _ = (of, ticket, now);
    }

    /// The call that was sent with `ticket` ended without a response at `now`; the service may have counted it or not.
    /// `now` is `None` when the call was dropped in flight, which happens without a clock: that was before any `now` that
    /// the quota is told of next.
    ///
    /// Called at most once for a ticket, after [`Turn::Go`], and only if there was no response. Does nothing by default.
    fn on_no_response(&self, of: Of<'_>, ticket: Ticket, now: Option<Moment>) {
        let _ = (of, ticket, now);
    }

    /// The service said that there were too many calls.
    fn slow_down(&self, of: Of<'_>, now: Moment);
}

/// What a quota says to a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum Turn {
    /// Go: the call counts as sent now. Its end is reported with the same ticket.
    Go,
    /// Come again after this time; never zero.
    Wait(Duration),
    /// The quota has to ask somebody. Come again when that is answered.
    Ask(Asked),
    /// The quota cannot be asked, so nobody may go. Come again after `wait`.
    Away {
        /// Why not.
        reason: String,
        /// After which time it is worth another try.
        wait: Duration,
    },
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

/// No quota: every call goes at once. For emulators, and for those who count elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuota;

impl Quota for NoQuota {
    fn turn(&self, _: Of<'_>, _: &mut Ticket, _: Moment) -> Turn {
        Turn::Go
    }

    fn leave(&self, _: Of<'_>, _: Ticket) {}

    fn slow_down(&self, _: Of<'_>, _: Moment) {}
}
