//! Why an input cannot be used.

use std::io;

use crate::exit::Failure;
use crate::text::counted;

/// Why an input cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("{0}")]
    Usage(String),
    #[error("not sent: {0}")]
    Argument(String),
    #[error("cannot read {name}: {error}")]
    Read { name: String, error: io::Error },
    #[error("nothing was sent: {name} has {}", counted(*bad, "bad line"))]
    Strict { name: String, bad: u64 },
    #[error("{0} changed while it was read; what was done is in the output")]
    Changed(String),
    #[error(
        "{name} is not the input with which the journal began: its first {targets} targets are others; give the input as \
         it was, or begin anew with another journal"
    )]
    Other { name: String, targets: u64 },
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::usage(error)
    }
}
