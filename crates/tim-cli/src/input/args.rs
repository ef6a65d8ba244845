//! Arguments that name targets.

use std::path::PathBuf;

use clap::Args;
use tim_follow::{Endpoint, UserId};

use super::error::InputError;
use super::line::Pair;
use super::reading::{Header, InputFormat, Kind, Reading};
use super::retry::Retry;
use super::source::{InputFile, Source};
use super::user::validate;
use crate::settings::secret::redacted;

/// FROM and its targets, or pairs.
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// The user in From_Account
    #[arg(
        required_unless_present_any = ["pairs", "retry_failed"],
        conflicts_with_all = ["pairs", "retry_failed"]
    )]
    from: Option<String>,
    /// The targets of FROM
    #[arg(
        required_unless_present_any = ["pairs", "targets", "retry_failed"],
        conflicts_with_all = ["pairs", "targets", "retry_failed"]
    )]
    to: Vec<String>,
    /// Read the targets of FROM from a file, one per line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pairs", "retry_failed"], help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Read pairs of users, from,to, from a file instead of FROM and TO; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "retry_failed", help_heading = "Input")]
    pairs: Option<PathBuf>,
    #[command(flatten)]
    retry: RetryArgs,
}

/// Users, or a file of them.
#[derive(Debug, Args)]
pub(crate) struct UserList {
    /// The users
    #[arg(
        required_unless_present_any = ["targets", "retry_failed"],
        conflicts_with_all = ["targets", "retry_failed"],
        value_name = "USER"
    )]
    users: Vec<String>,
    /// Read the users from a file, one per line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "retry_failed", help_heading = "Input")]
    targets: Option<PathBuf>,
    #[command(flatten)]
    retry: RetryArgs,
}

#[derive(Debug, Args)]
struct RetryArgs {
    /// Read an earlier output of this command, NDJSON or CSV, and send only what was not attempted,
    /// has an unknown outcome, or was rejected with a transient code; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    retry_failed: Option<PathBuf>,
}

/// How a file of users is read.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// The format of the file, which can be compressed with gzip [default: detected from its first
    /// line]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) input_format: Option<InputFormat>,
    /// Whether the first line of CSV is a header with the names of the columns
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) header: Header,
    /// Send nothing if a line of the file is bad; without it, bad lines are reported and the others
    /// are sent
    #[arg(long)]
    pub(crate) strict: bool,
}

/// The ways to name the targets of [`Users`].
pub(crate) fn usage(command: &str) -> String {
    let forms = ["<FROM> <TO>...", "<FROM> --targets <FILE>", "--pairs <FILE>", "--retry-failed <FILE>"];
    lines_of_usage(&format!("{command} [OPTIONS]"), &forms)
}

/// The ways to name the users of a [`UserList`]. `start` is the command with its options.
pub(crate) fn users_usage(start: &str) -> String {
    lines_of_usage(start, &["<USER>...", "--targets <FILE>", "--retry-failed <FILE>"])
}

fn lines_of_usage(start: &str, forms: &[&str]) -> String {
    forms.iter().map(|form| format!("tim {start} {form}")).collect::<Vec<_>>().join("\n       ")
}

impl Users {
    /// The user of the template, empty if each target has its own, and where targets of the command
    /// `E` come from.
    pub(crate) fn source<E: Endpoint>(self, input: InputArgs) -> Result<(String, Source), InputError> {
        let file = |path, flag, kind, retry| Ok((String::new(), Source::File(input.file(path, flag, kind, retry))));
        if let Some(path) = self.retry.retry_failed {
            return file(path, "--retry-failed", Kind::Pairs, Some(Retry::targets_of::<E>()));
        }
        if let Some(path) = self.pairs {
            return file(path, "--pairs", Kind::Pairs, None);
        }
        let from = self.from.unwrap_or_default();
        check_user("FROM", &from)?;
        let source = match self.targets {
            Some(path) => {
                let kind = Kind::Targets(Some(from.as_str().into()));
                Source::File(input.file(path, "--targets", kind, None))
            }
            None => Source::Arguments(arguments(&from, "TO", self.to)?),
        };
        Ok((from, source))
    }
}

impl UserList {
    /// Whether it is a single user on the command line.
    pub(crate) fn is_one(&self) -> bool {
        self.users.len() == 1
    }

    /// The users as targets of `from`, or of the first user without `from`. `retry` is what
    /// `--retry-failed` reads: then the users in its rows are used.
    pub(crate) fn source(&self, from: Option<&str>, retry: Retry, input: InputArgs) -> Result<Source, InputError> {
        if let Some(path) = &self.retry.retry_failed {
            return Ok(Source::File(input.file(path.clone(), "--retry-failed", Kind::Pairs, Some(retry))));
        }
        if let Some(path) = &self.targets {
            let kind = Kind::Targets(from.map(Into::into));
            return Ok(Source::File(input.file(path.clone(), "--targets", kind, None)));
        }
        let from = from.or(self.users.first().map(String::as_str)).unwrap_or_default();
        Ok(Source::Arguments(arguments(from, "USER", self.users.clone())?))
    }
}

impl InputArgs {
    /// A file that is read with these arguments. `flag` is the flag that names it.
    pub(crate) fn file(self, path: PathBuf, flag: &'static str, kind: Kind, retry: Option<Retry>) -> InputFile {
        let reading = Reading { kind, format: self.input_format, header: self.header, retry };
        InputFile { path, flag, reading }
    }
}

/// The targets of a user. All of them must be valid.
fn arguments(from: &str, argument: &str, to: Vec<String>) -> Result<Vec<Pair>, InputError> {
    to.iter().try_for_each(|to| check_user(argument, to))?;
    Ok(to.into_iter().map(|to| (UserId::from(from), UserId::from(to))).collect())
}

/// Checks a user id on the command line. `argument` is its name in the usage.
pub(crate) fn check_user(argument: &str, user: &str) -> Result<(), InputError> {
    validate(argument, &UserId::from(user)).map_err(|problem| InputError::Argument(redacted(&problem).into_owned()))
}
