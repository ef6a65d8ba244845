//! `tim config`: the configuration file, and which settings are in use.

mod init;
mod list;
mod path;
mod set;
mod show;
mod use_profile;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::session::Session;

pub(crate) use list::ProfileRow;
pub(crate) use path::PathRow;
pub(crate) use set::WrittenRow;
pub(crate) use show::{SettingRow, described};
pub(crate) use use_profile::DefaultRow;

pub(crate) const HELP: &str = "\
The file contains profiles. A profile is a set of settings:
  default = \"production\"
  [profile.production]
  sdkappid = 1400000000
  admin = \"administrator\"
  region = \"singapore\"
  key_command = [\"pass\", \"show\", \"tim\"]   # or secret_key_file = \"tim.key\", a file beside this one
  [profile.local]
  sdkappid = 1400000000
  admin = \"administrator\"
  base_url = \"http://127.0.0.1:9000\"
  secret_key_file = \"local.key\"

A profile chosen with --profile or TIM_PROFILE takes precedence over the variables of single settings, such as
TIM_ADMIN; the default profile does not. The file must not contain a secret key.

Examples:
  tim config init
  tim config set region singapore --profile production
  tim config show --profile production
  tim follow check alice bob --profile local";

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show the settings in use, and where each comes from
    #[command(after_help = show::HELP)]
    Show,
    /// Print the path of the configuration file, which need not exist
    #[command(after_help = path::HELP)]
    Path,
    /// Write a configuration file to fill in
    #[command(after_help = init::HELP)]
    Init,
    /// List the profiles of the configuration file
    #[command(after_help = list::HELP)]
    List,
    /// Make a profile the default
    #[command(after_help = use_profile::HELP)]
    Use(use_profile::UseArgs),
    /// Write one setting of a profile
    #[command(after_help = set::HELP)]
    Set(set::SetArgs),
}

pub(crate) fn run(command: Config, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let flags = &session.flags;
    match command {
        Config::Show => show::run(session.settings()?, out),
        Config::Path => path::run(flags, out),
        Config::Init => init::run(flags, out),
        Config::List => list::run(flags, out),
        Config::Use(args) => use_profile::run(&args, flags, out),
        Config::Set(args) => set::run(&args, flags, out),
    }
}
