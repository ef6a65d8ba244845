//! The threads, with work that the tests control.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, mpsc};
use std::thread;

use super::job::JobStatus;
use super::*;
use crate::world::accounts;

const ADMINS: [&str; 1] = ["administrator"];

fn start(path: Option<PathBuf>) -> Database {
    let world = World::open(path.as_deref(), &ADMINS.map(str::to_owned)).unwrap();
    Database::start(world, path, Arc::new(|_| ())).unwrap()
}

/// A file that is removed after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tim-emulator-database-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A database in memory, and one in a file.
    fn both(&self) -> [Database; 2] {
        [start(None), start(Some(self.0.join("world.db")))]
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn import(database: &Database, user: &'static str, keep: bool) -> Result<(), DatabaseError> {
    database.write_blocking(move |db| {
        accounts::import(db, &user.into()).unwrap();
        Done { value: (), keep }
    })
}

fn fill(database: &Database, users: u32) {
    let work = move |db: &Connection| {
        for user in 0..users {
            accounts::import(db, &format!("user{user}").into()).unwrap();
        }
        Done { value: (), keep: true }
    };
    database.write_blocking(work).unwrap();
}

fn users(database: &Database) -> u64 {
    database.read_blocking(world_totals).unwrap()
}

fn world_totals(db: &Connection) -> u64 {
    crate::world::totals::read(db).unwrap().accounts
}

/// Sends a write and returns where its result arrives.
fn send(database: &Database, work: impl FnOnce(&Connection) + Send + 'static) -> mpsc::Receiver<Result<(), String>> {
    let (report, result) = mpsc::channel();
    let task = Task::new(Claim::default(), kept(work), move |done| drop(report.send(done)));
    database.send(Message::Write(task));
    result
}

/// Runs `act` while the thread for writes is busy. The thread continues afterwards.
fn while_busy<T>(database: &Database, act: impl FnOnce() -> T) -> T {
    let (started, wait_for_start) = mpsc::channel();
    let (release, wait_for_release) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let work = move |_: &Connection| {
            started.send(()).unwrap();
            let _ = wait_for_release.recv();
            Done { value: (), keep: true }
        };
        scope.spawn(|| database.write_blocking(work));
        wait_for_start.recv().unwrap();
        let result = act();
        drop(release);
        result
    })
}

#[test]
fn writes_that_wait_together_are_committed_together_and_fail_alone() {
    let scratch = Scratch::new("group");
    for database in scratch.both() {
        let database = &database;
        thread::scope(|scope| {
            let calls: Vec<_> = while_busy(database, || {
                let calls = [("a", true), ("b", false), ("c", true)];
                calls.map(|(user, keep)| scope.spawn(move || import(database, user, keep))).into_iter().collect()
            });
            for call in calls {
                assert_eq!(call.join().unwrap(), Ok(()));
            }
        });
        assert_eq!(users(database), 3, "b was rolled back");
    }
}

#[test]
fn a_write_that_is_given_up_is_not_done_later() {
    let scratch = Scratch::new("expired");
    for database in scratch.both() {
        let error = while_busy(&database, || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let work = |db: &Connection| Done { value: accounts::import(db, &"late".into()).unwrap(), keep: true };
            let limit = Duration::from_millis(5);
            runtime.block_on(database.write(limit, work))
        });
        assert!(matches!(error, Err(DatabaseError::Busy { .. })), "{error:?}");
        import(&database, "next", true).unwrap();
        assert_eq!(users(&database), 2);
    }
}

#[test]
fn a_file_is_read_while_a_write_runs() {
    let scratch = Scratch::new("reads");
    let database = start(Some(scratch.0.join("world.db")));
    assert_eq!(while_busy(&database, || users(&database)), 1);
}

