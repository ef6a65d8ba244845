//! A quota that a fleet of processes shares through Redis.

mod line;
mod link;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use std::{fmt, io};

use tim_transport::Moment;
use tim_types::SdkAppId;

use super::pace::WINDOW;
use super::{Answered, Asked, LocalQuota, Of, Quota, Ticket, Turn};
use crate::time::after;
use line::{Line, RETRY, State};
use link::{Lane, Link, Message};

/// One quota for all processes that name the same Redis: together they stay within the calls a second of each command.
///
/// An atomic script on Redis, going by the clock of Redis, gives each call its turn, first come, first served. No 1.009 s
/// hold more calls than the quota. When the service still complains, all processes give way.
///
/// A thread of its own talks to Redis, for asynchronous and blocking clients alike. It connects when the first call asks,
/// connects again when Redis was away, and takes Redis for away when it says nothing for half a second. What happens then
/// says [`WhenAway`]. Whenever those who count change, between Redis, a Redis without its data, and the local share, a
/// window passes before the next call goes, so that none holds more than the quota.
///
/// The keys are `tim:quota:{app:command}:calls` and `:facts`; they go a day after the last call. Redis 5 or newer, or
/// Valkey. A failover to a replica that lags forgets what it had not seen yet. Set the clocks of a Redis and its replicas
/// by a service that slews them: a jump of the clock shortens or lengthens one window.
///
/// ```
/// use std::sync::Arc;
/// use tim_follow::{Config, RedisQuota, Region, SdkAppId, SecretKey, WhenAway};
///
/// // Four processes: while Redis is away, each may do a quarter.
/// let quota = RedisQuota::new("redis://127.0.0.1/0")?.when_away(WhenAway::LocalShare(50));
/// let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
///     .region(Region::Singapore)
///     .quota(Arc::new(quota));
/// # let _ = config;
/// # Ok::<(), tim_follow::RedisUrlError>(())
/// ```
pub struct RedisQuota {
    link: Link,
    line: Arc<Line>,
    limits: HashMap<String, u32>,
    prefix: String,
    when_away: WhenAway,
    local: LocalQuota,
}

/// What calls do while Redis cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenAway {
    /// None goes out. They wait for Redis until their deadline and then fail with
    /// [`ErrorKind::QuotaAway`](crate::ErrorKind::QuotaAway).
    #[default]
    FailClosed,
    /// This process makes so many calls a second of each command. With the quota divided by the number of processes, all
    /// of them together stay within it when none reaches Redis. Those that still reach it know nothing of the others.
    LocalShare(u32),
}

/// The address of Redis cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisUrlError {
    /// It is no address of a Redis. It is not repeated here, since it may hold a password.
    #[error(
        "this is no address of Redis: write redis://[user:password@]host[:port][/database], or unix:///path; TLS is not built in"
    )]
    Malformed,
    /// The thread that talks to Redis could not be started.
    #[error("cannot start the thread of the quota: {0}")]
    Thread(io::Error),
}

