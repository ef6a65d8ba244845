//! `tim follow list`: the lists of any number of users, page by page.

mod profile;
pub(crate) mod row;

use clap::{Args, ValueEnum};
use tim_follow::UserId;
use tim_follow::follow::{List, ListItem, ListKind};

use self::row::{Followed, Kind, Row};
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::args::ExportArgs;
use crate::run::export::{self, ListCommand};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A row without `to` is about the list itself: the list is empty, was rejected, or ended early.

Examples:
  tim follow list alice --kind followers
  tim follow list alice --kind following --limit 50 --json | jq -r '.to // empty'
  tim follow list --targets users.txt --kind followers --flatten --out fans.csv --resume fans.journal";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The list to read
    #[arg(long, value_enum)]
    kind: ListOf,
    #[command(flatten)]
    lists: ListsArgs,
}

/// Arguments of all commands that read lists of follows.
#[derive(Debug, Args)]
pub(crate) struct ListsArgs {
    /// Write each documented field of a profile as a column, and the fields of the app in the
    /// column `custom`
    #[arg(long)]
    flatten: bool,
    #[command(flatten)]
    export: ExportArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListOf {
    /// The users who follow USER (alias: fans)
    #[value(alias = "fans")]
    Followers,
    /// The users whom USER follows
    Following,
    /// The users who follow USER and whom USER follows
    Mutual,
}

pub(crate) async fn run(args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let kind = match args.kind {
        ListOf::Followers => ListKind::FOLLOWERS,
        ListOf::Following => ListKind::FOLLOWING,
        ListOf::Mutual => ListKind::MUTUAL,
    };
    read(args.lists, kind, session, out).await
}

/// Reads lists of a kind.
pub(super) async fn read(
    args: ListsArgs,
    kind: ListKind,
    session: &Session,
    out: &mut Output,
) -> Result<ExitStatus, Failure> {
    let ListsArgs { flatten, export: args } = args;
    let options = format!("kind {kind}, limit {}, flatten {flatten}", args.limit());
    export::run(session, out, Lists { kind, flatten }, options, args).await
}

/// How the lists are read and printed.
struct Lists {
    kind: ListKind,
    flatten: bool,
}

impl ListCommand for Lists {
    type Request = List;
    type Kind = Kind;
    type Details = Followed;

    const MAX_PAGE_SIZE: u32 = List::MAX_PAGE_SIZE;

    fn request(&self, user: &UserId, page_size: u32) -> List {
        List::new(user, self.kind).page_size(page_size)
    }

    fn row(&self, user: &UserId) -> Row {
        row::of_list(user, self.kind, self.flatten)
    }

    fn details(&self, entry: &ListItem) -> Followed {
        Followed::new(entry, self.flatten)
    }
}
