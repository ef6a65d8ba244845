use tim_follow::transport::ClockReading;

use super::*;

/// Notes what is done with the files, and fails at one step.
struct Recorded {
    resumable: bool,
    fails_at: &'static str,
    done: Vec<&'static str>,
}

impl Recorded {
    fn new(resumable: bool, fails_at: &'static str) -> Self {
        Self { resumable, fails_at, done: Vec::new() }
    }

    fn note(&mut self, step: &'static str) -> Result<(), &'static str> {
        if step == self.fails_at {
            return Err(step);
        }
        self.done.push(step);
        Ok(())
    }
}

impl Files for Recorded {
    type Checkpoint = u64;
    type Error = &'static str;

    fn is_resumable(&self) -> bool {
        self.resumable
    }

    fn flush(&mut self) -> Result<(), &'static str> {
        self.note("flush")
    }

    fn end_part(&mut self) -> Result<(), &'static str> {
        self.note("end_part")
    }

    fn verify(&mut self) -> Result<u64, &'static str> {
        self.note("verify").map(|()| 7)
    }

    fn sync(&mut self) -> Result<(), &'static str> {
        self.note("sync")
    }

    fn write_journal(&mut self, bytes: u64, finished: bool, checkpoint: u64) -> Result<(), &'static str> {
        assert_eq!((bytes, checkpoint), (7, 3));
        self.note(if finished { "finished" } else { "journal" })
    }
}

impl FilesAtStart for Recorded {
    type Error = &'static str;

    fn cut(&mut self, length: u64) -> Result<(), &'static str> {
        self.note(if length == 0 { "empty" } else { "cut" })
    }

    fn sync_folder(&mut self) -> Result<(), &'static str> {
        self.note("sync")
    }

    fn write_first_journal(&mut self) -> Result<(), &'static str> {
        self.note("journal")
    }
}

impl JournalFolder for Recorded {
    type Error = &'static str;

    fn remove_temporary(&mut self) -> Result<(), &'static str> {
        self.note("remove")
    }

    fn write_temporary(&mut self, _: &[u8]) -> Result<(), &'static str> {
        self.note("write")
    }

    fn sync_temporary(&mut self) -> Result<(), &'static str> {
        self.note("sync_temporary")
    }

    fn rename_temporary(&mut self) -> Result<(), &'static str> {
        self.note("rename")
    }

    fn sync_folder(&mut self) -> Result<(), &'static str> {
        self.note("sync_folder")
    }
}

#[test]
fn the_output_is_on_the_disk_before_the_journal_claims_it() {
    let steps = |resumable, part, fails_at| {
        let mut files = Recorded::new(resumable, fails_at);
        assert_eq!(save(&mut files, &3, part).is_err(), !fails_at.is_empty());
        files.done.join(" ")
    };
    assert_eq!(steps(true, Part::Continues, ""), "flush end_part verify sync journal");
    assert_eq!(steps(true, Part::Stopped, ""), "flush end_part verify sync journal");
    assert_eq!(steps(true, Part::Finished, ""), "flush end_part verify sync finished");
    assert_eq!(steps(false, Part::Continues, ""), "flush verify");
    assert_eq!(steps(false, Part::Finished, ""), "flush end_part verify");
    assert_eq!(steps(true, Part::Finished, "sync"), "flush end_part verify");
    assert_eq!(steps(true, Part::Finished, "flush"), "");
}

#[test]
fn a_journal_is_replaced_by_a_file_that_is_on_the_disk() {
    let mut folder = Recorded::new(true, "");
    replace(&mut folder, b"text").unwrap();
    assert_eq!(folder.done, ["remove", "write", "sync_temporary", "rename", "sync_folder"]);
    let mut full = Recorded::new(true, "sync_temporary");
    assert!(replace(&mut full, b"text").is_err());
    assert_eq!(full.done, ["remove", "write"]);
}

#[test]
fn the_journal_and_the_length_of_the_output_decide_how_a_run_begins() {
    let mismatch = |length, journaled| Err(Conflict::Mismatch { length, journaled });
    for (journal, output, expected) in [
        (None, None, Ok(Start::New)),
        (None, Some(0), Ok(Start::New)),
        (None, Some(1), Err(Conflict::NotEmpty)),
        (Some((5, false)), None, Err(Conflict::Lost)),
        (Some((5, false)), Some(4), mismatch(4, 5)),
        (Some((5, false)), Some(5), Ok(Start::Resume(5))),
        (Some((5, false)), Some(6), Ok(Start::Resume(5))),
        (Some((5, true)), Some(5), Ok(Start::Finished)),
        (Some((5, true)), Some(6), mismatch(6, 5)),
        (Some((5, true)), None, Err(Conflict::Lost)),
    ] {
        assert_eq!(Start::decide(journal, output), expected, "{journal:?} {output:?}");
    }
    for (start, expected) in [(Start::Finished, ""), (Start::Resume(5), "cut"), (Start::New, "empty sync journal")] {
        let mut files = Recorded::new(true, "");
        begin(&mut files, start).unwrap();
        assert_eq!(files.done.join(" "), expected);
    }
}

#[test]
fn checkpoints_take_a_small_part_of_the_time() {
    let start = ClockReading::system().instant;
    let after = |ms| start + Duration::from_millis(ms);
    let mut schedule = Schedule::new(start);
    assert!(schedule.is_due(start));
    schedule.written(start, after(1));
    assert_eq!([200, 201].map(|ms| schedule.is_due(after(ms))), [false, true]);
    schedule.written(start, after(50));
    assert_eq!([1049, 1050].map(|ms| schedule.is_due(after(ms))), [false, true]);
}
