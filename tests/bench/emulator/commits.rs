//! Concurrent writes: into a file beside into memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tim_emulator::{Emulator, RelationLimits};

use super::Scratch;
use super::connection::Connection;
use crate::median;

const CONNECTIONS: u64 = 50;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// A file has to reach this share of the rate in memory.
const GATE: f64 = 0.70;

pub(super) fn run() -> bool {
    let scratch = Scratch::new("commits");
    let limits = RelationLimits::NONE;
    let memory = Emulator::builder().relation_limits(limits).start_blocking().unwrap();
    let file = Emulator::builder().relation_limits(limits).data(scratch.file("world.db")).start_blocking().unwrap();
    for emulator in [&memory, &file] {
        let users: String = (0..CONNECTIONS).map(|user| format!("user{user},star\n")).collect();
        emulator.state().import(users.as_bytes()).unwrap();
    }
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push((rate(&memory, round), rate(&file, round)));
    }
    let share = median(rounds.iter().map(|(memory, file)| file / memory));
    println!(
        "| follow_add, {CONNECTIONS} connections: calls a second in memory, in a file, share | {:.0} | {:.0} | {share:.3} | \
         at least {GATE:.2} |",
        median(rounds.iter().map(|round| round.0)),
        median(rounds.iter().map(|round| round.1)),
    );
    share >= GATE
}

/// The calls a second when each connection sends one follow after another.
fn rate(emulator: &Emulator, round: usize) -> f64 {
    let (calls, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let start = Instant::now();
    thread::scope(|scope| {
        for user in 0..CONNECTIONS {
            let (calls, stop) = (&calls, &stop);
            scope.spawn(move || {
                let mut connection = Connection::open(emulator);
                let mut follows = false;
                while !stop.load(Ordering::Relaxed) {
                    follows = !follows;
                    let (other, path) =
                        ((user + 1) % CONNECTIONS, if follows { "follow_add" } else { "follow_delete" });
                    let body = if follows {
                        format!(r#"{{"From_Account":"user{user}","FollowItem":[{{"To_Account":"user{other}"}}]}}"#)
                    } else {
                        format!(r#"{{"From_Account":"user{user}","To_Account":["user{other}"]}}"#)
                    };
                    let response = connection.call(&format!("follow/{path}"), &body);
                    assert!(response.contains(r#""ErrorCode":0"#), "round {round}: {response}");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
    });
    calls.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}
