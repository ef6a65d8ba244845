//! Runs each target over its files in `corpus`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use tim_fuzz::panics::catch;
use tim_fuzz::{TARGETS, Target};

/// The most files of a target, and the most bytes of all targets: the corpus stays small.
const MAX_FILES: usize = 45;
const MAX_BYTES: u64 = 800_000;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The files in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs a target over the files of a folder. Returns a text for each file that fails.
fn failures(target: Target, folder: &Path) -> Vec<String> {
    let run = |file: PathBuf| {
        let bytes = fs::read(&file).unwrap();
        let failed = catch(target, &bytes).err();
        failed.map(|why| format!("the target {} fails with {}: {why}", target.name, file.display()))
    };
    files(folder).into_iter().filter_map(run).collect()
}

#[test]
fn no_file_of_the_corpus_fails() {
    let failures: Vec<_> = TARGETS.iter().flat_map(|target| failures(*target, &corpus().join(target.name))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_corpus_has_files_of_each_target_and_stays_small() {
    let folders: Vec<_> = files(&corpus()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
    let mut bytes = 0;
    for name in names {
        let files = files(&corpus().join(name));
        assert!((1..=MAX_FILES).contains(&files.len()), "{name} has {} files", files.len());
        bytes += files.iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
    }
    assert!(bytes <= MAX_BYTES, "the corpus has {bytes} bytes");
}

#[test]
fn a_file_that_fails_is_reported_with_its_name() {
    fn panic_in_a_thread(bytes: &[u8]) {
        let bytes = bytes.to_vec();
        let _ = std::thread::spawn(move || assert_ne!(bytes, b"bad")).join();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a_file_that_fails");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1-good"), "good").unwrap();
    fs::write(folder.join("2-bad"), "bad").unwrap();
    for run in [panic_in_a_thread as fn(&[u8]), |bytes| assert_ne!(bytes, b"bad")] {
        let failures = failures(Target { name: "planted", run }, &folder);
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].starts_with("the target planted fails with "), "{failures:?}");
        assert!(failures[0].contains("2-bad: panicked at "), "{failures:?}");
    }
}
