//! Lists as Parquet: the file is there when all rows are, and not before.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Run, file, run, serve, tim_at};

/// The files of a run, none of which exists.
struct Files {
    out: PathBuf,
    rows: PathBuf,
    journal: PathBuf,
}

impl Files {
    fn new(name: &str) -> Self {
        let [out, rows, journal] = ["parquet", "parquet.part", "journal"].map(|ending| {
            let path = file(&format!("{name}.{ending}"), "");
            fs::remove_file(&path).unwrap();
            path
        });
        Self { out, rows, journal }
    }

    fn list(&self, base_url: &str, args: &str) -> Run {
        run(tim_at(base_url, &format!("follow list alice --kind followers {args} --out")).arg(&self.out))
    }

    fn resumed(&self, base_url: &str) -> Run {
        self.list(base_url, &format!("--resume {}", self.journal.display()))
    }
}

fn page(user: &str, next: &str) -> String {
    format!(r#"{{"FollowItem":[{{"To_Account":"{user}","FollowTime":1}}],"NextCursor":"{next}","ErrorCode":0}}"#)
}

fn is_parquet(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1")
}

#[test]
fn a_list_becomes_parquet_and_its_rows_are_removed() {
    let files = Files::new("parquet-list");
    files.list(&serve(&[(200, &page("bob", ""))]), "").exits(0);
    assert!(is_parquet(&files.out) && !files.rows.exists());
}

#[test]
fn a_list_that_broke_off_resumes_and_becomes_parquet_at_its_end() {
    let files = Files::new("parquet-resumed");
    let server = serve(&[(200, &page("bob", "c2")), (400, ""), (200, &page("carol", ""))]);
    files.resumed(&server).exits(3).says("run the same command again to resume");
    assert!(!files.out.exists() && files.rows.exists());
    files.resumed(&server).exits(0);
    assert!(is_parquet(&files.out) && !files.rows.exists());
    files.resumed(&server).exits(0).says("already finished");
    fs::remove_file(&files.out).unwrap();
    files.resumed(&server).exits(2).says("cannot find");
}

#[test]
fn the_rows_of_a_list_that_broke_off_without_a_journal_stay_ndjson() {
    let files = Files::new("parquet-broken");
    let server = serve(&[(200, &page("bob", "c2")), (400, "")]);
    files.list(&server, "").exits(3).says("was not written, because rows are missing");
    assert!(!files.out.exists());
    let rows = fs::read_to_string(&files.rows).unwrap();
    assert!(rows.lines().count() == 2 && rows.contains(r#""cursor":"c2""#), "{rows}");
}

#[test]
fn a_file_that_cannot_become_parquet_stops_the_command_at_its_start() {
    let server = serve(&[(200, &page("bob", ""))]);
    let files = Files::new("parquet-kept");
    fs::write(&files.out, "precious").unwrap();
    files.list(&server, "--no-clobber").exits(2).says("exists already");
    let input =
        run(tim_at(&server, "follow list --kind followers --targets").arg(&files.out).arg("--out").arg(&files.out));
    input.exits(2).says("the input and --out are the same file");
    files.list(&server, &format!("--resume {}", files.out.display())).exits(2).says("are the same file");
    assert_eq!(fs::read_to_string(&files.out).unwrap(), "precious");
    files.list(&server, "").exits(0);
    assert!(is_parquet(&files.out));

    let files = Files::new("parquet-directory");
    fs::create_dir_all(&files.out).unwrap();
    files.list(&server, "").exits(2).says("cannot write");
    assert!(!files.rows.exists());
    fs::remove_dir(&files.out).unwrap();
}
