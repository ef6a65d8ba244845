//! Benchmarks: compares the clients with the bare HTTP libraries, and tim-sig with other libraries
//! for signatures; and measures the emulator. Run it with `cargo xtask bench`. Arguments select the
//! parts: calls, decoding, signing, emulator.
//!
//! Each comparison runs its two sides in turn, round by round, in one process. The result is the
//! median of the ratios of the rounds. If a ratio exceeds its gate, the run fails.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod calls;
mod decoding;
mod emulator;
mod peer;
mod server;
mod signing;
mod wire;

use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ProcessTime;

const ROUNDS: usize = 11;

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == server::SERVE) {
        server::serve();
    }
    println!("| what | bare | ours | ratio | gate |\n|---|---|---|---|---|");
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut holds = true;
    for (name, run) in [
        ("calls", calls::run as fn() -> bool),
        ("decoding", decoding::run),
        ("signing", signing::run),
        ("emulator", emulator::run),
    ] {
        if named.is_empty() || named.iter().any(|other| other == name) {
            holds &= run();
        }
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs both sides in turn and prints a row. Returns whether ours takes at most `gate` times the
/// CPU time of the bare side.
fn compare(what: &str, gate: f64, per_round: u32, mut bare: impl FnMut(), mut ours: impl FnMut()) -> bool {
    compare_times(what, gate, per_round, || cpu_time(&mut bare), || cpu_time(&mut ours))
}

/// The CPU time that this program takes for `act`.
fn cpu_time(act: &mut dyn FnMut()) -> Duration {
    let start = ProcessTime::now();
    act();
    start.elapsed()
}

/// Like [`compare`], for sides that return the CPU time of a round.
fn compare_times(
    what: &str,
    gate: f64,
    per_round: u32,
    mut bare: impl FnMut() -> Duration,
    mut ours: impl FnMut() -> Duration,
) -> bool {
    let mut bare = || bare().as_secs_f64() * 1e6 / f64::from(per_round);
    let mut ours = || ours().as_secs_f64() * 1e6 / f64::from(per_round);
    bare();
    ours();
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    for round in 0..ROUNDS {
        // The order alternates, in case the state of the machine favours the first or the second
        // side.
        let (first, second) = if round % 2 == 0 {
            let first = bare();
            (first, ours())
        } else {
            let second = ours();
            (bare(), second)
        };
        rounds.push((first, second));
    }
    let ratio = median(rounds.iter().map(|(bare, ours)| ours / bare));
    let holds = ratio <= gate;
    println!(
        "| {what} | {:.2} us | {:.2} us | {ratio:.3} | {gate:.3}{} |",
        median(rounds.iter().map(|round| round.0)),
        median(rounds.iter().map(|round| round.1)),
        if holds { "" } else { " MISSED" }
    );
    holds
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
