//! The rate limit that processes share through Redis: Redis, the connections of the processes to
//! it, and their rate limiters.

mod grants;
mod limiter;
mod link;
mod pace;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::lock::locked;
use crate::plan::Plan;
use crate::redis::{RedisModel, Reply};
use crate::service::START_UNIX;
use crate::sim::Sim;
use crate::violation::Violation;

pub(crate) use grants::{Grant, Grants};
pub(crate) use limiter::SharedLimiter;
use link::Link;
use pace::Pace;

/// The window of the shared limit. docs/calls.md, "Rate limit".
pub(crate) const WINDOW: Duration = Duration::from_millis(1020);

/// The numbers of processes are smaller.
const MAX_PROCESSES: u32 = 100;

/// Redis, and what must hold for what it grants.
#[derive(Debug)]
pub(crate) struct Sharing {
    redis: RedisModel,
    /// How often Redis was started again, which closes all connections.
    restarts: u32,
    /// When Redis lost its data.
    lost: Duration,
    /// What is known about each command, by the key of its calls.
    commands: HashMap<String, Command>,
    /// The number of rate limiters that each process has had.
    limiters: HashMap<u32, u32>,
    /// The connection of each process.
    links: HashMap<u32, Weak<Link>>,
}

#[derive(Debug, Default)]
struct Command {
    pace: Pace,
    grants: Grants,
}

impl Sharing {
    pub(crate) fn new(mut redis: RedisModel) -> Self {
        redis.clear();
        redis.load_script();
        Self {
            redis,
            restarts: 0,
            lost: Duration::ZERO,
            commands: HashMap::new(),
            limiters: HashMap::new(),
            links: HashMap::new(),
        }
    }

    pub(crate) fn into_redis(self) -> RedisModel {
        self.redis
    }

    /// The number of the next rate limiter of a process. That of the first one is the number of the
    /// process.
    fn next_limiter(&mut self, process: u32) -> u32 {
        let before = self.limiters.entry(process).or_default();
        *before += 1;
        process + (*before - 1) * MAX_PROCESSES
    }

    /// A process is killed, and sends nothing more to Redis.
    pub(crate) fn kill(&self, process: u32) {
        if let Some(link) = self.links.get(&process).and_then(Weak::upgrade) {
            link.kill();
        }
    }

    /// Removes the data.
    fn lose_data(&mut self, now: Duration) {
        self.lost = now;
        self.redis.clear();
        self.commands.values_mut().for_each(|command| command.pace = Pace::default());
    }

    /// Runs a command of a process.
    fn call(&mut self, words: &[String], plan: &Plan, now: Duration) -> Result<Call, Violation> {
        let time = clock(plan, now);
        self.redis.set_time(time);
        let key = words.get(3).cloned().unwrap_or_default();
        if words[0] != "EVALSHA" {
            let reply = self.redis.call(words);
            return reply.map(|_| Call::Other).map_err(|error| Violation::new("redis_runs_the_commands", error));
        }
        // A call that is late by more than a window is like a new one.
        let expired = time.saturating_sub(WINDOW.as_micros() as u64);
        let due = self.redis.with_members(&key, |calls| pace::due(calls, &words[5])).filter(|due| *due > expired);
        let reply = self.redis.call(words);
        let delay = match reply {
            Ok(Reply::Integer(delay)) if delay >= 0 => delay as u64,
            Err(error) if error.starts_with("NOSCRIPT") => return Ok(Call::NoScript),
            reply => {
                let text = format!("{reply:?} for {words:?}");
                return Err(Violation::new("the_script_returns_a_delay", text));
            }
        };
        let call = grants::call_id(&words[5]).unwrap_or_default();
        let command = self.commands.entry(key.clone()).or_default();
        let pace = command.pace.on_run(time, plan.service.calls_per_second, words, delay)?;
        if words[8] == "1" {
            let facts = ["HGET".to_owned(), words[4].clone(), "cut_pace".to_owned()];
            command.pace.check_cut(&self.redis.call(&facts))?;
        }
        match due {
            None => self.redis.with_members(&key, |calls| pace::new_calls_are_spread(calls, &words[5], pace))?,
            Some(due) => pace::waiting_calls_keep_their_position(due, time, delay)?,
        }
        // A clock that jumps forwards and back expires calls early.
        if plan.redis.as_ref().is_some_and(|redis| redis.jumps.is_empty()) {
            self.redis.with_members(&key, |calls| command.grants.are_counted(call, calls, time, self.lost))?;
        }
        Ok(Call::Delay(delay, Grant { at: now, redis: time, pace, call }))
    }

    /// A process uses a grant of Redis.
    fn use_grant(&mut self, key: &str, grant: Grant) -> Result<(), Violation> {
        self.commands.entry(key.to_owned()).or_default().grants.add(key, grant)
    }

    /// When Redis granted the last call that was sent.
    fn last_grant(&self) -> Option<Duration> {
        self.commands.values().filter_map(|command| command.grants.last()).max()
    }

    /// Passes the identifiers of the calls that have a slot in the future.
    fn each_waiting(&self, plan: &Plan, now: Duration, mut check: impl FnMut(&str)) {
        let time = clock(plan, now) as f64;
        for key in self.commands.keys() {
            let future = |calls: &[(f64, String)]| calls.partition_point(|(at, _)| *at <= time);
            self.redis.with_members(key, |calls| calls[future(calls)..].iter().for_each(|(_, id)| check(id)));
        }
    }
}

/// What a command returned.
enum Call {
    /// A delay in microseconds; zero means that the call is granted.
    Delay(u64, Grant),
    Other,
    NoScript,
}

/// The clock of Redis, in microseconds since 1970.
fn clock(plan: &Plan, now: Duration) -> u64 {
    let ahead = plan.redis.as_ref().map_or(0, |redis| redis.ahead(now));
    (START_UNIX * 1_000_000).saturating_add(now.as_micros() as u64).saturating_add_signed(ahead)
}

/// What a fault changes, at this time.
type Change = Box<dyn FnOnce(&mut Sharing, Duration) + Send>;

/// Adds the faults of Redis to the events.
pub(crate) fn start(sim: &Arc<Sim>) {
    let Some(redis) = &sim.plan.redis else { return };
    let at = |time, act: Change, text: &'static str| {
        let inside = Arc::clone(sim);
        sim.executor.at(time, move || {
            inside.log(|| format!("Redis {text}"));
            act(&mut locked(&inside.sharing), inside.now());
        });
    };
    for outage in redis.outages.clone() {
        at(outage.from, Box::new(|_, _| {}), "is away");
        let back = move |sharing: &mut Sharing, now| {
            if !outage.is_silent {
                sharing.restarts += 1;
                sharing.redis.restart();
            }
            if !outage.keeps_data {
                sharing.lose_data(now);
            }
        };
        at(outage.to, Box::new(back), if outage.keeps_data { "is back" } else { "is back without its data" });
    }
    for time in redis.flushes.iter().copied() {
        at(time, Box::new(Sharing::lose_data), "loses its data");
    }
    for (time, micros) in redis.jumps.iter().copied() {
        at(time, Box::new(|_, _| {}), if micros > 0 { "jumps forwards" } else { "jumps backwards" });
    }
}
