//! Exports that fail or are stopped.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use crate::world::store;
use crate::world::transfer::{ExportError, ImportError, apply, collect, export, export_to, read};

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_failed_export_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let db = store::in_memory().unwrap();
    let rows = read("a,b\n".as_bytes()).unwrap().map(Result::unwrap).collect();
    apply(&db, rows, 7).unwrap();
    assert_eq!(export_to(&db, &file, &go_on).unwrap(), 3);
    let earlier = fs::read_to_string(&file).unwrap();
    assert!(earlier.ends_with("{\"follow\":{\"from\":\"a\",\"to\":\"b\",\"at\":7}}\n"), "{earlier}");

    db.execute("UPDATE follow SET followed_at = 'soon'", []).unwrap();
    assert!(matches!(export_to(&db, &file, &go_on), Err(ExportError::Database(_))));
    assert_eq!((names(folder.path()), fs::read_to_string(&file).unwrap()), (vec!["state".to_owned()], earlier));
    assert!(matches!(export_to(&db, &folder.path().join("none/state"), &go_on), Err(ExportError::Write(_))));
}

#[test]
fn progress_is_reported_every_10_000_records_and_can_stop_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let stage = folder.path().join("stage");
    let table: String = (0..25_000).map(|n| format!("user{n},star\n")).collect();
    let seen = std::cell::RefCell::new(Vec::new());
    let note = |last| {
        let seen = &seen;
        move |count| {
            seen.borrow_mut().push(count);
            if count >= last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    };
    let collected = |last| collect(&mut read(table.as_bytes()).unwrap(), Some(&stage), 7, &note(last));
    assert!(matches!(collected(20_000), Err(ImportError::Stopped)));
    assert_eq!((seen.take(), names(folder.path())), (vec![10_000, 20_000], vec![]), "the stage is removed");

    let crate::world::transfer::Import::Staged(staged) = collected(30_000).unwrap() else { panic!() };
    assert_eq!((seen.take(), names(folder.path())), (vec![10_000, 20_000], vec!["stage".to_owned()]));
    let db = store::in_memory().unwrap();
    staged.merge_into(&db, &go_on).unwrap();
    assert!(names(folder.path()).is_empty());
    assert!(matches!(export(&db, &mut std::io::sink(), &note(30_000)), Err(ExportError::Stopped)));
    assert_eq!(seen.take(), [10_000, 20_000, 30_000]);
    assert_eq!(export(&db, &mut std::io::sink(), &go_on).unwrap(), 50_001);
}
