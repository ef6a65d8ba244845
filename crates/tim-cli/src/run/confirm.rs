//! The question before many follows end.

use std::io::{self, IsTerminal};

use super::{BulkError, Survey};
use crate::output::terminal;

/// So many follows may end without a question.
pub(crate) const DELETES_WITHOUT_QUESTION: u64 = 20;

/// Asks before many follows end.
pub(super) fn confirm(survey: Option<&Survey>) -> Result<(), BulkError> {
    let many = match survey {
        Some(survey) if survey.targets <= DELETES_WITHOUT_QUESTION => return Ok(()),
        Some(survey) => survey.targets.to_string(),
        None => "an unknown number of".to_owned(),
    };
    ask(&many, "--dry-run")
}

/// Asks whether so many follows should end. The flag `to_see` shows them only.
pub(crate) fn ask(many: &str, to_see: &'static str) -> Result<(), BulkError> {
    if !io::stdin().is_terminal() || !terminal::stderr_is_terminal() {
        return Err(BulkError::NotConfirmed { many: many.to_owned(), to_see });
    }
    terminal::prompt(format_args!("tim: {many} follows would end. Go on? [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    let yes = read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if yes { Ok(()) } else { Err(BulkError::Declined) }
}
