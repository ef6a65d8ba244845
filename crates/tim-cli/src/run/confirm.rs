//! Asks for confirmation before many follows end.

use std::io::{self, IsTerminal};

use crate::exit::Failure;
use crate::input::preflight::Preflight;
use crate::output::terminal;

/// Why the command ends before it sends anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    #[error(
        "nothing was sent: {many} follows would end, and only a terminal can confirm it; add --yes to end them, or \
         {to_see} to see them"
    )]
    NoTerminal { many: String, to_see: &'static str },
    #[error("nothing was sent: not confirmed")]
    Declined,
}

impl From<ConfirmError> for Failure {
    fn from(error: ConfirmError) -> Self {
        Self::usage(error)
    }
}

/// So many follows can end without confirmation.
pub(crate) const DELETES_WITHOUT_QUESTION: u64 = 20;

/// Asks for confirmation if the input has many targets, or if their number is unknown.
pub(super) fn confirm(preflight: Option<&Preflight>) -> Result<(), ConfirmError> {
    let many = match preflight {
        Some(preflight) if preflight.targets <= DELETES_WITHOUT_QUESTION => return Ok(()),
        Some(preflight) => preflight.targets.to_string(),
        None => "an unknown number of".to_owned(),
    };
    ask(&many, "--dry-run")
}

/// Asks whether so many follows should end. The flag `to_see` only shows them.
pub(crate) fn ask(many: &str, to_see: &'static str) -> Result<(), ConfirmError> {
    if !io::stdin().is_terminal() || !terminal::stderr_is_terminal() {
        return Err(ConfirmError::NoTerminal { many: many.to_owned(), to_see });
    }
    terminal::prompt(format_args!("tim: {many} follows would end. Continue? [y/N] "));
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    let yes = read.is_ok() && ["y", "yes"].contains(&line.trim().to_lowercase().as_str());
    if yes { Ok(()) } else { Err(ConfirmError::Declined) }
}
