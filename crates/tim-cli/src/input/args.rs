//! Arguments that name targets.

use std::path::PathBuf;

use clap::Args;
use tim_follow::UserId;

use super::error::InputError;
use super::record::{InputFormat, Kind, Pair};
use super::source::Source;
use crate::exit::Failure;

/// FROM and its targets, or pairs.
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// The user who is asked about or acts
    #[arg(required_unless_present = "pairs", conflicts_with = "pairs")]
    from: Option<String>,
    /// The other users
    #[arg(required_unless_present_any = ["pairs", "targets"], conflicts_with_all = ["pairs", "targets"])]
    to: Vec<String>,
    /// Take the users that FROM is asked about from a file, one to a line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "pairs", help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Take pairs of users, from,to, from a file instead of FROM and TO; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pairs: Option<PathBuf>,
}

/// How a file of users is read.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// How the file is written; recognised from its first line unless given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) input_format: Option<InputFormat>,
    /// Send nothing at all when a line of the file is bad; without it, bad lines are named and the others are done
    #[arg(long)]
    pub(crate) strict: bool,
}

/// The three ways to name targets.
pub(crate) fn usage(command: &str) -> String {
    let start = format!("tim {command} [OPTIONS]");
    format!("{start} <FROM> <TO>...\n       {start} <FROM> --targets <FILE>\n       {start} --pairs <FILE>")
}

impl Users {
    /// The user of the template and where targets come from.
    pub(crate) fn source(self, input: InputArgs) -> Result<(String, Source), Failure> {
        let format = input.input_format;
        if let Some(path) = self.pairs {
            return Ok((String::new(), Source::File { path, kind: Kind::Pairs, format }));
        }
        let from = self.from.unwrap_or_default();
        check_user("FROM", &from)?;
        let source = match self.targets {
            Some(path) => Source::File { path, kind: Kind::Targets(Some(from.as_str().into())), format },
            None => Source::Arguments(arguments(&from, self.to)?),
        };
        Ok((from, source))
    }
}

/// Targets of one user, all of which must be users: arguments are done as a whole or not at all.
pub(crate) fn arguments(from: &str, to: Vec<String>) -> Result<Vec<Pair>, Failure> {
    to.iter().try_for_each(|to| check_user("TO", to))?;
    Ok(to.into_iter().map(|to| (UserId::from(from), UserId::from(to))).collect())
}

pub(crate) fn check_user(argument: &str, user: &str) -> Result<(), Failure> {
    let checked = UserId::from(user).validate(argument);
    Ok(checked.map_err(|error| InputError::Argument(error.to_string()))?)
}
