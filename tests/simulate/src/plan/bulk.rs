//! A command of the program `tim` with many targets and a journal, which is killed and started
//! again.

use std::time::Duration;

use fastrand::Rng;

use super::{BatchKind, FIRST_UNKNOWN, Process, SHARED_USERS, Task, Work};

/// Run number `n` of task `t` has the number `n * RUNS + t` in the history.
pub(crate) const RUNS: u32 = 1000;
/// The runs from this number have no faults, so that the work ends.
pub(crate) const FIRST_WITHOUT_FAULTS: u32 = 25;
/// How long a process that is started again must wait, so that the calls before it do not count
/// against its rate limit: a second, and the margin of the limiter.
pub(crate) const LEAST_PAUSE: Duration = Duration::from_millis(1009);
/// The usual number of bytes of rows that a program buffers.
pub(crate) const BUFFER: usize = 8192;

const MS: Duration = Duration::from_millis(1);

#[derive(Debug, Clone)]
pub(crate) struct Bulk {
    pub(crate) kind: BatchKind,
    /// The lines of the input. A pair with the empty user is a bad line.
    pub(crate) pairs: Vec<(u32, u32)>,
    /// Whether the input is a file and not a pipe.
    pub(crate) is_file: bool,
    pub(crate) in_flight: usize,
    /// How many bytes of rows the program buffers.
    pub(crate) buffer: usize,
    /// How often it looks whether a checkpoint is due.
    pub(crate) tick: Duration,
    pub(crate) fail_fast: bool,
    /// How the first runs end, unless they end before.
    pub(crate) ends: Vec<RunEnd>,
    /// The time between two runs.
    pub(crate) pause: Duration,
}

/// What ends a run early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// The process ends, and what it wrote stays.
    Kill(When),
    /// The process ends, and only what it synced is sure to stay.
    PowerCut(When),
    /// The user presses Ctrl-C.
    Interrupt(Duration),
    /// From this operation on, so many operations fail. The process can continue.
    DiskFull(u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    After(Duration),
    /// When the run was polled so often.
    Polls(u32),
    /// During this operation of the disk.
    Operation(u32),
}

impl RunEnd {
    /// The operation of the disk at which the process is killed.
    pub(crate) fn operation(self) -> Option<u32> {
        match self {
            Self::Kill(When::Operation(at)) | Self::PowerCut(When::Operation(at)) => Some(at),
            _ => None,
        }
    }
}

/// A process with a bulk run. `process` has everything but the task.
pub(super) fn process(task: u32, process: Process, random: &mut Rng) -> Process {
    let start = if random.bool() { Duration::ZERO } else { random.u32(..3000) * MS };
    let work = Work::Bulk(bulk(random));
    let mut clock = process.clock;
    // A wrong clock stops every run until it is set right.
    if let Some((last, _)) = clock.last() {
        clock.push((*last + random.u32(1..10_000) * MS, 0));
    }
    Process { tasks: vec![Task { id: task, start, abandoned_after: None, work }], clock, ..process }
}

fn bulk(random: &mut Rng) -> Bulk {
    let kinds = [BatchKind::Add, BatchKind::Delete, BatchKind::Check, BatchKind::Import];
    // Each user has calls of its own, so many users make a long run.
    let users = if random.u8(..4) == 0 { random.u32(1..=3) } else { random.u32(1..=SHARED_USERS) };
    let count = if random.u8(..10) == 0 { random.usize(..120) } else { random.usize(..50) };
    let to = |random: &mut Rng| match random.u8(..50) {
        0 => 0,
        1 | 2 => random.u32(FIRST_UNKNOWN..FIRST_UNKNOWN + 50),
        _ => random.u32(1..=SHARED_USERS),
    };
    Bulk {
        kind: kinds[random.usize(..kinds.len())],
        pairs: (0..count).map(|_| (random.u32(1..=users), to(random))).collect(),
        is_file: random.bool(),
        in_flight: if random.bool() { random.usize(1..=4) } else { 32 },
        buffer: if random.bool() { BUFFER } else { random.usize(1..1000) },
        tick: if random.bool() { 100 * MS } else { random.u32(1..1000) * MS },
        fail_fast: random.u8(..10) == 0,
        ends: (0..random.u8(..=5)).map(|_| end(random)).collect(),
        pause: LEAST_PAUSE + if random.bool() { Duration::ZERO } else { random.u32(..5000) * MS },
    }
}

fn end(random: &mut Rng) -> RunEnd {
    let after = random.u32(..4000) * MS;
    match random.u8(..10) {
        0 => RunEnd::Interrupt(after),
        1 | 2 => {
            let operations = if random.u8(..4) == 0 { u32::MAX } else { random.u32(1..4) };
            RunEnd::DiskFull(random.u32(1..50), operations)
        }
        3..=5 => RunEnd::Kill(when(after, random)),
        _ => RunEnd::PowerCut(when(after, random)),
    }
}

fn when(after: Duration, random: &mut Rng) -> When {
    match random.u8(..4) {
        0 => When::After(after),
        1 => When::Polls(random.u32(1..100)),
        2 => When::Operation(random.u32(1..20)),
        _ => When::Operation(random.u32(1..70)),
    }
}
