//! The connection of a process to Redis, in place of the thread of its rate limiter.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use tim_follow::{DirectCommand, DirectMessage, DirectRedis, DirectRound};

use super::{Call, Grant};
use crate::invariants;
use crate::lock::locked;
use crate::plan::{LATE, Redis, RedisFault, TIMEOUT};
use crate::sim::Sim;

type Delays = Result<Vec<(Duration, Option<Grant>)>, &'static str>;

pub(super) struct Link {
    sim: Arc<Sim>,
    /// Distinguishes the rate limiters. A process that starts again has another one.
    process: u32,
    state: Mutex<State>,
}

/// The end of the link that the rate limiter has.
#[derive(Debug)]
pub(super) struct Sender(pub(super) Arc<Link>);

#[derive(Default)]
struct State {
    /// Whether the process was killed. Only what is on its way to Redis still arrives.
    is_dead: bool,
    queue: VecDeque<DirectMessage>,
    /// The messages on their way to Redis, and how many they are.
    round: Option<(DirectRound, u64)>,
    /// The number of the last exchange.
    exchange: u64,
    /// The restarts of Redis when the connection was made.
    connection: Option<u32>,
    events: BTreeSet<Duration>,
    /// The number of the last exchange of a round trip that succeeded, and of one that failed.
    last_ends: (u64, u64),
    sent: u64,
    ended: u64,
    last_sent: Duration,
    /// Until when the calls have to wait that Redis gave a time.
    until: HashMap<u64, Duration>,
    /// The grants that came in and were not used, by the number of the call.
    grants: HashMap<u64, Grant>,
    /// The calls that asked Redis, and were not sent or cancelled.
    waiting: HashSet<u64>,
    /// The keys of the commands whose throttling Redis does not know.
    throttled: HashSet<String>,
    /// The calls whose messages have to report throttling.
    reporting: HashSet<u64>,
}

impl Link {
    pub(super) fn new(sim: &Arc<Sim>, process: u32) -> Arc<Self> {
        Arc::new(Self { sim: Arc::clone(sim), process, state: Mutex::default() })
    }

    /// The process is killed.
    pub(super) fn kill(&self) {
        let mut state = locked(&self.state);
        state.is_dead = true;
        state.queue.clear();
    }

    pub(super) fn is_dead(&self) -> bool {
        locked(&self.state).is_dead
    }

    /// The number of messages so far.
    pub(super) fn sent(&self) -> u64 {
        locked(&self.state).sent
    }

    /// When the last message was sent.
    pub(super) fn last_sent(&self) -> Duration {
        locked(&self.state).last_sent
    }

    /// Whether the first `count` messages have ended.
    pub(super) fn have_ended(&self, count: u64) -> bool {
        locked(&self.state).ended >= count
    }

    /// The time until something happens here.
    pub(super) fn until_next_event(&self) -> Duration {
        let now = self.sim.now();
        let next = locked(&self.state).events.range(now..).next().copied();
        next.unwrap_or_default().saturating_sub(now).max(Duration::from_micros(1))
    }

    /// If the last round trip failed, so that Redis counts as unavailable: the exchange that
    /// succeeded before.
    pub(super) fn unavailable_since(&self) -> Option<u64> {
        let (succeeded, failed) = locked(&self.state).last_ends;
        (failed > succeeded).then_some(succeeded)
    }

    /// The service throttled a call of the command with this key.
    pub(super) fn is_throttled(&self, key: String) {
        locked(&self.state).throttled.insert(key);
    }

    /// A call has asked Redis. The key is that of its command.
    pub(super) fn asks(&self, number: u64, key: &str) {
        let mut state = locked(&self.state);
        let until = state.until.remove(&number).unwrap_or_default();
        self.sim.check(invariants::calls_wait_before_they_ask_again(until, self.sim.now()));
        state.waiting.insert(number);
        if state.throttled.remove(key) {
            state.reporting.insert(number);
        }
    }

    /// A call is sent or cancelled. Returns whether it had asked Redis, and its grant.
    pub(super) fn leaves(&self, number: u64) -> (bool, Option<Grant>) {
        let mut state = locked(&self.state);
        state.until.remove(&number);
        (state.waiting.remove(&number), state.grants.remove(&number))
    }

    /// A call does not use the grant that came in.
    pub(super) fn forgets_grant(&self, number: u64) {
        locked(&self.state).grants.remove(&number);
    }

    fn redis(&self) -> &Redis {
        let redis = self.sim.plan.redis.as_ref();
        redis.unwrap_or_else(|| unreachable!("a link is made only for a plan with Redis"))
    }

