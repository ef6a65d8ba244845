//! Redis, through which the processes of a plan share the rate limit.

use std::time::Duration;

use fastrand::Rng;

use super::Plan;

const MS: Duration = Duration::from_millis(1);
/// Redis counts as unavailable after this time without a response.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(500);
/// The most that a late request or response takes in addition.
pub(crate) const LATE: Duration = Duration::from_millis(1500);

/// A Redis and its faults.
#[derive(Debug, Clone)]
pub(crate) struct Redis {
    pub(crate) there: Duration,
    pub(crate) back: Duration,
    /// The most that each way takes in addition.
    pub(crate) jitter: Duration,
    /// Whether processes use their local share while Redis is away. Otherwise they wait.
    pub(crate) has_local_share: bool,
    pub(crate) outages: Vec<Outage>,
    /// When all data is removed.
    pub(crate) flushes: Vec<Duration>,
    /// The chance of each fault, in percent of the exchanges.
    pub(crate) faults: Vec<(RedisFault, u8)>,
    /// When the clock of Redis jumps, and by how many microseconds.
    pub(crate) jumps: Vec<(Duration, i64)>,
}

/// A time in which no process reaches Redis.
#[derive(Debug, Clone)]
pub(crate) struct Outage {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// Whether nothing responds. Otherwise Redis has ended, and is started again without its
    /// script.
    pub(crate) is_silent: bool,
    pub(crate) keeps_data: bool,
}

/// What can happen to one exchange of a process with Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedisFault {
    /// The connection breaks before Redis has the commands.
    LostBefore,
    /// Redis runs the commands, and the connection breaks.
    LostAfter,
    /// Nothing arrives, and nobody reports it.
    Silent,
    RequestLate,
    ResponseLate,
}

impl RedisFault {
    const ALL: [Self; 5] = [Self::LostBefore, Self::LostAfter, Self::Silent, Self::RequestLate, Self::ResponseLate];
}

impl Redis {
    /// The outage at this time.
    pub(crate) fn outage(&self, now: Duration) -> Option<&Outage> {
        self.outages.iter().find(|outage| (outage.from..outage.to).contains(&now))
    }

    pub(crate) fn has(&self, fault: RedisFault) -> bool {
        self.faults.iter().any(|(other, _)| *other == fault)
    }

    /// Whether nothing happens to Redis and its exchanges.
    pub(crate) fn is_quiet(&self) -> bool {
        self.outages.is_empty() && self.flushes.is_empty() && self.faults.is_empty() && self.jumps.is_empty()
    }

    /// How many microseconds the clock is ahead at this time.
    pub(crate) fn ahead(&self, now: Duration) -> i64 {
        self.jumps.iter().filter(|(at, _)| *at <= now).map(|(_, jump)| *jump).sum()
    }

    /// By how much the time of a response varies.
    pub(crate) fn variation(&self) -> Duration {
        if self.has(RedisFault::ResponseLate) { self.jitter + TIMEOUT } else { self.jitter }
    }

    /// The longest round trip without faults.
    pub(crate) fn round_trip(&self) -> Duration {
        self.there + self.back + self.jitter * 2
    }

    /// All changes that make it smaller by one step.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let with = |change: &dyn Fn(&mut Self)| {
            let mut smaller = self.clone();
            change(&mut smaller);
            smaller
        };
        let mut all = Vec::new();
        if !self.jitter.is_zero() {
            all.push(with(&|redis| redis.jitter = Duration::ZERO));
        }
        all.extend((0..self.jumps.len()).map(|at| with(&|redis| drop(redis.jumps.drain(at..=at)))));
        all.extend((0..self.faults.len()).map(|at| with(&|redis| drop(redis.faults.drain(at..=at)))));
        all.extend((0..self.flushes.len()).map(|at| with(&|redis| drop(redis.flushes.drain(at..=at)))));
        all.extend((0..self.outages.len()).map(|at| with(&|redis| drop(redis.outages.drain(at..=at)))));
        all
    }
}

/// Adds a Redis to some plans. Its numbers are drawn apart from the others of the plan.
pub(super) fn add(plan: &mut Plan) {
    let mut random = Rng::with_seed(!plan.seed);
    random.u64(..);
    if random.u8(..3) > 0 {
        return;
    }
    let random = &mut random;
    let redis = network(plan.is_quiet, random);
    if plan.is_quiet {
        // The limiter counts calls when they are sent, so a long handshake moves calls into the
        // window of later ones.
        plan.network.handshake = plan.network.handshake.min(10 * MS);
    }
    if !plan.is_quiet && random.bool() {
        // A low limit, so that many calls wait at the same time.
        let share = random.u32(1..=2);
        plan.processes.iter_mut().for_each(|process| process.share = share);
        plan.service.calls_per_second = plan.processes.iter().map(|process| process.share).sum();
    }
    plan.redis = Some(if plan.is_quiet || random.u8(..4) == 0 { redis } else { with_faults(redis, random) });
}

fn network(is_quiet: bool, random: &mut Rng) -> Redis {
    let way = |random: &mut Rng| match random.u8(..4) {
        0 => random.u32(1..20) * MS,
        _ => Duration::from_micros(random.u64(50..1000)),
    };
    let jitter = match random.u8(..4) {
        0 if !is_quiet => random.u32(1..30) * MS,
        0 | 1 => Duration::ZERO,
        _ => Duration::from_micros(random.u64(1..2000)),
    };
    Redis {
        there: way(random),
        back: way(random),
        jitter,
        has_local_share: random.bool(),
        outages: Vec::new(),
        flushes: Vec::new(),
        faults: Vec::new(),
        jumps: Vec::new(),
    }
}

fn with_faults(redis: Redis, random: &mut Rng) -> Redis {
    let some = |one_in, random: &mut Rng| if random.u8(..one_in) == 0 { random.u8(1..=3) } else { 0 };
    let outage = |random: &mut Rng| {
        let from = random.u32(..8000) * MS;
        let to = from + random.u32(1..6000) * MS;
        Outage { from, to, is_silent: random.u8(..3) == 0, keeps_data: random.bool() }
    };
    let jump = |random: &mut Rng| {
        let micros = match random.u8(..4) {
            0 => random.i64(-50_000..50_000),
            1 => random.i64(-60_000_000..60_000_000),
            _ => random.i64(-5_000_000..5_000_000),
        };
        (random.u32(..10_000) * MS, micros)
    };
    let percent = |fault, random: &mut Rng| {
        let (is_on, percent) = (random.u8(..5) == 0, random.u8(1..35));
        is_on.then_some((fault, percent))
    };
    Redis {
        outages: (0..some(2, random)).map(|_| outage(random)).collect(),
        flushes: (0..some(5, random)).map(|_| random.u32(..10_000) * MS).collect(),
        faults: RedisFault::ALL.into_iter().filter_map(|fault| percent(fault, random)).collect(),
        jumps: (0..some(5, random)).map(|_| jump(random)).collect(),
        ..redis
    }
}
