//! `tim follow list`: the lists of any number of users, page by page.

mod profile;
pub(crate) mod row;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tim_follow::follow::{List, ListItem, ListKind};
use tim_follow::{Error, UnreadableItem, UserId};

use self::row::ListRow;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::retry::Retry;
use crate::output::{Format, Output, note};
use crate::run::args::ExportArgs;
use crate::run::conclude::Ended;
use crate::run::export::{self, Export, ListCommand};
use crate::run::session::Session;

/// The help that follows the options.
pub(crate) fn help() -> String {
    let parquet =
        "--out FILE.parquet writes Parquet. Rows are written to FILE.parquet.part first, and converted at the end.\n\n";
    [if cfg!(feature = "parquet") { parquet } else { "" }, EXAMPLES].concat()
}

const EXAMPLES: &str = "\
A row without `to` is about the list itself: the list is empty, was rejected, or ended early.

Examples:
  tim follow list alice --kind followers
  tim follow list alice --kind following --limit 50 --json | jq -r '.to // empty'
  tim follow list --targets users.txt --kind followers --flatten --out fans.csv --resume fans.journal";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    users: UserList,
    /// The list to read
    #[arg(long, value_enum)]
    kind: ListOf,
    /// Write each documented field of a profile as a column, and the fields of the app in the
    /// column `custom`
    #[arg(long)]
    flatten: bool,
    /// Start the list at this position: the cursor in a row or an error message. Needs exactly one
    /// USER
    #[arg(long, value_name = "CURSOR", conflicts_with_all = ["targets", "retry_failed", "resume"])]
    cursor: Option<String>,
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

impl ListArgs {
    fn kind(&self) -> ListKind {
        match self.kind {
            ListOf::Followers => ListKind::FOLLOWERS,
            ListOf::Following => ListKind::FOLLOWING,
            ListOf::Mutual => ListKind::MUTUAL,
        }
    }

    fn command(&self) -> Lists {
        Lists { kind: self.kind(), flatten: self.flatten, shows_from: !self.users.is_one() }
    }
}

/// Exports to a file, which can be Parquet.
pub(crate) async fn run(mut args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let is_parquet = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let Some(file) = args.export.sink.out.clone().filter(is_parquet) else {
        return Ok(export(args, session, out).await?.status);
    };
    if cfg!(not(feature = "parquet")) {
        return Err(Failure::usage(
            "this tim cannot write Parquet: build it with `--features parquet`, or use the ending .csv or .ndjson",
        ));
    }
    if args.export.sink.output_format.is_some() {
        return Err(Failure::usage("the ending .parquet chooses the format: remove --output-format"));
    }
    let rows = file.with_extension("parquet.part");
    args.export.sink.out = Some(rows.clone());
    args.export.sink.becomes = Some(file.clone());
    args.export.sink.output_format = Some(Format::Ndjson);
    #[cfg(feature = "parquet")]
    let row = args.command().row(&"".into());
    let is_resumable = args.export.sink.resume.is_some();
    let ended = export(args, session, out).await?;
    if ended.complete && rows.exists() {
        #[cfg(feature = "parquet")]
        crate::output::parquet::convert(&rows, &file, &row).map_err(|error| Failure::file(&file, &error))?;
    } else if !ended.complete && !is_resumable {
        let (file, rows) = (file.display(), rows.display());
        note(format_args!("tim: {file} was not written, because rows are missing; the others are in {rows} as NDJSON"));
    }
    Ok(ended.status)
}

async fn export(args: ListArgs, session: &Session, out: &mut Output) -> Result<Ended, Failure> {
    let source = args.users.source(None, Retry::lists_of::<List>(), args.export.input)?;
    let command = args.command();
    if args.cursor.is_some() && command.shows_from {
        return Err(Failure::usage("--cursor is a position in one list: give one USER"));
    }
    let limit = args.export.limit.map_or(0, NonZeroU32::get);
    let export = Export {
        options: format!("kind {}, limit {limit}, flatten {}", command.kind, command.flatten),
        command,
        source,
        start: args.cursor,
    };
    export::run(session, out, export, &args.export).await
}

/// How the lists are read and printed.
struct Lists {
    kind: ListKind,
    flatten: bool,
    /// Whether there are lists of several users.
    shows_from: bool,
}

impl ListCommand for Lists {
    type Request = List;
    type Row = ListRow;

    const MAX_PAGE_SIZE: u32 = List::MAX_PAGE_SIZE;

    fn request(&self, user: &UserId, page_size: u32) -> List {
        List::new(user, self.kind).page_size(page_size)
    }

    fn row(&self, user: &UserId) -> ListRow {
        ListRow::new(user, self.kind, self.flatten, self.shows_from)
    }

    fn entry(&self, user: &UserId, entry: &ListItem) -> ListRow {
        self.row(user).entry(entry)
    }

    fn unreadable(&self, user: &UserId, entry: &UnreadableItem) -> ListRow {
        self.row(user).unreadable(entry)
    }

    fn empty(&self, user: &UserId) -> ListRow {
        self.row(user).empty()
    }

    fn failed(&self, user: &UserId, error: &Error, position: &str) -> ListRow {
        self.row(user).failed(position, error)
    }
}
