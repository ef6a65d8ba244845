//! The threads, with work that the tests control.

use std::path::PathBuf;
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

fn users(database: &Database) -> u64 {
    database.read_blocking(world_totals).unwrap()
}

fn world_totals(db: &Connection) -> u64 {
    crate::world::totals::read(db).unwrap().accounts
}

/// Runs `act` while the thread for writes is busy, and lets it go on after that.
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
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".job")), "{left:?}");
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
    let fill = |db: &Connection| {
        for user in 0..30_000 {
            accounts::import(db, &format!("user{user}").into()).unwrap();
        }
        Done { value: (), keep: true }
    };
    database.write_blocking(fill).unwrap();
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

#[test]
fn one_job_runs_at_a_time() {
    let database = start(None);
    let job = database.begin_job("import").unwrap();
    job.progress(7);
    let error = database.begin_job("export").err().unwrap();
    assert!(matches!(&error, JobError::Running(JobStatus { name: "import", lines: 7 })), "{error}");
    drop(job);
    assert!(database.begin_job("export").is_ok());
}
