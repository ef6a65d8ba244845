//! What the clients cost beside the bare libraries they are built on. Run it with `cargo xtask bench`.
//!
//! Every comparison runs its two sides in turn, round by round, in one process; the figure is the median of the ratios of
//! the rounds. A gate that is not met ends the run with an error.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod calls;
mod decoding;
mod server;
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
    let calls = calls::run();
    let decoding = decoding::run();
    if calls && decoding { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs both sides in turn and prints a row; whether ours takes at most `gate` times the CPU time of the bare side.
fn compare(what: &str, gate: f64, per_round: u32, mut bare: impl FnMut(), mut ours: impl FnMut()) -> bool {
    let measure = |act: &mut dyn FnMut()| {
        let start = ProcessTime::now();
        act();
        start.elapsed() / per_round
    };
    measure(&mut bare);
    measure(&mut ours);
    let mut rounds: Vec<(Duration, Duration)> = Vec::new();
    for round in 0..ROUNDS {
        // Who goes first changes, in case the first one finds a warmer machine.
        let (first, second) = if round % 2 == 0 {
            let first = measure(&mut bare);
            (first, measure(&mut ours))
        } else {
            let second = measure(&mut ours);
            (measure(&mut bare), second)
        };
        rounds.push((first, second));
    }
    let ratio = median(rounds.iter().map(|(bare, ours)| ours.as_secs_f64() / bare.as_secs_f64()));
    let micros = |side: fn(&(Duration, Duration)) -> Duration| {
        median(rounds.iter().map(|round| side(round).as_secs_f64() * 1e6))
    };
    let holds = ratio <= gate;
    println!(
        "| {what} | {:.1} us | {:.1} us | {ratio:.2} | {gate:.2}{} |",
        micros(|round| round.0),
        micros(|round| round.1),
        if holds { "" } else { " MISSED" }
    );
    holds
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