impl RedisQuota {
    /// The quota at this address, `redis://[user:password@]host[:port][/database]` or `unix:///path`. It does not connect
    /// yet.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisUrlError> {
        let client = redis::Client::open(url).map_err(|_| RedisUrlError::Malformed)?;
        let line = Arc::new(Line::new());
        let link = Link::new(client, line.clone()).map_err(RedisUrlError::Thread)?;
        Ok(Self {
            link,
            line,
            limits: HashMap::new(),
            prefix: "tim:quota".to_owned(),
            when_away: WhenAway::default(),
            local: LocalQuota::new(),
        })
    }

    /// Another quota for one command, in calls a second; at least 1. All processes should name the same.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// What the keys in Redis start with; `tim:quota` by default.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// What calls do while Redis is away; by default they wait for it.
    #[must_use]
    pub fn when_away(self, when_away: WhenAway) -> Self {
        Self { when_away, ..self }
    }

    /// The keys stand in braces, so that a cluster keeps them on one machine.
    fn lane(&self, of: Of<'_>) -> Lane {
        let lane = format!("{}:{{{}:{}}}", self.prefix, of.sdkappid, of.command);
        Lane { calls: format!("{lane}:calls"), facts: format!("{lane}:facts") }
    }

    fn ask(&self, of: Of<'_>, place: u64, state: &mut State) -> Turn {
        let (answered, asked): (Answered, Asked) = Asked::new();
        let limit = self.limits.get(of.command).copied().unwrap_or(of.calls_per_second).max(1);
        let complaint = state.complaints.remove(&throttled(of));
        self.link.send(Message::Ask { place, lane: self.lane(of), limit, complaint, answered });
        Turn::Ask(asked)
    }

    /// The turn of a call by the local share.
    fn locally(&self, of: Of<'_>, place: u64, state: &mut State, now: Moment) -> Turn {
        let turn = self.local.turn(of, &mut state.waiting(place).local, now);
        if matches!(turn, Turn::Go) {
            if let Some(waiting) = state.leave(place) {
                state.local_in_flight.insert(place, waiting.local);
            }
            state.last_local = Some(now.instant);
        }
        turn
    }

    fn leave_local(&self, of: Of<'_>, ticket: Ticket) {
        if let WhenAway::LocalShare(share) = self.when_away {
            self.local.leave(share_of(of, share), ticket);
        }
    }

    /// Tells the local share of the end of a call that it let go.
    fn end_local(&self, of: Of<'_>, ticket: &Ticket, tell: impl FnOnce(&LocalQuota, Of<'_>, Ticket)) {
        let WhenAway::LocalShare(share) = self.when_away else { return };
        if let Some(local) = ticket.0.and_then(|place| self.line.lock().local_in_flight.remove(&place)) {
            tell(&self.local, share_of(of, share), local);
        }
    }
}

/// `None` when that is over.
fn wait_for(until: Instant, now: Moment) -> Option<Turn> {
    let left = until.saturating_duration_since(now.instant);
    (!left.is_zero()).then_some(Turn::Wait(left))
}

/// The service counts by app and command.
fn throttled(of: Of<'_>) -> (SdkAppId, String) {
    (of.sdkappid, of.command.to_owned())
}

