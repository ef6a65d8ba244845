//! Makes a plan from a seed.

use std::time::Duration;

use fastrand::Rng;
use tim_emulator::Window;

use super::{
    Batch, BatchKind, Call, FIRST_OWNED, FIRST_UNKNOWN, Fault, HostFault, HostFaultKind, Network, Pages, Plan, Process,
    SHARED_USERS, Service, Sync, Task, Work, bulk,
};

const QUIRKS: [&str; 7] = [
    "follow_again_rejected",
    "self_follow_rejects_call",
    "unknown_target_rejects_call",
    "unknown_target_unrelated",
    "all_rejected_rejects_call",
    "import_existing_friend_rejected",
    "random_required",
];

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: i64 = 24 * 60 * 60;

pub(super) fn plan(seed: u64) -> Plan {
    // Neighbouring seeds give unrelated numbers.
    let mut random = Rng::with_seed(Rng::with_seed(seed).u64(..));
    if random.u8(..20) == 0 { quiet(seed, &mut random) } else { mixed(seed, &mut random) }
}

/// One command, no faults, and so many calls that the throughput can be measured. Some runs have
/// tasks that are dropped in between: the calls of the others must not wait for theirs.
fn quiet(seed: u64, random: &mut Rng) -> Plan {
    let (count, share) = (random.u32(1..=4), random.u32(1..=8));
    let kind = if random.bool() { BatchKind::Nicks } else { BatchKind::Check };
    let handshake = random.u32(..=1) * 50 * MS;
    let network = Network { jitter: random.u32(..=2) * MS, handshake, ..network(random) };
    let windows = random.u32(8..=12);
    let drops = random.u8(..3) == 0;
    let batch = |first: u32, in_flight| {
        let pairs = (0..share * windows).map(|call| (first + call, call % 9 + 1)).collect();
        Work::Batch(Batch { kind, pairs, in_flight, stop_after: None })
    };
    let process = |id| {
        let first = FIRST_OWNED + id * 200;
        let task = |id, abandoned_after, work| Task { id, start: Duration::ZERO, abandoned_after, work };
        let in_flight = if drops { 2 * share as usize } else { 32 };
        let mut tasks = vec![task(2 * id, None, batch(first, in_flight))];
        if drops {
            let after = random.u32(1..1500) * MS;
            tasks.push(task(2 * id + 1, Some(after), batch(first + 100, random.usize(1..=in_flight))));
        }
        Process { tasks, deadline: 60 * SECOND, clock: Vec::new(), ..process(id, share, random) }
    };
    let processes = (0..count).map(process).collect();
    let service = Service { calls_per_second: count * share, quirks: Vec::new(), ..service(random) };
    Plan { seed, service, network, faults: Vec::new(), host_faults: Vec::new(), processes, redis: None, is_quiet: true }
}

fn mixed(seed: u64, random: &mut Rng) -> Plan {
    let count = if random.bool() { random.u32(1..=2) } else { random.u32(1..=8) };
    let shares: Vec<u32> = (0..count).map(|_| random.u32(1..=6)).collect();
    // At most one process: a task that blocks runs the others inside it, and would make a second
    // one late.
    let blocking = (random.u8(..4) == 0).then(|| random.u32(..count));
    let mut next_task = 0;
    let processes = shares.iter().zip(0..).map(|(share, id)| {
        let tasks = (0..random.u32(1..=3)).map(|_| {
            next_task += 1;
            task(next_task, random)
        });
        let tasks = tasks.collect();
        Process { tasks, is_blocking: blocking == Some(id), ..process(id, *share, random) }
    });
    let mut processes: Vec<_> = processes.collect();
    let mut service = Service { calls_per_second: shares.iter().sum(), ..service(random) };
    let network = network(random);
    let has_faults = random.u8(..5) > 0;
    let (faults, host_faults) = if has_faults { (faults(random), host_faults(random)) } else { (vec![], vec![]) };
    if random.u8(..3) == 0 {
        let share = random.u32(1..=6);
        service.calls_per_second += share;
        processes.push(bulk::process(next_task + 1, process(count, share, random), random));
    }
    Plan { seed, service, network, faults, host_faults, processes, redis: None, is_quiet: false }
}

fn service(random: &mut Rng) -> Service {
    let window = if random.bool() { Window::Fixed } else { Window::Sliding };
    let quirks = QUIRKS.into_iter().filter(|_| random.u8(..8) == 0).collect();
    let max_following = (random.u8(..8) == 0).then(|| random.u64(1..12));
    Service { calls_per_second: 1, window, quirks, max_following }
}

fn network(random: &mut Rng) -> Network {
    let way = |random: &mut Rng| match random.u8(..3) {
        0 => Duration::from_micros(random.u64(50..1000)),
        1 => random.u32(1..30) * MS,
        _ => random.u32(30..150) * MS,
    };
    let jitter = match random.u8(..4) {
        0 => Duration::ZERO,
        1 | 2 => Duration::from_micros(random.u64(1..4500)),
        _ => random.u32(1..60) * MS,
    };
    let handshake = if random.bool() { Duration::ZERO } else { random.u32(1..300) * MS };
    Network { there: way(random), back: way(random), jitter, handshake }
}

