//! How a command ends, and with which exit code.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use tim_emulator::{InvalidFault, StartError, StateError, StopError, UnknownName};
use tim_follow::sig::SignError;
use tim_follow::transport::TransportErrorKind;
use tim_follow::{ConfigError, Error, ErrorKind, PageError, Printable, TooManyDeletes};

use crate::run::BulkError;
use crate::settings::SettingsError;

/// How a command that came to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything was done.
    Done,
    /// Something was refused, or was not as expected; it is printed already.
    Refused,
    /// It ended with this code for a reason that is printed already.
    Other(u8),
}

impl Verdict {
    /// `Done` when `fine`.
    pub(crate) fn of(fine: bool) -> Self {
        if fine { Self::Done } else { Self::Refused }
    }

    /// At best `Refused`: something else was not done.
    pub(crate) fn or_refused(self) -> Self {
        if self == Self::Done { Self::Refused } else { self }
    }

    /// The exit code.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Other(code) => code,
        }
    }
}

/// Why a command did not come to its end. Its texts hold neither a key nor a signature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Call(#[from] Error),
    #[error(transparent)]
    List(#[from] PageError),
    #[error("{0} with --max-delete-share")]
    TooManyDeletes(#[from] TooManyDeletes),
    #[error(transparent)]
    Bulk(#[from] BulkError),
    #[error(transparent)]
    Emulator(#[from] StartError),
    #[error(transparent)]
    Export(#[from] StopError),
    #[error("cannot read or change the emulator's data: {0}")]
    State(#[from] StateError),
    #[error(transparent)]
    Name(#[from] UnknownName),
    #[error("--fault: {0}")]
    Fault(#[from] InvalidFault),
    /// What was asked for cannot be, as the text says.
    #[error("{0}")]
    Usage(String),
    #[error("cannot write {}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("cannot write the root certificate to {}: {error}; name another file with --tls-root", path.display())]
    Root { path: PathBuf, error: io::Error },
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("the program cannot run here: {0}")]
    System(io::Error),
}

impl Failure {
    /// Whether the reader of standard output has stopped reading, like `head`. This is a failure only
    /// of a command that changes data.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether the message has line ends of its own.
    pub(crate) fn has_lines(&self) -> bool {
        matches!(self, Self::Settings(SettingsError::Missing { .. }))
    }

    /// The exit code, as `tim --help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Call(error) | Self::List(PageError { error, .. }) => of_call(error),
            _ => 2,
        }
    }
}

/// The exit code of a call that failed.
pub(crate) fn of_call(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Api { .. } | ErrorKind::Unreadable(_) => 1,
        ErrorKind::Invalid(_) | ErrorKind::InvalidCall(_) | ErrorKind::Signing(_) => 2,
        ErrorKind::Transport(error) if error.kind() == TransportErrorKind::Setup => 2,
        _ => 3,
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
