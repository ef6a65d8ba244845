//! `tim follow list`: the lists of any number of users, page by page.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tim_follow::follow::{List, ListItem, ListKind};
use tim_follow::{Endpoint as _, Error, UnreadableItem, UserId};

use super::profile;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::check_user;
use crate::input::record::Kind;
use crate::input::source::Source;
use crate::output::{Field, Format, Output, Row};
use crate::run::args::ExportArgs;
use crate::run::export::{self, Export, ListCommand};
use crate::run::rows;
use crate::run::session::Session;
use crate::time;

pub(crate) const EXAMPLES: &str = "\
A file of Parquet has the ending .parquet; it is made at the end, from a file of the same name with .part.

Examples:
  tim follow list alice --kind followers
  tim follow list alice --kind following --limit 50 --json | jq -r .to
  tim follow list --targets users.txt --kind followers --flatten --out fans.csv --resume fans.journal";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Whose lists
    #[arg(required_unless_present = "targets", conflicts_with = "targets", value_name = "USER")]
    users: Vec<String>,
    /// Take the users from a file, one to a line; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Which list
    #[arg(long, value_enum)]
    kind: ListOf,
    /// Give each documented field of a profile a column of its own; those of the app stand together in `custom`
    #[arg(long)]
    flatten: bool,
    /// Start the list of the only USER at this position, as an error or a row reported it
    #[arg(long, value_name = "CURSOR", conflicts_with_all = ["targets", "resume"])]
    cursor: Option<String>,
    #[command(flatten)]
    export: ExportArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListOf {
    /// Who follows USER (alias: fans)
    #[value(alias = "fans")]
    Followers,
    /// Whom USER follows
    Following,
    /// Who is both
    Mutual,
}

/// The columns of CSV before and after those of the profile.
const COLUMNS: [&[&str]; 2] =
    [&["from", "kind", "to", "ok", "followed_at"], &["profile_sequence", "code", "meaning", "info", "cursor"]];

impl ListArgs {
    fn source(&self) -> Result<Source, Failure> {
        Ok(match &self.targets {
            Some(path) => {
                let format = self.export.input.input_format;
                Source::File { path: path.clone(), kind: Kind::Targets(None), format }
            }
            None => {
                self.users.iter().try_for_each(|user| check_user("USER", user))?;
                let users = self.users.iter().map(|user| UserId::from(user.as_str()));
                Source::Arguments(users.map(|user| (user.clone(), user)).collect())
            }
        })
    }

    fn kind(&self) -> ListKind {
        match self.kind {
            ListOf::Followers => ListKind::FOLLOWERS,
            ListOf::Following => ListKind::FOLLOWING,
            ListOf::Mutual => ListKind::MUTUAL,
        }
    }
}

/// Exports to a file, of Parquet too.
pub(crate) async fn run(mut args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let is_parquet = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
    let Some(file) = args.export.sink.out.clone().filter(|path| is_parquet(&path)) else {
        return export(args, session, out).await;
    };
    if cfg!(not(feature = "parquet")) {
        return Err(Failure::usage(
            "this tim cannot write Parquet: build it with `--features parquet`, or use the ending .csv or .ndjson",
        ));
    }
    if args.export.sink.output_format.is_some() {
        return Err(Failure::usage("the ending .parquet tells the format: leave --output-format out"));
    }
    let rows = file.with_extension("parquet.part");
    args.export.sink.out = Some(rows.clone());
    args.export.sink.output_format = Some(Format::Ndjson);
    #[cfg(feature = "parquet")]
    let flatten = args.flatten;
    let status = export(args, session, out).await?;
    if status != ExitStatus::Interrupted && rows.exists() {
        #[cfg(feature = "parquet")]
        crate::output::parquet::convert(&rows, &file, flatten).map_err(|error| Failure::file(&file, &error))?;
    }
    Ok(status)
}

async fn export(args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let source = args.source()?;
    let (kind, flatten) = (args.kind(), args.flatten);
    let one = matches!(&source, Source::Arguments(users) if users.len() == 1);
    if args.cursor.is_some() && !one {
        return Err(Failure::usage("--cursor is the position in one list, so give one USER"));
    }
    let limit = args.export.limit.map_or(0, NonZeroU32::get);
    let export = Export {
        command: Lists { kind, flatten, one },
        source,
        options: format!("kind {kind}, limit {limit}, flatten {flatten}"),
        columns: [COLUMNS[0], profile::columns(flatten), COLUMNS[1]].concat(),
        start: args.cursor,
    };
    export::run(session, out, export, &args.export).await
}

/// How the lists are read and printed.
struct Lists {
    kind: ListKind,
    flatten: bool,
    one: bool,
}

impl Lists {
    fn start(&self, user: &UserId) -> Row {
        let from = user.as_str();
        let from = if self.one { Field::hidden("from", from) } else { Field::new("from", from) };
        let row = Row::default().with(Field::hidden("command", List::COMMAND)).with(from);
        row.with(Field::hidden("kind", self.kind.to_string()))
    }
}

impl ListCommand for Lists {
    type Request = List;

    const MAX_PAGE_SIZE: u32 = List::MAX_PAGE_SIZE;

    fn request(&self, user: &UserId, page_size: u32) -> List {
        List::new(user, self.kind).page_size(page_size)
    }

    fn entry(&self, user: &UserId, entry: &ListItem) -> Row {
        self.start(user).with_all(if self.flatten { flat_entry(entry) } else { self::entry(entry) })
    }

    fn unreadable(&self, user: &UserId, entry: &UnreadableItem) -> Row {
        let to = entry.target.as_ref().map(UserId::as_str);
        let row = self.start(user).with(Field::new("to", to)).with(Field::new("ok", false));
        row.with_all(rows::unanswered("the entry cannot be read", entry.to_string()))
    }

    fn failed(&self, user: &UserId, error: &Error, position: &str) -> Row {
        let row = self.start(user).with(Field::hidden("cursor", position)).with(Field::new("ok", false));
        row.with_all(rows::failed(List::SERVICE, error))
    }
}

/// A user on a list.
pub(crate) fn entry(item: &ListItem) -> Vec<Field> {
    fields(item, profile::whole(item.profile.as_deref().unwrap_or_default()))
}

fn flat_entry(item: &ListItem) -> Vec<Field> {
    fields(item, profile::flat(item.profile.as_deref().unwrap_or_default()))
}

fn fields(item: &ListItem, profile: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        Field::new("to", item.user.as_str()),
        Field::hidden("ok", true),
        Field::shown_as("followed_at", item.followed_at, time::utc(item.followed_at)),
    ];
    fields.extend(profile);
    fields.push(Field::hidden("profile_sequence", item.profile_sequence));
    fields
}