#[test]
fn calls_see_the_earlier_state_until_a_change_is_put_in_place_and_writes_come_after_it() {
    let scratch = Scratch::new("change");
    for database in scratch.both() {
        let database = &database;
        thread::scope(|scope| {
            let job = database.begin_job("import").unwrap();
            let mut waiting = None;
            job.change(|copy| {
                accounts::import(copy, &"imported".into()).unwrap();
                assert_eq!(users(database), 1);
                waiting = Some(scope.spawn(move || import(database, "called", true)));
                Ok(())
            })
            .unwrap();
            assert_eq!(waiting.unwrap().join().unwrap(), Ok(()));
        });
        assert_eq!(users(database), 3);
    }
    let left: Vec<_> = std::fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("job")), "{left:?}");
}

#[test]
fn a_change_that_fails_undoes_nothing_and_lets_writes_go_on() {
    let scratch = Scratch::new("failure");
    for database in scratch.both() {
        import(&database, "before", true).unwrap();
        let failed = database.begin_job("import").unwrap().change(|copy| {
            accounts::import(copy, &"imported".into()).unwrap();
            Err("line 7 is invalid".to_owned())
        });
        assert_eq!(failed, Err(JobError::Failed("line 7 is invalid".to_owned())));
        import(&database, "after", true).unwrap();
        assert_eq!(users(&database), 3);
    }
}

#[test]
fn a_change_by_another_program_is_not_overwritten() {
    let scratch = Scratch::new("foreign");
    let path = scratch.0.join("world.db");
    let database = start(Some(path.clone()));
    let changed = database.begin_job("import").unwrap().change(|_| {
        let other = Connection::open(&path).unwrap();
        other.execute_batch("INSERT INTO account (user) VALUES ('foreign')").unwrap();
        Ok(())
    });
    assert!(matches!(changed, Err(JobError::Failed(reason)) if reason.contains("another program")));
    assert_eq!(users(&database), 2);
}

#[test]
fn a_copy_in_steps_has_the_calls_that_ran_between_its_steps() {
    let database = start(None);
    fill(&database, 30_000);
    let database = &database;
    let copy = thread::scope(|scope| {
        let writer = scope.spawn(move || (0..200).for_each(|_| import(database, "during", true).unwrap()));
        let copy = database.begin_job("snapshot").unwrap().copy().unwrap();
        writer.join().unwrap();
        copy
    });
    let integrity: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    assert!([30_001, 30_002].contains(&world_totals(&copy)));
}

/// SQLite starts a copy again after a commit between two of its steps.
#[test]
fn a_copy_ends_while_calls_write_all_the_time() {
    const MAX_WRITES: u32 = 100_000;
    let database = &start(None);
    let fill = |db: &Connection| {
        // 32 steps.
        db.execute("INSERT INTO profile VALUES ('user', 'tag', zeroblob(67108864))", []).map(drop).unwrap();
    };
    send(database, fill).recv().unwrap().unwrap();
    let (copied, writes) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !copied.load(Relaxed) && writes.fetch_add(1, Relaxed) < MAX_WRITES {
                    let change =
                        "UPDATE account SET profile_sequence = profile_sequence + 1 WHERE user = 'administrator'";
                    let work = |db: &Connection| Done { value: db.execute(change, []).unwrap(), keep: true };
                    database.write_blocking(work).unwrap();
                }
            });
        }
        while writes.load(Relaxed) < 100 {
            thread::yield_now();
        }
        database.begin_job("snapshot").unwrap().copy().unwrap();
        copied.store(true, Relaxed);
    });
    assert!(writes.into_inner() < MAX_WRITES, "the copy ended only after the writes");
}

#[test]
fn a_transaction_that_sqlite_undoes_fails_for_its_whole_group() {
    let scratch = Scratch::new("undone");
    for database in scratch.both() {
        let add = |user: &'static str| move |db: &Connection| accounts::import(db, &user.into()).unwrap();
        // As SQLite does when the disk is full.
        let undo = |db: &Connection| db.execute_batch("ROLLBACK").unwrap();
        let calls = while_busy(&database, || {
            [send(&database, add("before")), send(&database, undo), send(&database, add("after"))]
        });
        for result in calls.map(|call| call.recv().unwrap()) {
            assert!(result.unwrap_err().contains("undid"));
        }
        assert_eq!(users(&database), 1, "what failed was not done");
        assert!(send(&database, undo).recv().unwrap().is_err(), "alone in its transaction");
        import(&database, "later", true).unwrap();
        assert_eq!(users(&database), 2);
    }
}