    /// Runs `act` after this time, unless another exchange has begun by then.
    fn after(self: &Arc<Self>, time: Duration, act: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let (link, at) = (Arc::clone(self), self.sim.now() + time);
        locked(&self.state).events.insert(at);
        self.sim.executor.at(at, move || {
            {
                let mut state = locked(&link.state);
                state.events = state.events.split_off(&(at + Duration::from_nanos(1)));
            }
            act(&link);
        });
    }

    /// Takes the messages of a round trip.
    fn begin(self: &Arc<Self>) {
        {
            let mut state = locked(&self.state);
            if state.round.is_some() || state.is_dead {
                return;
            }
            let before = state.queue.len();
            let Some(round) = DirectRound::take(&mut state.queue) else { return };
            state.round = Some((round, (before - state.queue.len()) as u64));
        }
        self.connect();
    }

    /// Begins an exchange. Connects first, if necessary.
    fn connect(self: &Arc<Self>) {
        let (redis, is_connected, exchange) = {
            let mut state = locked(&self.state);
            state.exchange += 1;
            (self.redis(), state.connection.is_some(), state.exchange)
        };
        let mut fate = Fate::draw(self, exchange);
        if is_connected {
            return self.send(exchange, fate);
        }
        match redis.outage(self.sim.now()) {
            Some(outage) if outage.is_silent => self.end_after(TIMEOUT, exchange, Err("no connection in 500 ms")),
            Some(_) => self.end_after(redis.there + redis.back, exchange, Err("nothing listens")),
            // One round trip opens the connection, and one loads the script.
            None => {
                let time = redis.round_trip() + redis.there + redis.back + fate.time(redis.jitter);
                self.after(time, move |link| link.connected(exchange, fate));
            }
        }
    }

    fn connected(self: &Arc<Self>, exchange: u64, fate: Fate) {
        if self.redis().outage(self.sim.now()).is_some() {
            return self.end(exchange, Err("the connection closed"));
        }
        {
            let mut sharing = locked(&self.sim.sharing);
            sharing.redis.load_script();
            locked(&self.state).connection = Some(sharing.restarts);
        }
        self.send(exchange, fate);
    }

    /// Sends the commands on the connection.
    fn send(self: &Arc<Self>, exchange: u64, mut fate: Fate) {
        let redis = self.redis();
        let (commands, connection) = {
            let state = locked(&self.state);
            let Some(((round, _), connection)) = state.round.as_ref().zip(state.connection) else { return };
            (round.commands(), connection)
        };
        self.check_commands(&commands);
        self.sim.log(|| {
            let words = |command: &DirectCommand| command.words.get(5).unwrap_or(&command.words[0]).clone();
            let names: Vec<String> = commands.iter().map(words).collect();
            format!("    process {} to Redis, exchange {exchange}: {}{}", self.process, names.join(" "), fate.names())
        });
        if fate.has(RedisFault::LostBefore) {
            return self.end_after(fate.time(redis.there), exchange, Err("the connection broke"));
        }
        self.end_after(TIMEOUT, exchange, Err("no response in 500 ms"));
        if !fate.has(RedisFault::Silent) {
            let late = if fate.has(RedisFault::RequestLate) { fate.time(LATE) } else { Duration::ZERO };
            let there = redis.there + fate.time(redis.jitter) + late;
            self.after(there, move |link| link.arrive(exchange, connection, &commands, fate));
        }
    }

    /// The commands arrive at Redis.
    fn arrive(self: &Arc<Self>, exchange: u64, connection: u32, commands: &[DirectCommand], mut fate: Fate) {
        let (redis, now) = (self.redis(), self.sim.now());
        match redis.outage(now) {
            Some(outage) if outage.is_silent => return,
            Some(_) => return self.end_after(redis.back, exchange, Err("the connection closed")),
            None => {}
        }
        if locked(&self.sim.sharing).restarts != connection {
            return self.end_after(redis.back, exchange, Err("the connection closed"));
        }
        let result = self.run(commands, now);
        if fate.has(RedisFault::LostAfter) {
            return self.end_after(fate.time(redis.back), exchange, Err("the connection broke"));
        }
        let late = if fate.has(RedisFault::ResponseLate) { fate.time(LATE) } else { Duration::ZERO };
        self.end_after(redis.back + fate.time(redis.jitter) + late, exchange, result);
    }

    /// Runs commands on Redis.
    fn run(&self, commands: &[DirectCommand], now: Duration) -> Delays {
        let mut delays = Vec::new();
        let mut sharing = locked(&self.sim.sharing);
        for command in commands {
            match sharing.call(&command.words, &self.sim.plan, now) {
                Ok(Call::Delay(delay, grant)) => {
                    self.sim.log(|| format!("    Redis gives {} {delay} us", command.words[5]));
                    delays.push((Duration::from_micros(delay), (delay == 0).then_some(grant)));
                }
                Ok(Call::Other) => {}
                Ok(Call::NoScript) => return Err("NOSCRIPT"),
                Err(violation) => {
                    self.sim.check(Err(violation));
                    return Err("an error of the script");
                }
            }
        }
        Ok(delays)
    }

