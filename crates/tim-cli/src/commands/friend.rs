//! `tim friend`: changes and reads who is a friend of whom.

pub(crate) mod add;
pub(crate) mod check;
pub(crate) mod clear;
pub(crate) mod delete;
pub(crate) mod entry;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod update;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{usage, users_usage};
use crate::output::Output;
use crate::run::export as lists;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim friend add alice bob --remark Bobby
  tim friend check alice bob carol
  tim friend list --targets users.txt --out friends.csv --resume friends.journal
  tim friend import --pairs friends.csv --out imported.csv --resume import.journal";

#[derive(Debug, Subcommand)]
pub(crate) enum Friend {
    /// Make FROM and each TO friends, or send a friend request; with --pairs, the users of each
    /// pair
    #[command(override_usage = usage("friend add"), after_help = add::EXAMPLES)]
    Add(Box<add::AddArgs>),
    /// Write each TO into the friend list of FROM, with remark, groups, source and time
    #[command(override_usage = usage("friend import"), after_help = import::EXAMPLES)]
    Import(import::ImportArgs),
    /// Set the remark, the groups and custom fields of each TO in the friend list of FROM
    #[command(override_usage = usage("friend update"), after_help = update::EXAMPLES)]
    Update(update::UpdateArgs),
    /// End the friendship of FROM and each TO, or of the users of each pair
    #[command(visible_alias = "unfriend", override_usage = usage("friend delete"), after_help = delete::EXAMPLES)]
    Delete(delete::DeleteArgs),
    /// Remove all friends of each USER
    #[command(override_usage = users_usage("friend clear [OPTIONS]"), after_help = clear::EXAMPLES)]
    Clear(clear::ClearArgs),
    /// List the friends of each USER with remark, groups, source and time
    ///
    /// `tim friend import --pairs` reads what this command writes.
    #[command(
        visible_alias = "export",
        override_usage = users_usage("friend list [OPTIONS]"),
        after_help = lists::help(list::EXAMPLES)
    )]
    List(list::ListArgs),
    /// Read the remark, groups, source and time of each TO in the friend list of FROM, and profile
    /// fields
    #[command(override_usage = usage("friend get"), after_help = get::EXAMPLES)]
    Get(get::GetArgs),
    /// Check whether FROM and each TO are friends, or the users of each pair
    ///
    /// NoRelation: FROM does not have TO; AWithB: FROM has TO; BWithA: only TO has FROM; BothWay:
    /// each has the other. The mode `single` does not read the list of TO, so its side is unknown.
    #[command(override_usage = usage("friend check"), after_help = check::EXAMPLES)]
    Check(check::CheckArgs),
}

impl Friend {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        let dry_run = match self {
            Self::Add(args) => args.bulk.dry_run,
            Self::Import(args) => args.bulk.dry_run,
            Self::Update(args) => args.bulk.dry_run,
            Self::Delete(args) => args.bulk.dry_run,
            Self::Clear(args) => args.bulk.dry_run,
            Self::List(_) | Self::Get(_) | Self::Check(_) => true,
        };
        !dry_run
    }
}

pub(crate) async fn run(command: Friend, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Friend::Add(args) => add::run(*args, session, out).await,
        Friend::Import(args) => import::run(args, session, out).await,
        Friend::Update(args) => update::run(args, session, out).await,
        Friend::Delete(args) => delete::run(args, session, out).await,
        Friend::Clear(args) => clear::run(args, session, out).await,
        Friend::List(args) => list::run(args, session, out).await,
        Friend::Get(args) => get::run(args, session, out).await,
        Friend::Check(args) => check::run(args, session, out).await,
    }
}
