//! Runs seeds of the simulation. `cargo xtask simulate` starts it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod options;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tim_follow::transport::ClockReading;
use tim_simulate::{Plan, Report, Simulator, Violation, shrink};

use options::{Options, USAGE};

/// How often the progress is printed.
const PROGRESS: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let options = match Options::parse(&args) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("the simulation failed: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all invariants hold.
fn run(options: Options) -> Result<bool, String> {
    let mut simulator = Simulator::new(None)?;
    match options {
        Options::One(seed) => {
            let report = simulator.run(&Plan::random(seed), true)?;
            report.trace.iter().for_each(|line| println!("{line}"));
            println!("{} requests in {:?} of virtual time", report.requests, report.elapsed);
            report.violation.map_or(Ok(true), |violation| explain(&mut simulator, seed, &violation))
        }
        Options::Many { from, to, at_most } => many(&mut simulator, from..to, at_most),
    }
}

fn many(simulator: &mut Simulator, seeds: std::ops::Range<u64>, at_most: Option<Duration>) -> Result<bool, String> {
    let start = now();
    let (mut count, mut requests, mut virtual_time, mut printed) = (0_u64, 0, Duration::ZERO, start);
    let summary = |count: u64, requests: usize, virtual_time: Duration| {
        let seconds = now().saturating_duration_since(start).as_secs_f64();
        let (rate, hours) = (count as f64 / seconds, virtual_time.as_secs_f64() / 3600.0);
        println!("{count} seeds, {rate:.0} seeds per second, {requests} requests, {hours:.1} hours of virtual time");
    };
    for seed in seeds {
        let Report { violation, requests: more, elapsed, .. } = simulator.run(&Plan::random(seed), false)?;
        if let Some(violation) = violation {
            return explain(simulator, seed, &violation);
        }
        (count, requests, virtual_time) = (count + 1, requests + more, virtual_time.saturating_add(elapsed));
        let time = now();
        if at_most.is_some_and(|most| time.saturating_duration_since(start) >= most) {
            break;
        }
        if time.saturating_duration_since(printed) >= PROGRESS {
            printed = time;
            summary(count, requests, virtual_time);
        }
    }
    summary(count, requests, virtual_time);
    println!("all invariants hold");
    Ok(true)
}

/// Prints a violation and the smallest plan that causes it.
fn explain(simulator: &mut Simulator, seed: u64, violation: &Violation) -> Result<bool, String> {
    println!("seed {seed} breaks an invariant\n{violation}\nrepeat it with: cargo xtask simulate --seed {seed}");
    let smallest = shrink(simulator, &Plan::random(seed), violation.invariant)?;
    let report = simulator.run(&smallest, true)?;
    println!("\nthe smallest plan that was found:\n{smallest:#?}\n\nits trace:");
    report.trace.iter().for_each(|line| println!("{line}"));
    Ok(false)
}

fn now() -> Instant {
    ClockReading::system().instant
}
