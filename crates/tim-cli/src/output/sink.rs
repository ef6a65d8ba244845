//! Where the rows of a bulk command go, and how they survive the end of the program.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::journal::{Journal, Place, Run, sync_folder};
use crate::exit::Failure;
use crate::output::{Format, Output};
use crate::run::BulkError;

/// How often the journal is written at most.
const PAUSE: Duration = Duration::from_millis(200);
/// What part of the time may be spent on it.
const SHARE: u32 = 20;

/// Where results go.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct DeliveryArgs {
    /// How results are printed [default: table; with --json, ndjson; with --out, as the ending of its name says, or ndjson]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) output_format: Option<Format>,
    /// Write an apostrophe before each CSV text that starts with =, +, -, @, TAB or CR, so that a
    /// spreadsheet does not run it as a formula
    #[arg(long)]
    pub(crate) csv_safe: bool,
    /// Write results to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Keep a journal in this file, so that the same command goes on after a Ctrl-C, a kill or a power cut where it
    /// stopped; --out then holds every result exactly once. A pipe cannot be rolled back, so --out is needed
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(crate) resume: Option<PathBuf>,
}

/// The output file and its journal, if there is one.
#[derive(Debug)]
pub(crate) struct Delivery {
    kept: Option<Box<Kept>>,
    /// When the journal may be written next.
    due: Instant,
}

#[derive(Debug)]
struct Kept {
    file: File,
    journal: Journal,
}

impl DeliveryArgs {
    /// In which format results are written.
    pub(crate) fn format(&self, json: bool) -> Result<Format, BulkError> {
        let by_name = || match self.out.as_ref()?.extension()?.to_str()? {
            "csv" => Some(Format::Csv),
            _ => None,
        };
        let format = match self.output_format {
            Some(format) if json && format != Format::Ndjson => {
                return Err(BulkError::Usage("--json is --output-format ndjson; give one of them".to_owned()));
            }
            Some(format) => format,
            None if json => Format::Ndjson,
            None if self.out.is_some() => by_name().unwrap_or(Format::Ndjson),
            None => Format::Table,
        };
        if self.resume.is_some() && format == Format::Table {
            return Err(BulkError::Usage("a table cannot be gone on with: --resume needs csv or ndjson".to_owned()));
        }
        Ok(format)
    }

    /// Checks that no file is used for two things.
    pub(crate) fn check(&self, input: Option<&Path>) -> Result<(), BulkError> {
        let files = [("the input", input), ("--out", self.out.as_deref()), ("--resume", self.resume.as_deref())];
        for (at, (one, path)) in files.iter().enumerate() {
            for (other, path2) in &files[at + 1..] {
                if let (Some(path), Some(path2)) = (path, path2)
                    && is_same(path, path2)
                {
                    let path = path.display();
                    return Err(BulkError::Usage(format!("{one} and {other} are the same file, {path}")));
                }
            }
        }
        Ok(())
    }

    /// Opens the output of `run`, and finds where it goes on. `out` prints there from now on.
    pub(crate) fn open(&self, run: Run, json: bool, out: &mut Output, now: Instant) -> Result<Opened, BulkError> {
        let opened = self.open_output(run, json, out, now)?;
        out.set_csv_safe(self.csv_safe);
        Ok(opened)
    }

    fn open_output(&self, run: Run, json: bool, out: &mut Output, now: Instant) -> Result<Opened, BulkError> {
        let format = self.format(json)?;
        let Some(path) = &self.out else {
            out.set_format(format);
            return Ok(Opened::Going(Delivery { kept: None, due: now }, Place::default()));
        };
        let failed = |doing: &'static str| move |error| BulkError::Out { path: path.clone(), doing, error };
        let Some(journal_path) = &self.resume else {
            let file = File::create(path).map_err(failed("made"))?;
            *out = Output::file(format, file);
            return Ok(Opened::Going(Delivery { kept: None, due: now }, Place::default()));
        };
        let journal = Journal::open(journal_path, run.clone())?;
        if journal.place().finished {
            return Ok(Opened::Finished(journal.place().clone()));
        }
        let begun = journal.is_begun();
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(!begun).truncate(false).open(path).map_err(failed("opened"))?;
        fs4::FileExt::try_lock(&file).map_err(|_| BulkError::Locked(path.clone()))?;
        // What is true before nobody else writes it is only now.
        let mut journal = Journal::open(journal_path, run)?;
        let place = journal.place().clone();
        let length = file.metadata().map_err(failed("read"))?.len();
        if !begun && length > 0 {
            return Err(BulkError::NotEmpty(path.clone()));
        }
        if length < place.output_bytes {
            let (path, journaled) = (path.clone(), place.output_bytes);
            return Err(BulkError::Short { path, length, journaled });
        }
        file.set_len(place.output_bytes).map_err(failed("cut"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("read"))?;
        if !begun {
            sync_folder(path).map_err(failed("made"))?;
            journal.write(place.clone())?;
        }
        let writer = file.try_clone().map_err(failed("opened"))?;
        *out = Output::file(format, writer).after(place.output_bytes);
        Ok(Opened::Going(Delivery { kept: Some(Box::new(Kept { file, journal })), due: now }, place))
    }

    /// What belongs to the identity of a run.
    pub(crate) fn identity(&self, json: bool) -> Result<Run, BulkError> {
        let out = self.out.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        let mut format = format!("{:?}", self.format(json)?).to_lowercase();
        if self.csv_safe {
            format.push_str(" with --csv-safe");
        }
        let out = out.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(vec![("the output".to_owned(), out), ("the output format".to_owned(), format)])
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// How a run begins.
pub(crate) enum Opened {
    /// It was finished before.
    Finished(Place),
    /// It goes on from here.
    Going(Delivery, Place),
}

impl Delivery {
    /// Whether there is a journal, so that what is not done now can be done later.
    pub(crate) fn is_resumable(&self) -> bool {
        self.kept.is_some()
    }

    /// Prints what waits, and if it is time writes the journal. `clock` says what time it is.
    pub(crate) fn keep(&mut self, out: &mut Output, place: &Place, clock: impl Fn() -> Instant) -> Result<(), Failure> {
        let start = clock();
        if self.kept.is_none() {
            return Ok(out.show()?);
        }
        if start < self.due {
            return Ok(());
        }
        self.write(out, place)?;
        let end = clock();
        self.due = end + PAUSE.max(end.saturating_duration_since(start) * SHARE);
        Ok(())
    }

    /// Prints what waits and writes the journal.
    pub(crate) fn write(&mut self, out: &mut Output, place: &Place) -> Result<(), Failure> {
        out.show()?;
        if let Some(kept) = &mut self.kept {
            let Kept { file, journal } = &mut **kept;
            file.sync_data().map_err(to_disk)?;
            journal.write(Place { output_bytes: out.bytes(), ..place.clone() }).map_err(BulkError::from)?;
        }
        Ok(())
    }
}

fn to_disk(error: io::Error) -> Failure {
    Failure::Output(error)
}
