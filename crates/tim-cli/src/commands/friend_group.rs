//! `tim friend-group`: creates, deletes and lists the friend groups of users.

pub(crate) mod add;
pub(crate) mod delete;
pub(crate) mod list;
mod name;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tim_follow::{Batch, Command};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{InputArgs, RetryArgs, users_source, users_usage};
use crate::input::error::InputError;
use crate::input::fields::Fields;
use crate::input::from_line::{ColumnName, FromLine};
use crate::input::source::Source;
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A friend group is a label in the friend list of one user, for example Work. It is not a group chat.

Examples:
  tim friend-group add alice Work Chess
  tim friend-group list alice --friends
  tim friend-group delete alice Chess";

#[derive(Debug, Subcommand)]
pub(crate) enum FriendGroup {
    /// Create groups of a USER, and put friends into them
    #[command(override_usage = usage("friend-group add"), after_help = add::EXAMPLES)]
    Add(add::AddArgs),
    /// Delete groups of a USER; the friends in them stay friends
    #[command(override_usage = usage("friend-group delete"), after_help = delete::EXAMPLES)]
    Delete(delete::DeleteArgs),
    /// List the groups of each USER
    #[command(override_usage = users_usage("friend-group list [OPTIONS]"), after_help = list::EXAMPLES)]
    List(list::ListArgs),
}

impl FriendGroup {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Add(args) => !args.bulk.dry_run,
            Self::Delete(args) => !args.bulk.dry_run,
            Self::List(_) => false,
        }
    }
}

/// The column with the group, or with several groups.
const GROUP: ColumnName = ColumnName { name: "group", aliases: &["groups", "groupname", "groupnames"] };

/// A user with groups, or a file of them.
#[derive(Debug, Args)]
struct Groups {
    /// The owner of the groups
    #[arg(
        required_unless_present_any = ["targets", "retry_failed"],
        conflicts_with_all = ["targets", "retry_failed"]
    )]
    user: Option<String>,
    /// The names of the groups, 1 to 30 bytes each
    #[arg(
        value_name = "GROUP",
        required_unless_present_any = ["targets", "retry_failed"],
        conflicts_with_all = ["targets", "retry_failed"]
    )]
    groups: Vec<String>,
    /// Read users and groups from a file: CSV with the header user,group, or NDJSON; - is standard
    /// input
    #[arg(long, value_name = "FILE", conflicts_with = "retry_failed", help_heading = "Input")]
    targets: Option<PathBuf>,
    #[command(flatten)]
    retry: RetryArgs,
}

impl Groups {
    /// Where the targets of the command `E` come from.
    fn source<E>(self, input: InputArgs, fields: Fields) -> Result<Source, InputError>
    where
        E: Batch<From = (), Target: FromLine> + Command,
    {
        let groups = Some(self.groups).filter(|groups| !groups.is_empty());
        let fields = fields.with(GROUP.name, groups);
        users_source::<E>(self.user.into_iter().collect(), self.targets, self.retry, input, fields)
    }
}

/// The names of the groups of a line.
fn names(fields: &Fields) -> Result<Vec<String>, String> {
    let names = fields.list(GROUP.name)?;
    if names.is_empty() { Err(format!("`{}` is missing", GROUP.name)) } else { Ok(names) }
}

/// The ways to name users and groups.
fn usage(command: &str) -> String {
    let forms = ["<USER> <GROUP>...", "--targets <FILE>", "--retry-failed <FILE>"];
    forms.map(|form| format!("tim {command} [OPTIONS] {form}")).join("\n       ")
}

pub(crate) async fn run(command: FriendGroup, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        FriendGroup::Add(args) => add::run(args, session, out).await,
        FriendGroup::Delete(args) => delete::run(args, session, out).await,
        FriendGroup::List(args) => list::run(args, session, out).await,
    }
}
