//! Where the rows of a bulk command go, and how they survive the end of the program.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::journal::{Checkpoint, Journal, JournalError, Run, sync_folder};
use crate::exit::Failure;
use crate::output::{Format, Output};

/// Why an output cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinkError {
    #[error("{0}")]
    Usage(String),
    #[error("{} cannot be {doing}: {error}", path.display())]
    Out { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("{} is written by another process", .0.display())]
    Locked(PathBuf),
    #[error(
        "{} is not empty, and the journal with --resume knows nothing of it; move one of them away, or name another",
        .0.display()
    )]
    NotEmpty(PathBuf),
    #[error(
        "{} has {length} bytes, but the journal says that {journaled} were written: it was changed; begin anew with \
         another journal",
        path.display()
    )]
    Short { path: PathBuf, length: u64, journaled: u64 },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        Self::usage(error)
    }
}

/// How often the journal is written at most.
const PAUSE: Duration = Duration::from_millis(200);
/// What part of the time may be spent on it.
const SHARE: u32 = 20;

/// Where results go.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct SinkArgs {
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
pub(crate) struct Sink {
    kept: Option<Box<Kept>>,
    /// When the journal may be written next.
    due: Instant,
}

#[derive(Debug)]
struct Kept {
    file: File,
    journal: Journal,
}

impl SinkArgs {
    /// In which format results are written.
    pub(crate) fn format(&self, json: bool) -> Result<Format, SinkError> {
        let by_name = || match self.out.as_ref()?.extension()?.to_str()? {
            "csv" => Some(Format::Csv),
            _ => None,
        };
        let format = match self.output_format {
            Some(format) if json && format != Format::Ndjson => {
                return Err(SinkError::Usage("--json is --output-format ndjson; give one of them".to_owned()));
            }
            Some(format) => format,
            None if json => Format::Ndjson,
            None if self.out.is_some() => by_name().unwrap_or(Format::Ndjson),
            None => Format::Table,
        };
        if self.resume.is_some() && format == Format::Table {
            return Err(SinkError::Usage("a table cannot be gone on with: --resume needs csv or ndjson".to_owned()));
        }
        Ok(format)
    }

    /// Checks that no file is used for two things.
    pub(crate) fn check(&self, input: Option<&Path>) -> Result<(), SinkError> {
        let files = [("the input", input), ("--out", self.out.as_deref()), ("--resume", self.resume.as_deref())];
        for (at, (one, path)) in files.iter().enumerate() {
            for (other, path2) in &files[at + 1..] {
                if let (Some(path), Some(path2)) = (path, path2)
                    && is_same(path, path2)
                {
                    let path = path.display();
                    return Err(SinkError::Usage(format!("{one} and {other} are the same file, {path}")));
                }
            }
        }
        Ok(())
    }

    /// Opens the output of `run`, and finds where it goes on. `out` prints there from now on.
    pub(crate) fn open(&self, run: Run, json: bool, out: &mut Output, now: Instant) -> Result<Opened, SinkError> {
        let opened = self.open_output(run, json, out, now)?;
        out.set_csv_safe(self.csv_safe);
        Ok(opened)
    }

    fn open_output(&self, run: Run, json: bool, out: &mut Output, now: Instant) -> Result<Opened, SinkError> {
        let format = self.format(json)?;
        let Some(path) = &self.out else {
            out.set_format(format);
            return Ok(Opened::Going(Sink { kept: None, due: now }, Checkpoint::default()));
        };
        let failed = |doing: &'static str| move |error| SinkError::Out { path: path.clone(), doing, error };
        let Some(journal_path) = &self.resume else {
            let file = File::create(path).map_err(failed("made"))?;
            *out = Output::file(format, file);
            return Ok(Opened::Going(Sink { kept: None, due: now }, Checkpoint::default()));
        };
        let journal = Journal::open(journal_path, run.clone())?;
        if journal.place().finished {
            return Ok(Opened::Finished(journal.place().clone()));
        }
        let begun = journal.is_begun();
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(!begun).truncate(false).open(path).map_err(failed("opened"))?;
        file.try_lock().map_err(|_| SinkError::Locked(path.clone()))?;
        // What is true before nobody else writes it is only now.
        let mut journal = Journal::open(journal_path, run)?;
        let place = journal.place().clone();
        let length = file.metadata().map_err(failed("read"))?.len();
        if !begun && length > 0 {
            return Err(SinkError::NotEmpty(path.clone()));
        }
        if length < place.output_bytes {
            let (path, journaled) = (path.clone(), place.output_bytes);
            return Err(SinkError::Short { path, length, journaled });
        }
        file.set_len(place.output_bytes).map_err(failed("cut"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("read"))?;
        if !begun {
            sync_folder(path).map_err(failed("made"))?;
            journal.write(place.clone())?;
        }
        let writer = file.try_clone().map_err(failed("opened"))?;
        *out = Output::file(format, writer).after(place.output_bytes);
        Ok(Opened::Going(Sink { kept: Some(Box::new(Kept { file, journal })), due: now }, place))
    }

    /// What belongs to the identity of a run.
    pub(crate) fn identity(&self, json: bool) -> Result<Run, SinkError> {
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
    Finished(Checkpoint),
    /// It goes on from here.
    Going(Sink, Checkpoint),
}

impl Sink {
    /// Whether there is a journal, so that what is not done now can be done later.
    pub(crate) fn is_resumable(&self) -> bool {
        self.kept.is_some()
    }

    /// Prints what waits, and if it is time writes the journal. `clock` says what time it is.
    pub(crate) fn keep(
        &mut self,
        out: &mut Output,
        place: &Checkpoint,
        clock: impl Fn() -> Instant,
    ) -> Result<(), Failure> {
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
    pub(crate) fn write(&mut self, out: &mut Output, place: &Checkpoint) -> Result<(), Failure> {
        out.show()?;
        if let Some(kept) = &mut self.kept {
            let Kept { file, journal } = &mut **kept;
            file.sync_data().map_err(Failure::Output)?;
            journal.write(Checkpoint { output_bytes: out.bytes(), ..place.clone() }).map_err(SinkError::from)?;
        }
        Ok(())
    }
}
