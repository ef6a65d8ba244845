//! Where the rows of a run go, and how they survive the end of the program.

mod error;
mod files;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::{Existing, FileError, OutputFile, is_hard_link};
use super::journal::{Identity, Journal};
use super::saving::{Conflict, Part, Schedule, Start, begin, save, save_if_due};
use super::{Format, Output};

use self::files::{Beginning, Saving};
pub(crate) use error::SinkError;

/// Arguments for the output of results.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct SinkArgs {
    /// The format of the results [default: table; ndjson with --json; with --out, by the ending of
    /// the file name]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) output_format: Option<Format>,
    /// Write an apostrophe before each CSV text that starts with =, +, -, @, TAB or CR, so that a
    /// spreadsheet does not run it as a formula
    #[arg(long)]
    pub(crate) csv_safe: bool,
    /// Write the results to a file: .csv, .ndjson or .jsonl, each also compressed with .gz. `-` is
    /// standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Fail if the file of --out exists, instead of overwriting it
    #[arg(long, requires = "out", conflicts_with = "resume")]
    pub(crate) no_clobber: bool,
    /// Keep a journal in this file, so that the same command resumes after Ctrl-C, a kill or a
    /// power cut. The file of --out then has every result exactly once
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(crate) resume: Option<PathBuf>,
    /// The file that the command makes from the complete output, and then removes the output.
    #[arg(skip)]
    pub(crate) becomes: Option<PathBuf>,
}

/// How rows are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) format: Format,
    pub(crate) gzip: bool,
}

impl SinkArgs {
    /// The file of `--out`; `None` for standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.out.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// How the results are encoded.
    pub(crate) fn encoding(&self, json: bool) -> Result<Encoding, SinkError> {
        let usage = |problem: &str| Err(SinkError::Usage(problem.to_owned()));
        let given = given_format(self.output_format, json)?;
        if self.resume.is_some() && self.file().is_none() {
            return usage("--resume needs a file as --out: standard output cannot be cut when the run resumes");
        }
        let encoding = match self.file() {
            None => Encoding { format: given.unwrap_or(Format::Table), gzip: false },
            Some(path) => {
                let (by_name, gzip) = by_ending(path);
                let format = given.or(by_name).ok_or_else(|| SinkError::UnknownEnding(path.to_owned()))?;
                Encoding { format, gzip }
            }
        };
        if self.resume.is_some() && encoding.format == Format::Table {
            return usage("a table cannot be resumed: with --resume, use csv or ndjson");
        }
        Ok(encoding)
    }

