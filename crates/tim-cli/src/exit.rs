//! How a command ends, and with which exit code.

use std::error::Error as StdError;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tim_follow::sig::SignError;
use tim_follow::transport::TransportErrorKind;
use tim_follow::{ConfigError, Error, ErrorKind, PageError, Printable};

/// Exit status of `tim`. The numbers are documented in `tim --help`.
///
/// The order is that of severity: of several targets, the worst decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything was done.
    #[default]
    Done = 0,
    /// Something was rejected, or a check failed.
    Rejected = 1,
    /// Invalid usage, settings or files.
    Usage = 2,
    /// The network failed: no response, or one that is not from the service.
    NoResponse = 3,
    /// Interrupted by a signal, as shells report SIGINT.
    Interrupted = 130,
}

impl ExitStatus {
    /// `Done` if `ok`, otherwise `Rejected`.
    pub fn of(ok: bool) -> Self {
        if ok { Self::Done } else { Self::Rejected }
    }

    /// The status of a call that failed.
    pub fn of_call(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Api { .. } | ErrorKind::Unreadable(_) => Self::Rejected,
            ErrorKind::Invalid(_) | ErrorKind::InvalidCall(_) | ErrorKind::Signing(_) => Self::Usage,
            ErrorKind::Transport(error) if error.kind() == TransportErrorKind::Setup => Self::Usage,
            _ => Self::NoResponse,
        }
    }

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command ended early. Its texts hold neither a key nor a signature.
///
/// Each module that defines an error implements `From` for it beside the error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The output cannot be written.
    Output(io::Error),
    /// Any other reason, with the exit status for it.
    Error(ExitStatus, Box<dyn StdError + Send + Sync>),
}

impl Failure {
    /// Invalid usage or settings, or a file or port that cannot be used.
    pub(crate) fn usage(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Error(ExitStatus::Usage, error.into())
    }

    /// The operating system does not provide what the program needs.
    pub(crate) fn system(error: io::Error) -> Self {
        Self::usage(format!("cannot run here: {error}"))
    }

    /// A file cannot be written.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::usage(format!("cannot write {}: {error}", path.display()))
    }

    /// A file or standard input cannot be read.
    pub(crate) fn unreadable(name: &str, error: &io::Error) -> Self {
        Self::usage(format!("cannot read {name}: {error}"))
    }

    /// Whether the output cannot be written.
    pub(crate) fn is_of_output(&self) -> bool {
        matches!(self, Self::Output(_))
    }

    /// Whether the reader of standard output has stopped reading, like `head`. This is a failure
    /// only of a command that changes data.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The error, if it is a `T`.
    pub(crate) fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        match self {
            Self::Output(_) => None,
            Self::Error(_, error) => error.downcast_ref(),
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Output(_) => ExitStatus::Usage,
            Self::Error(status, _) => *status,
        }
    }

    /// What failed and why, in one line.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Output(error) => format!("cannot write the output: {error}"),
            Self::Error(_, error) => with_causes(&**error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(ExitStatus::of_call(&error), error.into())
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        Self::Error(ExitStatus::of_call(&error.error), error.into())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error)
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self::usage(error)
    }
}

/// The text of an error and of its causes. A cause that the text already contains is left out,
/// because some errors print their cause. Causes are escaped, because they can quote a server.
pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let shown = Printable(&cause.to_string()).to_string();
        if !text.contains(&shown) {
            text = format!("{text}: {shown}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    #[test]
    fn each_cause_is_shown_once() {
        let chain = |texts: &[&'static str]| {
            let link = |source, text: &&'static str| Some(Box::new(Link { text, source }));
            with_causes(&*texts.iter().rev().fold(None, link).unwrap())
        };
        assert_eq!(chain(&["no file"]), "no file");
        assert_eq!(chain(&["no settings", "no file", "not found"]), "no settings: no file: not found");
        assert_eq!(chain(&["no settings: no file", "no file", "not found"]), "no settings: no file: not found");
        assert_eq!(chain(&["no response", "not HTTP: \u{1b}[2J"]), r"no response: not HTTP: \u{1b}[2J");
    }
}
