//! `tim usersig inspect` and `explain`: looking into a signature, with a key or without.

use clap::Args;
use tim_follow::sig::{RejectedCall, Signer, VerifyError};

use super::read;
use super::row::{ExplainRow, InspectRow};
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::time;

pub(crate) const INSPECT_HELP: &str = "\
Nothing is verified: `tim usersig verify` does that, with the key.

With --json: {\"command\":\"usersig_inspect\",\"ok\":true,\"user\":\"alice\",...}; see `tim schema usersig inspect`.

Example:
  tim usersig inspect - <sig.txt";

pub(crate) const EXPLAIN_HELP: &str = "\
Codes: 70001 expired, 70002 empty, 70003 illegal, 70009 another key, 70013 another user, 70014 another app.
The app and the key are taken from the settings when they are set there. The exit code is 1 when the UserSig is at fault.

With --json: {\"command\":\"usersig_explain\",\"found\":true,\"problems\":[70001],...}; see `tim schema usersig explain`.

Examples:
  tim usersig explain - --code 70009 --secret-key-file key.txt --sdkappid 1400000000 <sig.txt
  tim usersig explain - --code 70013 --user alice <sig.txt";

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The UserSig; - reads it from standard input, where other users of the machine do not see it
    sig: String,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The UserSig; - reads it from standard input, where other users of the machine do not see it
    sig: String,
    /// The code that the service answered
    #[arg(long)]
    code: i64,
    /// The user that the call named
    #[arg(long)]
    user: Option<String>,
    /// When the call was made, instead of now
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
}

/// Hides the signature.
impl std::fmt::Debug for InspectArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InspectArgs").finish_non_exhaustive()
    }
}

/// Hides the signature.
impl std::fmt::Debug for ExplainArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainArgs").field("code", &self.code).field("user", &self.user).finish_non_exhaustive()
    }
}

pub(crate) fn show(args: &InspectArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    let found = tim_follow::sig::inspect(&read(&args.sig)?);
    let verdict = ExitStatus::of(found.is_ok());
    out.row(&match found {
        Ok(inspection) => InspectRow::new(&inspection),
        Err(malformed) => InspectRow::malformed(&VerifyError::Malformed(malformed)),
    })?;
    Ok(verdict)
}

pub(crate) fn explain(args: &ExplainArgs, settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    let (app, key) = settings.app_and_key()?;
    let sdkappid = app.map(|app| app.0);
    let signer = match (sdkappid, key) {
        (Some(app), Some(key)) => Some(Signer::new(app, key)?),
        _ => None,
    };
    let now = args.at.unwrap_or_else(time::now);
    let known = RejectedCall { sdkappid, user: args.user.as_deref(), signer: signer.as_ref(), now };
    let explanation = tim_follow::sig::explain(&read(&args.sig)?, args.code, &known);
    let row = ExplainRow::new(explanation);
    out.row(&row)?;
    Ok(ExitStatus::of(row.is_ok()))
}
