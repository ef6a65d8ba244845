//! Ten million follows: run with `cargo test --release -p tim-emulator --lib -- --ignored --nocapture scale`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and says what")]

use std::fs;
use std::io::{BufReader, Read};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::app_settings::AppSettings;
use crate::world::World;
use crate::world::testing::TestWorld;

const USERS: u64 = 1_000_000;
const EDGES: u64 = 10_000_000;
/// Every fourth follow is of one of them.
const STARS: u64 = 100;

/// A table of follows, made while it is read.
struct Table {
    made: u64,
    state: u64,
    line: Vec<u8>,
}

impl Table {
    fn random(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }
}

impl Read for Table {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.line.is_empty() && self.made < EDGES {
            let from = self.random(USERS);
            let to = if self.made.is_multiple_of(4) { self.random(STARS) } else { self.random(USERS) };
            self.line =
                format!("user{from},user{},{}\n", if to == from { to + 1 } else { to }, 1_600_000_000 + self.made / 10)
                    .into_bytes();
            self.made += 1;
        }
        let read = self.line.len().min(into.len());
        into[..read].copy_from_slice(&self.line[..read]);
        self.line.drain(..read);
        Ok(read)
    }
}

fn timed<T>(what: &str, act: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = act();
    println!("{what}: {:?}", start.elapsed());
    (done, start.elapsed())
}

#[test]
#[ignore = "takes minutes and 3 GB of disk"]
fn ten_million_follows_are_no_burden() {
    let file = std::env::temp_dir().join(format!("tim-emulator-scale-{}.db", std::process::id()));
    let world = World::open(Some(&file), AppSettings::default(), &["administrator".to_owned()]).unwrap();
    let mut stage = TestWorld { world, now: 1_700_000_000 };
    let table = Table { made: 0, state: 1, line: Vec::new() };
    let (lines, _) = timed("import", || stage.world.import(BufReader::with_capacity(1 << 16, table), 0).unwrap());
    println!("{lines} lines, a file of {} MB", fs::metadata(&file).unwrap().len() / 1_000_000);

    let mut slowest = Duration::ZERO;
    let (_, checks) = timed("1000 follow_check of 100 targets", || {
        for call in 0..1000_u64 {
            let to: Vec<_> = (0..100).map(|n| format!("user{}", (call * 7919 + n * 104_729) % USERS)).collect();
            let from = format!("user{}", call * 997 % USERS);
            let start = Instant::now();
            stage.ok("follow/follow_check", json!({ "From_Account": from, "To_Account": to }));
            slowest = slowest.max(start.elapsed());
        }
    });
    println!("one takes {:?}, the slowest {slowest:?}", checks / 1000);

    let (mut seen, mut cursor) = (0, String::new());
    let (_, pages) = timed("the followers of one user", || {
        loop {
            let (page, next) = stage.page("user0", 1, &cursor, 1000);
            seen += page.len() as u64;
            if next.is_empty() {
                break;
            }
            cursor = next;
        }
    });
    println!("{seen} followers, {:?} a page of 1000", pages / u32::try_from(seen / 1000 + 1).unwrap());
    assert_eq!(seen, stage.counts("user0")[0]);
    let (totals, _) = timed("the totals", || stage.world.totals().unwrap());
    println!("{totals:?}");
    timed("export", || stage.world.export(std::io::sink()).unwrap());
    timed("reset", || stage.world.reset().unwrap());
    drop(stage);
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
    assert!(checks / 1000 < Duration::from_millis(1), "a follow_check of 100 targets took {:?}", checks / 1000);
}
