//! `tim usersig`: signs, verifies and explains UserSigs, without the network.

pub(crate) mod explain;
pub(crate) mod inspect;
mod row;
pub(crate) mod sign;
pub(crate) mod verify;

use clap::Subcommand;

use crate::bounded;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::settings::Settings;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim usersig sign alice --validity 12h
  tim usersig sign alice | tim usersig verify - --user alice
  tim usersig inspect - <sig.txt
  tim usersig explain - --code 70009 <sig.txt";

#[derive(Debug, Subcommand)]
pub(crate) enum UserSig {
    /// Sign the UserSig with which a user logs in; it is a secret
    #[command(override_usage = "tim usersig sign [OPTIONS] <USER>", after_help = sign::HELP)]
    Sign(sign::SignArgs),
    /// Verify a UserSig with the key
    #[command(after_help = verify::HELP)]
    Verify(verify::VerifyArgs),
    /// Show the contents of a UserSig; needs no key
    #[command(after_help = inspect::HELP)]
    Inspect(inspect::InspectArgs),
    /// Explain why the service rejected a UserSig
    #[command(after_help = explain::HELP)]
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(command: UserSig, settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        UserSig::Sign(args) => sign::run(args, &settings.signer()?, out),
        UserSig::Verify(args) => verify::run(&args, &settings.signer()?, out),
        UserSig::Inspect(args) => inspect::run(&args, out),
        UserSig::Explain(args) => explain::run(&args, settings, out),
    }
}

/// The UserSig of an argument, or the one on standard input for `-`.
fn read(sig: &str) -> Result<String, Failure> {
    let sig = if sig == "-" {
        bounded::stdin().map_err(|error| Failure::unreadable("standard input", &error))?
    } else {
        sig.to_owned()
    };
    Ok(sig.trim().to_owned())
}
