//! Asks for confirmation before data is deleted.

use std::io::{self, IsTerminal};

use super::args::Yes;
use crate::exit::Failure;
use crate::input::preflight::Preflight;
use crate::output::terminal;
use crate::text::counted;

/// Why the command ends before it sends anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    #[error(
        "nothing was sent: {what}, and only a terminal can confirm it; add --yes to confirm, or {to_see} to see \
         the number of targets"
    )]
    NoTerminal { what: String, to_see: &'static str },
    #[error("nothing was sent: not confirmed")]
    Declined,
}

impl From<ConfirmError> for Failure {
    fn from(error: ConfirmError) -> Self {
        Self::usage(error)
    }
}

/// The maximum number of targets that are deleted without confirmation, if they can be added again.
pub(crate) const DELETES_WITHOUT_QUESTION: u64 = 20;

/// What a command deletes, and whether it asks before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deletes {
    pub(crate) yes: Yes,
    /// What a target is, for example `follow`.
    pub(crate) noun: &'static str,
    /// What happens with them, for example `would end`.
    pub(crate) action: &'static str,
    /// The maximum number of targets that need no confirmation.
    pub(crate) without_question: u64,
}

impl Deletes {
    /// Asks for confirmation if the input has many targets, or if their number is unknown.
    pub(super) fn confirm(self, preflight: Option<&Preflight>) -> Result<(), ConfirmError> {
        let targets = preflight.map(|preflight| preflight.targets);
        if self.yes.yes || targets.is_some_and(|targets| targets <= self.without_question) {
            return Ok(());
        }
        let many = targets
            .map_or_else(|| format!("an unknown number of {}s", self.noun), |targets| counted(targets, self.noun));
        ask(&format!("{many} {}", self.action), "--dry-run")
    }
}

/// Asks whether this should happen. The flag `to_see` only shows it.
pub(crate) fn ask(what: &str, to_see: &'static str) -> Result<(), ConfirmError> {
    if !io::stdin().is_terminal() || !terminal::stderr_is_terminal() {
        return Err(ConfirmError::NoTerminal { what: what.to_owned(), to_see });
    }
    terminal::prompt(format_args!("tim: {what}. Continue? [y/N] "));
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    let yes = read.is_ok() && ["y", "yes"].contains(&line.trim().to_lowercase().as_str());
    if yes { Ok(()) } else { Err(ConfirmError::Declined) }
}
