//! Arguments that name targets.

use std::path::{Path, PathBuf};

use clap::Args;
use tim_follow::{Batch, Command, Effect, Printable, UserId};

use super::error::InputError;
use super::fields::Fields;
use super::from_line::FromLine;
use super::line::LineTarget;
use super::reading::{Header, InputFormat, Kind, Reading};
use super::retry::Retry;
use super::source::{InputFile, Source};
use super::user::validate;
use crate::settings::secret::redacted;

/// FROM and its targets, or pairs.
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// The user whose relations are read or changed: From_Account of the service
    #[arg(
        required_unless_present_any = ["pairs", "retry_failed"],
        conflicts_with_all = ["pairs", "retry_failed"]
    )]
    from: Option<String>,
    /// The other users: To_Account of the service
    #[arg(
        required_unless_present_any = ["pairs", "targets", "retry_failed"],
        conflicts_with_all = ["pairs", "targets", "retry_failed"]
    )]
    to: Vec<String>,
    /// Read the targets of FROM from a file: one per line, CSV or NDJSON; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pairs", "retry_failed"], help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Read pairs of users from a file instead of FROM and TO: CSV such as from,to, or NDJSON; - is
    /// standard input
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
    /// Read the users from a file: one per line, CSV or NDJSON; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "retry_failed", help_heading = "Input")]
    targets: Option<PathBuf>,
    #[command(flatten)]
    retry: RetryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    /// Read an earlier output of this command, NDJSON or CSV, and send only what was not attempted,
    /// has an unknown outcome, or was rejected with a transient code or without a code; - is
    /// standard input
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
    /// Whether it is a single target on the command line.
    pub(crate) fn is_one(&self) -> bool {
        self.to.len() == 1
    }

    /// The user in `From_Account`, empty if each target has its own, and where targets of the
    /// command `E` come from.
    pub(crate) fn source<E: Batch<Target = UserId>>(self, input: InputArgs) -> Result<(String, Source), InputError> {
        self.source_with::<E>(input, Fields::default())
    }

    /// The same for a command with columns beside users. `fields` are the values of targets that
    /// have none.
    pub(crate) fn source_with<E: Batch<Target: FromLine>>(
        self,
        input: InputArgs,
        fields: Fields,
    ) -> Result<(String, Source), InputError> {
        let file =
            |path, flag, kind, retry| InputFile { path, flag, reading: input.reading(kind, retry, fields.clone()) };
        let pairs = |file| Ok((String::new(), Source::File(file)));
        if let Some(path) = self.retry.retry_failed {
            return pairs(file(path, "--retry-failed", Kind::Pairs, Some(Retry::targets_of::<E>())));
        }
        if let Some(path) = self.pairs {
            return pairs(file(path, "--pairs", Kind::Pairs, None));
        }
        let from = self.from.unwrap_or_default();
        not_a_file("FROM", "--pairs", &from)?;
        check_user("FROM", &from)?;
        let source = match self.targets {
            Some(path) => {
                let kind = Kind::Targets(Some(from.as_str().into()));
                Source::File(file(path, "--targets", kind, None))
            }
            None => Source::Arguments(arguments::<E::Target>(&from, "TO", self.to, &fields)?),
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
        Ok(Source::Arguments(arguments::<UserId>(from, "USER", self.users.clone(), &Fields::default())?))
    }

    /// The users as targets of the command `E`, which has no `From_Account`. `fields` are the
    /// values of users that have none.
    pub(crate) fn users<E: Batch<From = (), Target: FromLine> + Command>(
        self,
        input: InputArgs,
        fields: Fields,
    ) -> Result<Source, InputError> {
        users_source::<E>(self.users, self.targets, self.retry, input, fields)
    }
}

/// Where the users of the command `E`, which has no `From_Account`, come from: `users`, or a file
/// that a flag names. `fields` are the values of users that have none.
pub(crate) fn users_source<E: Batch<From = (), Target: FromLine> + Command>(
    users: Vec<String>,
    targets: Option<PathBuf>,
    retry: RetryArgs,
    input: InputArgs,
    fields: Fields,
) -> Result<Source, InputError> {
    let (path, flag, retry) = match (retry.retry_failed, targets) {
        (Some(path), _) => (path, "--retry-failed", Some(Retry::targets_of::<E>())),
        (None, Some(path)) => (path, "--targets", None),
        (None, None) => return Ok(Source::Arguments(arguments::<E::Target>("", "USER", users, &fields)?)),
    };
    let kind = Kind::Users { accepts_pairs: matches!(E::EFFECT, Effect::Read) };
    Ok(Source::File(InputFile { path, flag, reading: input.reading(kind, retry, fields) }))
}

impl InputArgs {
    /// A file that is read with these arguments. `flag` is the flag that names it.
    pub(crate) fn file(self, path: PathBuf, flag: &'static str, kind: Kind, retry: Option<Retry>) -> InputFile {
        InputFile { path, flag, reading: self.reading(kind, retry, Fields::default()) }
    }

    fn reading(self, kind: Kind, retry: Option<Retry>, defaults: Fields) -> Reading {
        Reading { kind, format: self.input_format, header: self.header, retry, defaults }
    }
}

/// The targets of a user. All of them must be valid.
fn arguments<T: FromLine>(
    from: &str,
    argument: &str,
    users: Vec<String>,
    fields: &Fields,
) -> Result<Vec<LineTarget>, InputError> {
    let target = |user: String| {
        not_a_file(argument, "--targets", &user)?;
        check_user(argument, &user)?;
        let target = LineTarget { from: from.into(), user: user.into(), fields: fields.clone() };
        T::from_line(target.user.clone(), fields).map_err(InputError::Argument)?;
        Ok(target)
    };
    users.into_iter().map(target).collect()
}

/// The endings of files that people give as arguments instead of with a flag.
const ENDINGS: &[&str] = &["csv", "tsv", "txt", "ndjson", "jsonl", "json", "gz", "xls", "xlsx", "parquet"];

/// Whether an argument is the name of an existing file that probably contains users.
pub(crate) fn is_input_file(argument: &str) -> bool {
    let path = Path::new(argument);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && path.is_file()
}

/// Rejects the name of a file as a user, for example in `tim account import users.csv`. `flag`
/// reads users from a file.
fn not_a_file(argument: &str, flag: &str, user: &str) -> Result<(), InputError> {
    if !is_input_file(user) {
        return Ok(());
    }
    let name = Printable(user);
    Err(InputError::Argument(format!(
        "{argument} {name:?} is the name of a file; to read users from it: {flag} {name}"
    )))
}

/// Checks a user id on the command line. `argument` is its name in the usage.
pub(crate) fn check_user(argument: &str, user: &str) -> Result<(), InputError> {
    validate(argument, &UserId::from(user)).map_err(|problem| InputError::Argument(redacted(&problem).into_owned()))
}