/// Most faults are off in most plans, so that each is tested alone and together with others.
fn faults(random: &mut Rng) -> Vec<(Fault, u8)> {
    let draw = |fault| {
        let (is_on, percent) = (random.u8(..5) == 0, random.u8(1..35));
        // A fatal code ends most batches early.
        let percent = match fault {
            Fault::FatalCode => percent.div_ceil(10),
            Fault::ItemCodes if percent < 10 => 100,
            _ => percent,
        };
        is_on.then_some((fault, percent))
    };
    Fault::ALL.into_iter().filter_map(draw).collect()
}

fn host_faults(random: &mut Rng) -> Vec<HostFault> {
    let kinds =
        [HostFaultKind::NobodyListens, HostFaultKind::NameFails, HostFaultKind::BadCertificate, HostFaultKind::Hangs];
    let count = if random.u8(..3) == 0 { random.u8(1..=3) } else { 0 };
    let one = |_| {
        let from = random.u32(..8000) * MS;
        let kind = one_of(&kinds, random);
        HostFault { host: usize::from(random.u8(..3) == 0), from, to: from + random.u32(1..15_000) * MS, kind }
    };
    (0..count).map(one).collect()
}

fn one_of<T: Copy>(values: &[T], random: &mut Rng) -> T {
    values[random.usize(..values.len())]
}

fn process(id: u32, share: u32, random: &mut Rng) -> Process {
    let jumps = if random.u8(..4) == 0 { random.u8(1..=3) } else { 0 };
    let jump = |_| {
        let difference = match random.u8(..4) {
            0 => random.i64(-100..100),
            1 => random.i64(-5000..5000),
            _ => random.i64(-2 * DAY..2 * DAY),
        };
        (random.u32(..10_000) * MS, difference)
    };
    let mut clock: Vec<_> = (0..jumps).map(jump).collect();
    clock.sort_unstable();
    Process {
        id,
        is_blocking: false,
        share,
        max_attempts: random.u32(1..=5),
        attempt_timeout: random.u32(300..6000) * MS,
        deadline: random.u32(500..20_000) * MS,
        initial_backoff: random.u32(1..400) * MS,
        retry_budget: if random.bool() { Some(500) } else { random.bool().then(|| random.u32(..60)) },
        validity: if random.bool() { Duration::from_secs(86_400) } else { random.u32(2..900) * SECOND },
        has_backup: random.u8(..4) > 0,
        keeps_time_limit: random.bool(),
        clock,
        tasks: Vec::new(),
    }
}

fn task(id: u32, random: &mut Rng) -> Task {
    let work = match random.u8(..10) {
        0 | 1 => Work::Calls((0..random.u8(1..6)).map(|_| call(random)).collect()),
        2 => Work::Pages(pages(id, random)),
        3 => Work::Sync(sync(id, random)),
        _ => Work::Batch(batch(random)),
    };
    let start = if random.bool() { Duration::ZERO } else { random.u32(..3000) * MS };
    let abandoned_after = (random.u8(..6) == 0).then(|| random.u32(..2500) * MS);
    Task { id, start, abandoned_after, work }
}

/// A user that is known, sometimes unknown, and rarely invalid.
fn any_user(random: &mut Rng) -> u32 {
    match random.u8(..100) {
        0 => 0,
        1..=4 => random.u32(FIRST_UNKNOWN..FIRST_OWNED),
        _ => random.u32(1..=SHARED_USERS),
    }
}

fn call(random: &mut Rng) -> Call {
    let from = random.u32(1..=SHARED_USERS);
    let mut to: Vec<u32> = (0..random.u8(1..5)).map(|_| random.u32(1..=SHARED_USERS)).collect();
    to.sort_unstable();
    to.dedup();
    match random.u8(..5) {
        0 => Call::Add(from, to),
        1 => Call::Check(from, to),
        2 => Call::Block(from, to),
        3 => Call::Kick(from),
        _ => Call::Named(from, to),
    }
}

fn batch(random: &mut Rng) -> Batch {
    let kinds = [BatchKind::Add, BatchKind::Delete, BatchKind::Check, BatchKind::Import, BatchKind::Nicks];
    let kind = one_of(&kinds, random);
    // Each user has calls of its own, so many users make many calls.
    let users = if random.bool() { random.u32(1..=3) } else { random.u32(1..=SHARED_USERS) };
    let count = if random.u8(..10) == 0 { random.usize(..150) } else { random.usize(..40) };
    let pairs = (0..count).map(|_| (random.u32(1..=users), any_user(random))).collect();
    let in_flight = if random.bool() { random.usize(1..=4) } else { 32 };
    let stop_after = (random.u8(..8) == 0).then(|| random.usize(..20));
    Batch { kind, pairs, in_flight, stop_after }
}

fn pages(id: u32, random: &mut Rng) -> Pages {
    Pages {
        owner: FIRST_OWNED + id,
        followers: random.u32(..=30),
        page_size: random.u32(1..=10),
        prefetch: random.bool(),
        resumes: random.u32(..4),
    }
}

fn sync(id: u32, random: &mut Rng) -> Sync {
    let mut some = || (1..=SHARED_USERS).filter(|_| random.u8(..3) == 0).collect();
    let (before, wanted) = (some(), some());
    let max_delete_share = if random.u8(..4) == 0 { random.f64() } else { 1.0 };
    Sync { owner: FIRST_OWNED + id, before, wanted, max_delete_share }
}
