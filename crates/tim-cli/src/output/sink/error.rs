//! Why an output cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::output::file::FileError;
use crate::output::journal::JournalError;
use crate::output::saving::Conflict;

/// The endings of file names that decide the format.
pub(super) const ENDINGS: &str = ".csv, .ndjson, .jsonl, and each of them with .gz";

/// Why an output cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinkError {
    #[error("{0}")]
    Usage(String),
    #[error(
        "cannot tell the format of {} by its name; use the ending {ENDINGS}, or give --output-format",
        .0.display()
    )]
    UnknownEnding(PathBuf),
    /// Without a path: standard output.
    #[error("cannot write {}: {error}", path.as_deref().unwrap_or(Path::new("the output")).display())]
    Write { path: Option<PathBuf>, error: io::Error },
    #[error(
        "{} is not empty, and does not belong to the journal of --resume; move one of them away, or name another",
        .0.display()
    )]
    NotEmpty(PathBuf),
    #[error(
        "{} does not match its journal: it has {length} bytes, and {journaled} were written; start again with another \
         journal and another file",
        path.display()
    )]
    Mismatch { path: PathBuf, length: u64, journaled: u64 },
    #[error(
        "cannot find {}, which the run of this journal wrote; start again with another journal",
        .0.display()
    )]
    Lost(PathBuf),
    #[error("cannot resume into {}: it is not a regular file, so it cannot be cut; --resume needs a file", .0.display())]
    NotRegular(PathBuf),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl SinkError {
    /// The journal and the output `path` contradict each other.
    pub(super) fn conflict(path: &Path, conflict: Conflict) -> Self {
        let path = path.to_owned();
        match conflict {
            Conflict::Lost => Self::Lost(path),
            Conflict::NotEmpty => Self::NotEmpty(path),
            Conflict::Mismatch { length, journaled } => Self::Mismatch { path, length, journaled },
        }
    }

    /// Whether another program changed the output, so that a run cannot resume into it.
    pub(crate) fn is_of_others(&self) -> bool {
        matches!(self, Self::File(FileError::Changed { .. } | FileError::Replaced(_)))
    }
}

impl From<SinkError> for Failure {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Write { path: None, error } => Self::Output(error),
            error => Self::usage(error),
        }
    }
}
