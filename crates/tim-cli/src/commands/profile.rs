//! `tim profile`: reads and sets the profiles of users.

pub(crate) mod fields;
pub(crate) mod get;
pub(crate) mod set;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::users_usage;
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim profile get alice bob
  tim profile set alice --nick Alice --gender female
  tim profile set --targets profiles.csv --out set.csv --resume set.journal";

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Read the profile of each USER
    #[command(override_usage = users_usage("profile get [OPTIONS]"), after_help = get::EXAMPLES)]
    Get(get::GetArgs),
    /// Set fields of the profile of each USER
    #[command(override_usage = users_usage("profile set [OPTIONS]"), after_help = set::EXAMPLES)]
    Set(set::SetArgs),
}

impl Profile {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Set(args) => !args.bulk.dry_run,
            Self::Get(_) => false,
        }
    }
}

pub(crate) async fn run(command: Profile, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Profile::Get(args) => get::run(args, session, out).await,
        Profile::Set(args) => set::run(args, session, out).await,
    }
}
