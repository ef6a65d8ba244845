//! An import into a file, beside a plain loop over rusqlite that fills the same tables and indexes.

use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use tim_emulator::Emulator;

use super::follows::{Csv, Follows};
use super::{Scratch, Size};

/// The import may take this many times as long as the loop.
const GATE: f64 = 1.5;

const SCHEMA: &str = include_str!("../../../crates/tim-emulator/src/world/schema.sql");
const UPKEEP: &str = include_str!("../../../crates/tim-emulator/src/world/upkeep.sql");

pub(super) fn run(size: Size) -> bool {
    let scratch = Scratch::new("import");
    // The import is first, because the loop uses more memory, which would hide that of the import.
    let before = peak_memory();
    let ours = import(&scratch.file("world.db"), size);
    let growth = peak_memory().saturating_sub(before);
    let plain = plain_loop(&scratch.file("plain.db"), size);
    let ratio = ours.as_secs_f64() / plain.as_secs_f64();
    println!(
        "| import of {} follows, {} MB more memory at its peak | {:.1} s | {:.1} s | {ratio:.3} | {GATE:.3}{} |",
        size.follows,
        growth / 1024,
        plain.as_secs_f64(),
        ours.as_secs_f64(),
        if ratio <= GATE { "" } else { " MISSED" },
    );
    ratio <= GATE
}

fn import(path: &Path, size: Size) -> Duration {
    let emulator = Emulator::builder().data(path).start_blocking().unwrap();
    let start = Instant::now();
    let lines = emulator.state().import(BufReader::new(Csv::new(size))).unwrap();
    let took = start.elapsed();
    assert!(lines >= size.follows);
    took
}

/// Inserts row by row in one transaction, then creates the indexes, sets the flags and counts.
fn plain_loop(path: &Path, size: Size) -> Duration {
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1048576").unwrap();
    let start = Instant::now();
    db.execute_batch("BEGIN").unwrap();
    db.execute_batch(SCHEMA).unwrap();
    {
        let mut account = db.prepare("INSERT OR IGNORE INTO account (user) VALUES (?1)").unwrap();
        let mut follow = db
            .prepare(
                "INSERT OR IGNORE INTO follow (from_user, to_user, followed_at, sequence, mutual) VALUES (?1, ?2, ?3, ?4, 0)",
            )
            .unwrap();
        for (sequence, (from, to, at)) in Follows::new(size).enumerate() {
            let (from, to) = (format!("user{from}"), format!("user{to}"));
            account.execute([&from]).unwrap();
            account.execute([&to]).unwrap();
            follow.execute(params![from, to, at.cast_signed(), sequence as i64]).unwrap();
        }
    }
    db.execute_batch(
        "UPDATE follow SET mutual = 1 WHERE EXISTS (
             SELECT 1 FROM follow AS back WHERE back.from_user = follow.to_user AND back.to_user = follow.from_user
         )",
    )
    .unwrap();
    db.execute_batch(UPKEEP).unwrap();
    db.execute_batch(
        "UPDATE account SET
             followers = (SELECT COUNT(*) FROM follow WHERE to_user = user),
             following = (SELECT COUNT(*) FROM follow WHERE from_user = user),
             mutual = (SELECT COUNT(*) FROM follow WHERE from_user = user AND mutual = 1);
         UPDATE total SET follows = (SELECT COUNT(*) FROM follow);
         COMMIT",
    )
    .unwrap();
    start.elapsed()
}

/// The most memory that this process has used, in KiB; 0 where the system does not report it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