    fn end_after(self: &Arc<Self>, time: Duration, exchange: u64, result: Delays) {
        self.after(time, move |link| link.end(exchange, result));
    }

    /// The process has the result of an exchange.
    fn end(self: &Arc<Self>, exchange: u64, result: Delays) {
        let mut state = locked(&self.state);
        if state.exchange != exchange || state.is_dead {
            return;
        }
        let Some((mut round, count)) = state.round.take() else { return };
        if result.is_err() && round.repeats(state.connection.take().is_some()) {
            state.round = Some((round, count));
            drop(state);
            return self.connect();
        }
        self.sim.log(|| format!("    process {}: exchange {exchange} ends: {:?}", self.process, result.as_ref().err()));
        let (succeeded, failed) = state.last_ends;
        state.last_ends = if result.is_ok() { (exchange, failed) } else { (succeeded, exchange) };
        let asked = round.commands().into_iter().filter(|command| command.has_delay);
        for (position, command) in asked.enumerate() {
            let number = number(&command.words[5]);
            let reported = state.reporting.remove(&number);
            match &result {
                Ok(delays) if state.waiting.contains(&number) => {
                    let Some((delay, grant)) = delays.get(position) else { continue };
                    state.until.insert(number, self.sim.now().saturating_add(*delay));
                    state.grants.extend(grant.map(|grant| (number, grant)));
                }
                Ok(_) => {}
                Err(_) if reported => {
                    state.throttled.insert(command.words[3].clone());
                }
                Err(_) => {}
            }
        }
        state.ended += count;
        drop(state);
        let delays = result.map(|delays| delays.into_iter().map(|(delay, _)| delay.as_micros() as u64).collect());
        round.end(delays.map_err(str::to_owned));
        self.check_slots();
        self.begin();
    }

    /// The message of the first call after throttling reports it.
    fn check_commands(&self, commands: &[DirectCommand]) {
        let state = locked(&self.state);
        for command in commands.iter().filter(|command| command.has_delay) {
            let (reports, expected) = (command.words[8] == "1", state.reporting.contains(&number(&command.words[5])));
            self.sim.check(invariants::throttling_is_reported(&command.words[5], expected, reports));
        }
    }

    /// Without faults of Redis, the slots in the future are those of calls that wait.
    fn check_slots(&self) {
        let state = locked(&self.state);
        let plan = &self.sim.plan;
        if !state.queue.is_empty() || !self.redis().is_quiet() {
            return;
        }
        let start = format!("{:016x}-", self.process);
        locked(&self.sim.sharing).each_waiting(plan, self.sim.now(), |id| {
            if id.starts_with(&start) {
                self.sim.check(invariants::only_waiting_calls_have_slots(id, state.waiting.contains(&number(id))));
            }
        });
    }
}

impl DirectRedis for Sender {
    fn send(&self, message: DirectMessage) {
        let Self(link) = self;
        {
            let mut state = locked(&link.state);
            if state.is_dead {
                return;
            }
            state.queue.push_back(message);
            state.sent += 1;
            state.last_sent = link.sim.now();
        }
        link.after(Duration::ZERO, Link::begin);
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("process", &self.process).finish_non_exhaustive()
    }
}

/// The number of the call in its identifier.
fn number(id: &str) -> u64 {
    id.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// What happens to one exchange. It depends only on the seed, the process and the number of the
/// exchange.
struct Fate {
    faults: Vec<RedisFault>,
    random: Rng,
}

impl Fate {
    fn draw(link: &Link, exchange: u64) -> Self {
        let seed = Rng::with_seed(link.sim.plan.seed ^ (u64::from(link.process) << 48) ^ (exchange << 20)).u64(..);
        let happens = |(fault, percent): &(RedisFault, u8)| {
            let dice = Rng::with_seed(seed ^ ((*fault as u64) << 32)).u8(..100);
            (dice < *percent).then_some(*fault)
        };
        let mut random = Rng::with_seed(seed);
        random.u64(..);
        Self { faults: link.redis().faults.iter().filter_map(happens).collect(), random }
    }

    fn has(&self, fault: RedisFault) -> bool {
        self.faults.contains(&fault)
    }

    /// A random time up to `most`.
    fn time(&mut self, most: Duration) -> Duration {
        Duration::from_nanos(self.random.u64(..=most.as_nanos() as u64))
    }

    /// The faults, for the trace.
    fn names(&self) -> String {
        if self.faults.is_empty() { String::new() } else { format!(" {:?}", self.faults) }
    }
}