#[test]
fn a_panic_fails_one_call_and_is_rolled_back() {
    let scratch = Scratch::new("panic");
    for database in scratch.both() {
        let failed: Result<(), _> = database.write_blocking(|db| {
            accounts::import(db, &"half".into()).unwrap();
            panic!("a test");
        });
        assert!(matches!(&failed, Err(DatabaseError::Failed(reason)) if reason.contains("panic")), "{failed:?}");
        assert!(database.read_blocking::<()>(|_| panic!("a test")).is_err());
        import(&database, "next", true).unwrap();
        assert_eq!(users(&database), 2);
    }
}

#[test]
fn a_problem_that_stays_is_reported_once() {
    let scratch = Scratch::new("problem");
    let path = scratch.0.join("world.db");
    let problems = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&problems);
    let world = World::open(Some(&path), &ADMINS.map(str::to_owned)).unwrap();
    let on_problem = Arc::new(move |problem: &str| locked(&log).push(problem.to_owned()));
    let database = Database::start(world, Some(path), on_problem).unwrap();
    let fail = || {
        let failed = |db: &Connection| Done { value: db.execute_batch("ROLLBACK").unwrap(), keep: false };
        database.write_blocking(failed).unwrap();
    };
    for _ in 0..3 {
        fail();
        // A call that changes nothing says nothing about the disk.
        import(&database, "rejected", false).unwrap();
        import(&database, ADMINS[0], true).unwrap();
    }
    assert_eq!(locked(&problems).len(), 1);
    import(&database, "kept", true).unwrap();
    fail();
    assert_eq!(locked(&problems).len(), 2);
}

#[test]
fn a_stop_does_not_wait_for_another_program() {
    let scratch = Scratch::new("stop");
    let path = scratch.0.join("world.db");
    let database = start(Some(path.clone()));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = send(&database, |db| accounts::import(db, &"late".into()).unwrap());
    database.stop();
    assert!(waiting.recv().unwrap().is_err());
    drop(other);
    assert_eq!(users(&database), 1);
}

#[test]
fn a_stop_ends_a_change() {
    let scratch = Scratch::new("stop-job");
    for database in scratch.both() {
        let job = database.begin_job("import").unwrap();
        let changed = job.change(|db| {
            let ended = AtomicBool::new(false);
            thread::scope(|scope| {
                // Until the statement below is running, an interrupt has no effect.
                scope.spawn(|| {
                    while !ended.load(Relaxed) {
                        database.stop();
                    }
                });
                let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
                let result = db.query_row(endless, [], |row| row.get::<_, i64>(0));
                ended.store(true, Relaxed);
                result.map(drop).map_err(|error| error.to_string())
            })
        });
        assert!(changed.is_err());
        assert_eq!(job.progress(1), ControlFlow::Break(()));
    }
}

#[test]
#[cfg(unix)]
fn a_log_that_was_deleted_is_noticed() {
    let scratch = Scratch::new("wal");
    let path = scratch.0.join("world.db");
    let database = start(Some(path.clone()));
    import(&database, "before", true).unwrap();
    std::fs::remove_file(scratch.0.join("world.db-wal")).unwrap();
    let error = import(&database, "lost", true).unwrap_err();
    assert!(error.to_string().contains("world.db-wal was deleted"), "{error}");
}

#[test]
fn all_data_is_in_one_file_after_the_end() {
    let scratch = Scratch::new("end");
    for _ in 0..50 {
        let database = start(Some(scratch.0.join("world.db")));
        import(&database, "user", true).unwrap();
        assert_eq!(users(&database), 2);
        database.close();
        assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 1);
    }
}

#[test]
fn one_job_runs_at_a_time() {
    let database = start(None);
    let job = database.begin_job("import").unwrap();
    let _ = job.progress(7);
    let error = database.begin_job("export").err().unwrap();
    assert!(matches!(&error, JobError::Running(JobStatus { name: "import", lines: 7 })), "{error}");
    drop(job);
    assert!(database.begin_job("export").is_ok());
}
