//! Ten million follows: run with `cargo test --release -p tim-emulator --lib -- --ignored --nocapture scale`.
//! `SCALE_FOLLOWS=1000000` makes it smaller.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and prints the results")]

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use serde_json::json;

use crate::app_settings::AppSettings;
use crate::world::testing::TestWorld;
use crate::world::transfer::{self, Import};
use crate::world::upkeep::Suspended;
use crate::world::{World, store};

/// Every fourth follow is of one of them.
const STARS: u64 = 100;

/// Follows that are made while they are read.
struct Follows {
    count: u64,
    users: u64,
    made: u64,
    state: u64,
}

impl Follows {
    fn new() -> Self {
        let count = std::env::var("SCALE_FOLLOWS").map_or(10_000_000, |count| count.parse().unwrap());
        Self { count, users: count / 10, made: 0, state: 1 }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }
}

impl Iterator for Follows {
    /// From, to and time.
    type Item = (u64, u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.made == self.count {
            return None;
        }
        let from = self.random(self.users);
        let to = if self.made.is_multiple_of(4) { self.random(STARS) } else { self.random(self.users) };
        let at = 1_600_000_000 + self.made / 10;
        self.made += 1;
        Some((from, if to == from { to + 1 } else { to }, at))
    }
}

/// The follows as CSV.
struct Table {
    follows: Follows,
    line: Vec<u8>,
}

impl Read for Table {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.line.is_empty() {
            let line = self.follows.next().map(|(from, to, at)| format!("user{from},user{to},{at}\n"));
            self.line = line.unwrap_or_default().into_bytes();
        }
        let read = self.line.len().min(into.len());
        into[..read].copy_from_slice(&self.line[..read]);
        self.line.drain(..read);
        Ok(read)
    }
}

/// Runs `act` and prints how long it took, and by how much the peak memory grew.
fn timed<T>(what: &str, act: impl FnOnce() -> T) -> (T, Duration) {
    // 5 resets the peak to the memory in use now.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (before, start) = (peak_memory(), Instant::now());
    let done = act();
    let took = start.elapsed();
    println!("{what}: {took:?}, peak memory + {} MB", peak_memory().saturating_sub(before) / 1000);
    (done, took)
}

/// In KB; 0 where the system does not report it.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A staged import into an empty file, up to the moment at which it is safe on the disk.
fn import(file: &Path) {
    let go_on = |_| ControlFlow::Continue(());
    let table = Table { follows: Follows::new(), line: Vec::new() };
    let (import, _) = timed("  read and stage", || {
        let mut records = transfer::read(BufReader::with_capacity(1 << 16, table)).unwrap();
        transfer::collect(&mut records, Some(&file.with_extension("stage")), 0, &go_on).unwrap()
    });
    let Import::Staged(stage) = import else { panic!("too few follows for a stage") };
    let db = store::open(Some(file)).unwrap();
    timed("  merge", || stage.merge_into(&db, &go_on).unwrap());
    timed("  sync", || {
        db.close().unwrap();
        File::open(file).unwrap().sync_all().unwrap();
    });
}

/// The loop that one would write without further thought.
fn plain_loop(file: &Path) {
    let mut db = store::open(Some(file)).unwrap();
    db.pragma_update(None, "cache_size", -1024 * 1024).unwrap();
    let all = db.transaction().unwrap();
    let upkeep = Suspended::new(&all, &["account", "follow"]).unwrap();
    {
        let mut account = all.prepare("INSERT OR IGNORE INTO account (user) VALUES (?1)").unwrap();
        let mut follow = all.prepare("INSERT OR IGNORE INTO follow VALUES (?1, ?2, ?3, ?4, 0)").unwrap();
        for (sequence, (from, to, at)) in (1_i64..).zip(Follows::new()) {
            let (from, to) = (format!("user{from}"), format!("user{to}"));
            account.execute([&from]).unwrap();
            account.execute([&to]).unwrap();
            follow.execute(params![from, to, at.cast_signed(), sequence]).unwrap();
        }
    }
    all.execute_batch(
        "UPDATE follow SET mutual = 1 WHERE mutual = 0 AND EXISTS (
             SELECT 1 FROM follow AS back WHERE back.from_user = follow.to_user AND back.to_user = follow.from_user
         )",
    )
    .unwrap();
    upkeep.indexes().chain(upkeep.triggers()).for_each(|sql| all.execute_batch(sql).unwrap());
    all.execute_batch(
        "UPDATE account SET
             followers = (SELECT COUNT(*) FROM follow WHERE to_user = user),
             following = (SELECT COUNT(*) FROM follow WHERE from_user = user),
             mutual = (SELECT COUNT(*) FROM follow WHERE from_user = user AND mutual = 1);
         UPDATE total SET follows = (SELECT COUNT(*) FROM follow), accounts = (SELECT COUNT(*) FROM account)",
    )
    .unwrap();
    all.commit().unwrap();
    db.close().unwrap();
}

/// Numbers that tell whether two files hold the same.
fn sums(file: &Path) -> Vec<i64> {
    let sql = "SELECT COUNT(*), SUM(followers), SUM(following), SUM(mutual), SUM(followers * length(user)),
                   (SELECT SUM(followed_at) FROM follow), (SELECT follows + accounts FROM total) FROM account";
    let db = Connection::open(file).unwrap();
    db.query_row(sql, [], |row| (0..7).map(|column| row.get(column)).collect()).unwrap()
}

fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[test]
#[ignore = "takes minutes and 4 GB of disk"]
fn an_import_is_as_fast_as_a_plain_loop() {
    let folder = std::env::temp_dir();
    let [file, plain] =
        ["import", "plain"].map(|name| folder.join(format!("tim-scale-{}-{name}.db", std::process::id())));
    let start = Instant::now();
    import(&file);
    let import = start.elapsed();
    println!("import: {import:?}");
    println!("a file of {} MB", fs::metadata(&file).unwrap().len() / 1_000_000);
    let ((), plain_loop) = timed("plain loop", || plain_loop(&plain));
    let ratio = import.as_secs_f64() / plain_loop.as_secs_f64();
    println!("the import takes {ratio:.2} times a plain loop");
    let (imported, looped) = (sums(&file), sums(&plain));
    remove(&plain);
    measure_calls(&file);
    remove(&file);
    assert_eq!(imported, looped);
    assert!(ratio <= 1.5, "the import takes {ratio:.2} times a plain loop");
}

fn measure_calls(file: &Path) {
    let users = Follows::new().users;
    let world = World::open(Some(file), AppSettings::default(), &["administrator".to_owned()]).unwrap();
    let mut stage = TestWorld { world, now: 1_700_000_000 };
    let mut slowest = Duration::ZERO;
    let (_, checks) = timed("1000 follow_check of 100 targets", || {
        for call in 0..1000_u64 {
            let to: Vec<_> = (0..100).map(|n| format!("user{}", (call * 7919 + n * 104_729) % users)).collect();
            let from = format!("user{}", call * 997 % users);
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
    timed("export", || stage.world.export(std::io::sink()).unwrap());
    timed("reset", || stage.world.reset().unwrap());
    assert!(checks / 1000 < Duration::from_millis(1), "a follow_check of 100 targets took {:?}", checks / 1000);
}