fn share_of(of: Of<'_>, share: u32) -> Of<'_> {
    Of::new(of.sdkappid, of.command, share)
}

impl Quota for RedisQuota {
    fn turn(&self, of: Of<'_>, ticket: &mut Ticket, now: Moment) -> Turn {
        let mut state = self.line.lock();
        let place = *ticket.0.get_or_insert_with(|| state.enter());
        let waiting = state.waiting(place);
        if let Some(wait) = waiting.told.take() {
            if wait.is_zero() {
                state.leave(place);
                return Turn::Go;
            }
            waiting.until = Some(after(now.instant, wait));
        }
        if let Some(wait) = waiting.until.and_then(|until| wait_for(until, now)) {
            return wait;
        }
        if let Some((away, since, try_again)) = state.away(now.instant) {
            if try_again {
                self.link.send(Message::Probe);
            }
            return match self.when_away {
                WhenAway::FailClosed => Turn::Away { reason: away.reason.clone(), wait: RETRY },
                WhenAway::LocalShare(share) => wait_for(after(since, WINDOW), now)
                    .unwrap_or_else(|| self.locally(share_of(of, share), place, &mut state, now)),
            };
        }
        if let Some(wait) = state.last_local.and_then(|at| wait_for(after(at, WINDOW), now)) {
            return wait;
        }
        self.leave_local(of, std::mem::take(&mut state.waiting(place).local));
        self.ask(of, place, &mut state)
    }

    fn leave(&self, of: Of<'_>, ticket: Ticket) {
        let Some(place) = ticket.0 else { return };
        let waiting = self.line.lock().leave(place);
        if let Some(waiting) = waiting {
            self.leave_local(of, waiting.local);
            self.link.send(Message::Leave { place, lane: self.lane(of) });
        } else {
            // The local share let it go, but it was not sent.
            self.end_local(of, &ticket, LocalQuota::leave);
        }
    }

    /// The script on Redis spreads calls instead and counts them when they are sent.
    fn on_response(&self, of: Of<'_>, ticket: Ticket, now: Moment) {
        self.end_local(of, &ticket, |local, of, ticket| local.on_response(of, ticket, now));
    }

    fn on_no_response(&self, of: Of<'_>, ticket: Ticket, now: Option<Moment>) {
        self.end_local(of, &ticket, |local, of, ticket| local.on_no_response(of, ticket, now));
    }

    fn slow_down(&self, of: Of<'_>, now: Moment) {
        self.line.lock().complaints.insert(throttled(of));
        if let WhenAway::LocalShare(share) = self.when_away {
            self.local.slow_down(share_of(of, share), now);
        }
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for RedisQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, prefix, when_away, .. } = self;
        f.debug_struct("RedisQuota")
            .field("limits", limits)
            .field("prefix", prefix)
            .field("when_away", when_away)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_shown() {
        for url in ["redis://:hunter2@localhost:x", "rediss://:hunter2@localhost", "hunter2"] {
            let error = RedisQuota::new(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        let quota = RedisQuota::new("redis://:hunter2@localhost").unwrap();
        assert!(!format!("{quota:?}").contains("hunter2"), "{quota:?}");
    }

    /// A quota on a port at which nothing listens.
    fn nowhere() -> RedisQuota {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        RedisQuota::new(&format!("redis://127.0.0.1:{port}")).unwrap()
    }

    fn add_of(app: u32) -> Of<'static> {
        Of::new(SdkAppId(app), "follow_add", 200)
    }

    #[test]
    fn throttling_of_one_app_is_not_reported_for_another() {
        let (quota, now) = (nowhere(), Moment::system());
        quota.slow_down(add_of(1), now);
        let _ = quota.turn(add_of(2), &mut Ticket::default(), now);
        assert_eq!(quota.line.lock().complaints.len(), 1, "not yet reported");
        let _ = quota.turn(add_of(1), &mut Ticket::default(), now);
        assert_eq!(quota.line.lock().complaints.len(), 0);
    }

    #[test]
    fn a_call_of_the_local_share_that_is_not_sent_leaves_nothing_behind() {
        let (quota, mut ticket, now) =
            (nowhere().when_away(WhenAway::LocalShare(1)), Ticket::default(), Moment::system());
        let Turn::Ask(asked) = quota.turn(add_of(1), &mut ticket, now) else { panic!("Redis was not asked") };
        asked.wait(std::time::Duration::from_secs(10));
        assert!(matches!(quota.turn(add_of(1), &mut ticket, now), Turn::Wait(WINDOW)));
        let later = Moment::at(now.instant + WINDOW);
        assert!(matches!(quota.turn(add_of(1), &mut ticket, later), Turn::Go));
        assert_eq!(quota.line.lock().local_in_flight.len(), 1);
        quota.leave(add_of(1), ticket);
        assert_eq!(quota.line.lock().local_in_flight.len(), 0);
        let after = Moment::at(later.instant + WINDOW * 2);
        let freed = quota.local.turn(add_of(1), &mut Ticket::default(), after);
        assert!(matches!(freed, Turn::Wait(WINDOW)), "{freed:?}");
    }

    #[test]
    fn a_server_that_never_responds_is_reported_as_such() {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let quota = RedisQuota::new(&format!("redis://{}", mute.local_addr().unwrap())).unwrap();
        let (of, mut ticket, now) = (Of::new(SdkAppId(1), "follow_add", 200), Ticket::default(), Moment::system());
        let Turn::Ask(asked) = quota.turn(of, &mut ticket, now) else { panic!("Redis was not asked") };
        asked.wait(std::time::Duration::from_secs(10));
        let Turn::Away { reason, .. } = quota.turn(of, &mut ticket, now) else { panic!("Redis is not away") };
        assert_eq!(reason, "no response from Redis within 500 ms");
    }
}
