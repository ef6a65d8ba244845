//! How long requests take that do not need the database, while the emulator works on the whole
//! state.

use std::io::copy;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tim_emulator::{Emulator, RelationLimits};

use super::connection::Connection;
use super::follows::Csv;
use super::{Scratch, Size};

/// 99 of 100 requests have to respond within this time, and all within [`MAX`].
const MOST: Duration = Duration::from_millis(50);
const MAX: Duration = Duration::from_millis(500);
/// How often each route is asked.
const PAUSE: Duration = Duration::from_millis(10);
/// The routes that do not need the database.
const ROUTES: [&str; 4] = ["health", "calls?last=10", "faults", "rate-limit"];

pub(super) fn run(size: Size) -> bool {
    let scratch = Scratch::new("responsive");
    let mut holds = true;
    for file in [true, false] {
        let builder = Emulator::builder().relation_limits(RelationLimits::NONE);
        let path = scratch.file("world.db");
        let emulator = if file { builder.data(&path) } else { builder }.start_blocking().unwrap();
        let place = if file { "file" } else { "memory" };
        let follows = size.follows;

        let length = Csv::length(size);
        holds &= measure(&emulator, &format!("{place}: import of {follows} follows"), || {
            let mut connection = Connection::open(&emulator);
            let response = connection.post("import", length, |stream| {
                copy(&mut Csv::new(size), stream).unwrap();
            });
            assert!(response.contains("lines"), "{response}");
        });
        holds &= measure(&emulator, &format!("{place}: export of {follows} follows"), || {
            Connection::open(&emulator).admin("export");
        });
        let followers = size.followers_of_one;
        let fans: String = (0..followers).map(|user| format!("user{user},celebrity\n")).collect();
        emulator.state().import(fans.as_bytes()).unwrap();
        holds &= measure(&emulator, &format!("{place}: deletion of a user with {followers} followers"), || {
            let body = r#"{"DeleteItem":[{"UserID":"celebrity"}]}"#;
            let response = Connection::open(&emulator).call("im_open_login_svc/account_delete", body);
            assert!(response.contains(r#""ErrorCode":0"#), "{response}");
        });
        holds &= measure(&emulator, &format!("{place}: snapshot, reset, restore"), || {
            let state = emulator.state();
            state.save("before").unwrap();
            state.reset().unwrap();
            state.restore("before").unwrap();
        });
        if file {
            holds &= measure(&emulator, "file: another program holds the write lock for 10 s", || {
                let other = rusqlite::Connection::open(&path).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                let stop = AtomicBool::new(false);
                thread::scope(|scope| {
                    // Calls wait for the lock meanwhile.
                    let (emulator, stop) = (&emulator, &stop);
                    for _ in 0..8 {
                        scope.spawn(move || {
                            let mut connection = Connection::open(emulator);
                            while !stop.load(Ordering::Relaxed) {
                                connection.call("im_open_login_svc/account_import", r#"{"UserID":"dave"}"#);
                            }
                        });
                    }
                    thread::sleep(Duration::from_secs(10));
                    stop.store(true, Ordering::Relaxed);
                });
                other.execute_batch("ROLLBACK").unwrap();
            });
        }
    }
    holds
}

/// Asks the routes while `work` runs, and prints a row.
fn measure(emulator: &Emulator, what: &str, work: impl FnOnce() + Send) -> bool {
    let done = AtomicBool::new(false);
    let start = Instant::now();
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let pollers = ROUTES.map(|route| {
            let done = &done;
            scope.spawn(move || poll(emulator, route, done))
        });
        let worker = scope.spawn(work);
        worker.join().unwrap();
        done.store(true, Ordering::Relaxed);
        pollers.into_iter().flat_map(|poller| poller.join().unwrap()).collect()
    });
    let took = start.elapsed();
    times.sort_unstable();
    let (most, max) = (times[(times.len() - 1) * 99 / 100], times[times.len() - 1]);
    let holds = most <= MOST && max <= MAX;
    println!(
        "| {what} | {:.1} s, {} requests | 99 of 100 in {:.1} ms | all in {:.1} ms | {} ms, {} ms{} |",
        took.as_secs_f64(),
        times.len(),
        most.as_secs_f64() * 1e3,
        max.as_secs_f64() * 1e3,
        MOST.as_millis(),
        MAX.as_millis(),
        if holds { "" } else { " MISSED" },
    );
    holds
}

fn poll(emulator: &Emulator, route: &str, done: &AtomicBool) -> Vec<Duration> {
    let mut connection = Connection::open(emulator);
    let mut times = Vec::new();
    while times.is_empty() || !done.load(Ordering::Relaxed) {
        let start = Instant::now();
        connection.admin(route);
        times.push(start.elapsed());
        thread::sleep(PAUSE);
    }
    times
}
