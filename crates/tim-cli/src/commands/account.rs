//! `tim account`: imports, deletes and checks accounts, ends sessions, and reads who is online.

pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod import;
pub(crate) mod kick;
pub(crate) mod status;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::users_usage;
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim account import alice bob
  tim account import --targets users.csv --out imported.csv --resume import.journal
  tim account check alice zoe
  tim account status alice bob";

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create the account of each USER, with a nickname and a profile picture
    #[command(override_usage = users_usage("account import [OPTIONS]"), after_help = import::EXAMPLES)]
    Import(import::ImportArgs),
    /// Delete the account of each USER with its profile and relations
    #[command(override_usage = users_usage("account delete [OPTIONS]"), after_help = delete::EXAMPLES)]
    Delete(delete::DeleteArgs),
    /// Check whether each USER has an account
    #[command(override_usage = users_usage("account check [OPTIONS]"), after_help = check::EXAMPLES)]
    Check(check::CheckArgs),
    /// End all sessions of each USER
    #[command(override_usage = users_usage("account kick [OPTIONS]"), after_help = kick::EXAMPLES)]
    Kick(kick::KickArgs),
    /// Read whether each USER is online
    #[command(override_usage = users_usage("account status [OPTIONS]"), after_help = status::EXAMPLES)]
    Status(status::StatusArgs),
}

impl Account {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Import(args) => !args.bulk.dry_run,
            Self::Delete(args) => !args.bulk.dry_run,
            Self::Kick(args) => !args.bulk.dry_run,
            Self::Check(_) | Self::Status(_) => false,
        }
    }
}

pub(crate) async fn run(command: Account, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Account::Import(args) => import::run(args, session, out).await,
        Account::Delete(args) => delete::run(args, session, out).await,
        Account::Check(args) => check::run(args, session, out).await,
        Account::Kick(args) => kick::run(args, session, out).await,
        Account::Status(args) => status::run(args, session, out).await,
    }
}