    /// Checks that no file is used for two things.
    pub(crate) fn check(&self, input: Option<&Path>) -> Result<(), SinkError> {
        let files = [
            ("the input", input),
            ("--out", self.file()),
            ("--out", self.becomes.as_deref()),
            ("--resume", self.resume.as_deref()),
        ];
        for (at, (one, path)) in files.iter().enumerate() {
            for (other, path2) in &files[at + 1..] {
                if let (Some(path), Some(path2)) = (path, path2)
                    && is_same(path, path2)
                {
                    let path = path.display();
                    return Err(SinkError::Usage(format!(
                        "{one} and {other} are the same file, {path}; name another file with {other}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// What belongs to the identity of a run.
    pub(crate) fn identity(&self, json: bool) -> Result<Identity, SinkError> {
        let out = self.file().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        let Encoding { format, gzip } = self.encoding(json)?;
        let format = format!("{format:?}{}", if gzip { " with gzip" } else { "" }).to_lowercase();
        let format = if self.csv_safe { format + " with --csv-safe" } else { format };
        let out = out.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(vec![("the output".to_owned(), out), ("the output format".to_owned(), format)])
    }

    /// Opens the output of `run`, and finds the checkpoint to resume from. From then on `out`
    /// prints there.
    pub(crate) fn open<C: Checkpoint>(
        &self,
        run: Identity,
        json: bool,
        out: &mut Output,
        now: Instant,
    ) -> Result<Opened<C>, SinkError> {
        let Encoding { format, gzip } = self.encoding(json)?;
        let Some(path) = self.file() else {
            out.set_format(format);
            out.set_csv_safe(self.csv_safe);
            return Ok(Opened::Started(Sink { file: None, journal: None, schedule: Schedule::new(now) }, C::default()));
        };
        self.check_becomes()?;
        let (file, journal, checkpoint) = match &self.resume {
            None => {
                let existing = if self.no_clobber { Existing::Keep } else { Existing::Overwrite };
                (OutputFile::open(path, gzip, existing)?, None, C::default())
            }
            Some(journal) => match self.resume_output(path, gzip, journal, run)? {
                Resumed::Finished(checkpoint) => return Ok(Opened::Finished(checkpoint)),
                Resumed::At(file, journal) => {
                    let checkpoint = journal.page().checkpoint.clone();
                    (file, Some(journal), checkpoint)
                }
            },
        };
        let written = journal.as_ref().map_or(0, |journal| journal.page().output_bytes);
        *out = Output::new(format, Box::new(file.writer())).escaped_if(file.is_terminal()).after(written);
        out.set_csv_safe(self.csv_safe);
        Ok(Opened::Started(Sink { file: Some(file), journal, schedule: Schedule::new(now) }, checkpoint))
    }
}

/// An output and its journal.
enum Resumed<C> {
    Finished(C),
    /// The output ends at the checkpoint of the journal.
    At(OutputFile, Journal<C>),
}

impl SinkArgs {
    /// Opens the output of a run with a journal, and cuts off what was written behind its
    /// checkpoint.
    fn resume_output<C: Checkpoint>(
        &self,
        path: &Path,
        gzip: bool,
        journal: &Path,
        run: Identity,
    ) -> Result<Resumed<C>, SinkError> {
        let opened = Journal::<C>::open(journal, run.clone())?;
        // Without the lock, another process can be writing both files. Only these results are
        // final.
        let length = path.metadata().ok().map(|metadata| metadata.len());
        if opened.page().finished || length.is_none() {
            match Start::decide(opened.claim(), length) {
                Ok(Start::Finished) => return Ok(Resumed::Finished(opened.page().checkpoint.clone())),
                Err(Conflict::Lost) if self.is_converted(opened.page().finished) => {
                    return Ok(Resumed::Finished(opened.page().checkpoint.clone()));
                }
                Err(conflict) => return Err(SinkError::conflict(path, conflict)),
                Ok(_) => {}
            }
        }
        let mut file = OutputFile::open(path, gzip, Existing::Resume)?;
        if !file.is_regular() {
            return Err(SinkError::NotRegular(path.to_owned()));
        }
        let mut journal = Journal::<C>::open(journal, run)?;
        let start = Start::decide(journal.claim(), Some(file.length()?));
        let start = start.map_err(|conflict| SinkError::conflict(path, conflict))?;
        begin(&mut Beginning { file: &mut file, journal: &mut journal }, start)?;
        Ok(match start {
            Start::Finished => Resumed::Finished(journal.page().checkpoint.clone()),
            Start::New | Start::Resume(_) => Resumed::At(file, journal),
        })
    }

    /// Whether the output of a finished run was converted, and then removed.
    fn is_converted(&self, finished: bool) -> bool {
        finished && self.becomes.as_deref().is_some_and(Path::exists)
    }

    /// Checks the file that the output becomes, before anything is sent.
    fn check_becomes(&self) -> Result<(), SinkError> {
        match &self.becomes {
            Some(path) if self.no_clobber && path.exists() => Err(FileError::Exists(path.clone()).into()),
            Some(path) if path.is_dir() => {
                Err(SinkError::Write { path: Some(path.clone()), error: io::ErrorKind::IsADirectory.into() })
            }
            _ => Ok(()),
        }
    }
}

/// The format that `--output-format` or `--json` chooses.
pub(crate) fn given_format(output_format: Option<Format>, json: bool) -> Result<Option<Format>, SinkError> {
    if json && output_format.is_some_and(|format| format != Format::Ndjson) {
        let problem = "--json and --output-format contradict each other; give one of them";
        return Err(SinkError::Usage(problem.to_owned()));
    }
    Ok(output_format.or(json.then_some(Format::Ndjson)))
}

/// The format of the ending of a file name, and whether the file is compressed.
fn by_ending(path: &Path) -> (Option<Format>, bool) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let (name, gzip) = name.strip_suffix(".gz").map_or((name.as_str(), false), |name| (name, true));
    let format = match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Some(Format::Csv),
        Some("ndjson" | "jsonl") => Some(Format::Ndjson),
        _ => None,
    };
    (format, gzip)
}

/// Whether both paths lead to one file, also through symbolic or hard links.
fn is_same(one: &Path, other: &Path) -> bool {
    let canonical = || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other));
    one == other || canonical() || is_hard_link(one, other)
}

/// What a run resumes from.
pub(crate) trait Checkpoint: Clone + Default + Serialize + DeserializeOwned {}

impl<C: Clone + Default + Serialize + DeserializeOwned> Checkpoint for C {}

/// How a run begins.
pub(crate) enum Opened<C> {
    /// It was finished before.
    Finished(C),
    /// It starts, or resumes from this checkpoint.
    Started(Sink<C>, C),
}

/// The output of a run and its journal.
#[derive(Debug)]
pub(crate) struct Sink<C> {
    /// `None` for standard output.
    file: Option<OutputFile>,
    journal: Option<Journal<C>>,
    schedule: Schedule,
}

impl<C: Checkpoint> Sink<C> {
    /// Whether the rows go to a file, and not to standard output.
    pub(crate) fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// Whether a later run can resume.
    pub(crate) fn is_resumable(&self) -> bool {
        self.journal.is_some()
    }

    /// Prints buffered rows. If it is time, writes a checkpoint. `clock` returns the current time.
    pub(crate) fn keep(
        &mut self,
        out: &mut Output,
        checkpoint: &C,
        clock: impl Fn() -> Instant,
    ) -> Result<(), SinkError> {
        let Self { file, journal, schedule } = self;
        match file {
            None => out.show().map_err(|error| self.failed(error)),
            Some(file) => {
                save_if_due(&mut Saving { out, file, journal: journal.as_mut() }, schedule, checkpoint, clock)
            }
        }
    }

    /// Prints the rows and writes the checkpoint behind them.
    pub(crate) fn save(&mut self, out: &mut Output, checkpoint: &C, part: Part) -> Result<(), SinkError> {
        match &mut self.file {
            None => out.show().map_err(|error| self.failed(error)),
            Some(file) => save(&mut Saving { out, file, journal: self.journal.as_mut() }, checkpoint, part),
        }
    }

    /// Names the output that cannot be written.
    pub(crate) fn failed(&self, error: io::Error) -> SinkError {
        SinkError::Write { path: self.file.as_ref().map(|file| file.path().to_owned()), error }
    }
}

#[cfg(test)]
mod tests {
    use super::error::ENDINGS;
    use super::*;

    fn args(out: &str) -> SinkArgs {
        SinkArgs {
            output_format: None,
            out: Some(out.into()),
            csv_safe: false,
            no_clobber: false,
            resume: None,
            becomes: None,
        }
    }

    #[test]
    fn the_ending_of_the_file_name_tells_the_format() {
        let of = |out: &str| args(out).encoding(false).map(|encoding| (encoding.format, encoding.gzip));
        assert_eq!(of("a.csv").unwrap(), (Format::Csv, false));
        assert_eq!(of("a.CSV.gz").unwrap(), (Format::Csv, true));
        assert_eq!(of("b.d/a.jsonl").unwrap(), (Format::Ndjson, false));
        assert_eq!(of("a.ndjson.gz").unwrap(), (Format::Ndjson, true));
        assert_eq!(of("-").unwrap(), (Format::Table, false));
        for out in ["a", "a.tsv", "a.xlsx", "a.gz", "csv", "/dev/null"] {
            let error = of(out).unwrap_err().to_string();
            assert!(error.contains(ENDINGS) && error.contains("--output-format"), "{error}");
        }
        let given = SinkArgs { output_format: Some(Format::Csv), ..args("/dev/null") };
        assert_eq!(given.encoding(false).unwrap().format, Format::Csv);
        assert_eq!(args("rows").encoding(true).unwrap().format, Format::Ndjson);
    }

    #[test]
    fn only_a_file_of_rows_can_be_resumed() {
        let resume =
            |out: &str, output_format| SinkArgs { resume: Some("run.journal".into()), output_format, ..args(out) };
        assert!(resume("-", None).encoding(false).is_err());
        assert!(resume("rows.csv", Some(Format::Table)).encoding(false).is_err());
        assert!(resume("rows.csv", None).encoding(false).is_ok());
    }
}
