//! Why a bulk command did not begin, or did not come to its end.

use std::io;
use std::path::PathBuf;

use crate::output::counted;
use crate::output::journal::JournalError;

/// Why a bulk command did not begin, or did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BulkError {
    #[error("{0}")]
    Usage(String),
    #[error("not sent: {0}")]
    Argument(String),
    #[error("cannot read {name}: {error}")]
    Input { name: String, error: io::Error },
    #[error("nothing was sent: {name} has {}", counted(*bad, "bad line"))]
    Strict { name: String, bad: u64 },
    #[error("{0} changed while it was read; what was done is in the output")]
    Changed(String),
    #[error(
        "{name} is not the input with which the journal began: its first {targets} targets are others; give the input as \
         it was, or begin anew with another journal"
    )]
    OtherInput { name: String, targets: u64 },
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
    #[error("{many} follows would end: say --yes to do it, or {to_see} to see it; there is no terminal to ask on")]
    NotConfirmed { many: String, to_see: &'static str },
    #[error("nothing was sent")]
    Declined,
    #[error(transparent)]
    Journal(#[from] JournalError),
}
