//! What a run does: the service, the network, its faults, the processes and their tasks. `Debug`
//! prints all of it.

mod bulk;
mod random;
mod redis;

use std::time::Duration;

use tim_emulator::Window;

pub(crate) use bulk::{BUFFER, Bulk, FIRST_WITHOUT_FAULTS, LEAST_PAUSE, RUNS, RunEnd, When};
pub(crate) use redis::{LATE, Redis, RedisFault, TIMEOUT};

/// Everything that happens in one run. Equal plans give equal runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    pub(crate) seed: u64,
    pub(crate) service: Service,
    pub(crate) network: Network,
    /// The chance of each fault, in percent of the requests.
    pub(crate) faults: Vec<(Fault, u8)>,
    pub(crate) host_faults: Vec<HostFault>,
    pub(crate) processes: Vec<Process>,
    /// Redis, if the processes share the rate limit. Otherwise each has its part of it.
    pub(crate) redis: Option<Redis>,
    /// Whether the throughput is measured. There are no faults then, and one command is called.
    pub(crate) is_quiet: bool,
}

/// The limits and the behaviour of the service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) calls_per_second: u32,
    pub(crate) window: Window,
    pub(crate) quirks: Vec<&'static str>,
    /// The number of users that a user can follow.
    pub(crate) max_following: Option<u64>,
}

/// How long requests and responses take.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) there: Duration,
    pub(crate) back: Duration,
    /// The most that each way takes in addition.
    pub(crate) jitter: Duration,
    /// How long it takes to open a connection.
    pub(crate) handshake: Duration,
}

/// What can happen to one request or its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NobodyListens,
    DnsFails,
    HandshakeSlow,
    /// The connection breaks before the service has the request.
    LostBefore,
    /// The service processes the request, and the connection breaks.
    LostAfter,
    /// Nothing arrives, and nobody reports it.
    Silent,
    RequestLate,
    ResponseLate,
    Duplicated,
    Truncated,
    Malformed,
    TooLong,
    Status,
    TransientCode,
    RateLimitCode,
    PermanentCode,
    SignatureCode,
    FatalCode,
    /// The service rejects some items.
    ItemCodes,
    /// The response lacks some items.
    ItemsMissing,
    /// The response has two different items for a target.
    ItemsContradict,
    ItemUnreadable,
    /// The response has the same item twice.
    ItemRepeated,
    /// A text in the response contains the URL of the request.
    Echo,
}

impl Fault {
    pub(crate) const ALL: [Self; 24] = [
        Self::NobodyListens,
        Self::DnsFails,
        Self::HandshakeSlow,
        Self::LostBefore,
        Self::LostAfter,
        Self::Silent,
        Self::RequestLate,
        Self::ResponseLate,
        Self::Duplicated,
        Self::Truncated,
        Self::Malformed,
        Self::TooLong,
        Self::Status,
        Self::TransientCode,
        Self::RateLimitCode,
        Self::PermanentCode,
        Self::SignatureCode,
        Self::FatalCode,
        Self::ItemCodes,
        Self::ItemsMissing,
        Self::ItemsContradict,
        Self::ItemUnreadable,
        Self::ItemRepeated,
        Self::Echo,
    ];
}

/// A time in which a host cannot be reached.
#[derive(Debug, Clone)]
pub(crate) struct HostFault {
    /// 0 is the primary host, 1 the backup.
    pub(crate) host: usize,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    pub(crate) kind: HostFaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostFaultKind {
    NobodyListens,
    NameFails,
    BadCertificate,
    /// Connecting never ends.
    Hangs,
}

/// A program with a client of its own.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) id: u32,
    /// Whether it has a blocking client. Its tasks then run one after the other.
    pub(crate) is_blocking: bool,
    /// Its part of the rate limit, in calls per second of each command.
    pub(crate) share: u32,
    pub(crate) max_attempts: u32,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) initial_backoff: Duration,
    pub(crate) retry_budget: Option<u32>,
    pub(crate) validity: Duration,
    pub(crate) has_backup: bool,
    /// Whether the transport keeps the time limit of a request, as it should.
    pub(crate) keeps_time_limit: bool,
    /// The times at which the wall clock is set, each with the difference from the right time in
    /// seconds.
    pub(crate) clock: Vec<(Duration, i64)>,
    pub(crate) tasks: Vec<Task>,
}

impl Process {
    /// The most calls that are in flight or wait for a slot at the same time.
    pub(crate) fn parallel_calls(&self) -> usize {
        let calls = |task: &Task| match &task.work {
            Work::Batch(batch) => batch.in_flight,
            Work::Bulk(bulk) => bulk.in_flight,
            Work::Sync(_) => 32,
            Work::Calls(_) | Work::Pages(_) => 1,
        };
        self.tasks.iter().map(calls).sum()
    }

    /// Whether each of these calls gets its slot before its deadline, however long others keep
    /// theirs.
    pub(crate) fn calls_have_time(&self) -> bool {
        let rounds = self.parallel_calls().div_ceil(self.share.max(1) as usize).saturating_add(1);
        let hold = self.attempt_timeout.saturating_add(Duration::from_secs(2));
        self.deadline >= hold.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
    }
}

/// What a process does, independently of its other tasks.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: u32,
    pub(crate) start: Duration,
    /// When the task is dropped. Only tasks of asynchronous clients are.
    pub(crate) abandoned_after: Option<Duration>,
    pub(crate) work: Work,
}

#[derive(Debug, Clone)]
pub(crate) enum Work {
    Calls(Vec<Call>),
    Batch(Batch),
    Pages(Pages),
    Sync(Sync),
    Bulk(Bulk),
}

/// One call. Users are numbers; see [`user`].
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Add(u32, Vec<u32>),
    Check(u32, Vec<u32>),
    Block(u32, Vec<u32>),
    Kick(u32),
    /// A check by the name of the command.
    Named(u32, Vec<u32>),
}

#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) kind: BatchKind,
    /// The user in `From_Account` and the target. For nicks, only the first user is used.
    pub(crate) pairs: Vec<(u32, u32)>,
    pub(crate) in_flight: usize,
    /// The number of outcomes after which the batch is stopped.
    pub(crate) stop_after: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchKind {
    Add,
    Delete,
    Check,
    Import,
    Nicks,
}

/// Reads the followers of a user that no other task changes.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub(crate) owner: u32,
    pub(crate) followers: u32,
    pub(crate) page_size: u32,
    pub(crate) prefetch: bool,
    pub(crate) resumes: u32,
}

/// Makes a user that no other task changes follow exactly these users.
#[derive(Debug, Clone)]
pub(crate) struct Sync {
    pub(crate) owner: u32,
    pub(crate) before: Vec<u32>,
    pub(crate) wanted: Vec<u32>,
    pub(crate) max_delete_share: f64,
}

/// The number of users with an account that several tasks use.
pub(crate) const SHARED_USERS: u32 = 40;
/// The users from this number have no account.
pub(crate) const FIRST_UNKNOWN: u32 = 900;
/// The users from this number have an account and belong to one task.
pub(crate) const FIRST_OWNED: u32 = 1000;

/// The user id. 0 is the empty id, which is invalid.
pub(crate) fn user(number: u32) -> String {
    if number == 0 { String::new() } else { format!("user-{number}") }
}

impl Plan {
    /// The plan of a seed.
    pub fn random(seed: u64) -> Self {
        let mut plan = random::plan(seed);
        redis::add(&mut plan);
        plan
    }

    /// All tasks.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.processes.iter().flat_map(|process| &process.tasks)
    }

    /// The task with this number in the history. Each run of a bulk task has a number of its own.
    pub(crate) fn task(&self, number: u32) -> Option<&Task> {
        self.tasks().find(|task| task.id == number % RUNS)
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.iter().any(|(other, _)| *other == fault)
    }
}
