//! `tim usersig`: making, checking and looking into signatures, without the network.

mod look;
pub(crate) mod row;

use std::io;
use std::time::Duration;

use clap::{Args, Subcommand};
use tim_follow::sig::{Claims, Signer};

use self::row::{Said, SignRow, VerifyRow};

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::settings::Settings;
use crate::time;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim usersig sign --user alice --validity 12h
  tim usersig sign --user alice | tim usersig verify - --user alice
  tim usersig inspect - <sig.txt
  tim usersig explain - --code 70009 <sig.txt";

const SIGN_HELP: &str = "\
With --json: {\"command\":\"usersig_sign\",\"ok\":true,\"usersig\":\"...\",...}; see `tim schema usersig sign`.

Example:
  tim usersig sign --user alice --validity 12h";

const VERIFY_HELP: &str = "\
With --json: {\"command\":\"usersig_verify\",\"ok\":false,\"code\":70001,...}; see `tim schema usersig verify`.

Examples:
  tim usersig sign --user alice | tim usersig verify - --user alice
  tim usersig verify - --at 1767225600 <sig.txt";

#[derive(Debug, Subcommand)]
pub(crate) enum UserSig {
    /// Make the UserSig with which a user logs in; it is a secret
    #[command(after_help = SIGN_HELP)]
    Sign(SignArgs),
    /// Check a UserSig: exit code 0 when it is valid, 1 when the service would refuse it
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArgs),
    /// Show what a UserSig says; needs no key
    #[command(after_help = look::INSPECT_HELP)]
    Inspect(look::InspectArgs),
    /// Say why the service refused a UserSig with a code; sees more with the app and the key
    #[command(after_help = look::EXPLAIN_HELP)]
    Explain(look::ExplainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The user it is for
    #[arg(long)]
    user: String,
    /// How long it is valid: a number and s, m, h or d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = time::duration)]
    validity: Duration,
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The UserSig; - reads it from standard input, where other users of the machine do not see it
    sig: String,
    /// Also check that it is for this user
    #[arg(long)]
    user: Option<String>,
    /// Check it at this time instead of now
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
}

/// Hides the signature.
impl std::fmt::Debug for VerifyArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyArgs").field("user", &self.user).field("at", &self.at).finish_non_exhaustive()
    }
}

pub(crate) fn run(command: UserSig, settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        UserSig::Sign(args) => sign(&args, &settings.signer()?, out),
        UserSig::Verify(args) => verify(&args, &settings.signer()?, out),
        UserSig::Inspect(args) => look::show(&args, out),
        UserSig::Explain(args) => look::explain(&args, settings, out),
    }
}

/// The UserSig of an argument, or the one on standard input for `-`.
fn read(sig: &str) -> Result<String, Failure> {
    let sig = if sig == "-" {
        io::read_to_string(io::stdin()).map_err(|error| Failure::stdin(&error))?
    } else {
        sig.to_owned()
    };
    Ok(sig.trim().to_owned())
}

fn sign(args: &SignArgs, signer: &Signer, out: &mut Output) -> Result<ExitStatus, Failure> {
    let now = time::now();
    let usersig = signer.sign(&args.user, args.validity, now)?;
    if out.is_json() {
        let said = said(&args.user, signer, now, now.saturating_add(args.validity.as_secs()));
        out.row(&SignRow { command: "usersig_sign", ok: true, said, usersig: usersig.expose().to_owned() })?;
    } else {
        out.line(usersig.expose())?;
    }
    Ok(ExitStatus::Done)
}

fn verify(args: &VerifyArgs, signer: &Signer, out: &mut Output) -> Result<ExitStatus, Failure> {
    let sig = read(&args.sig)?;
    let now = args.at.unwrap_or_else(time::now);
    let verified = signer.verify(&sig, args.user.as_deref(), now);
    out.row(&VerifyRow::new(verified.as_ref().map(|claims| {
        let Claims { identifier, issued_at, valid_until, .. } = claims;
        said(identifier, signer, *issued_at, *valid_until)
    })))?;
    Ok(ExitStatus::of(verified.is_ok()))
}

fn said(user: &str, signer: &Signer, issued_at: u64, valid_until: u64) -> Said {
    Said {
        user: Some(user.to_owned()),
        sdkappid: Some(signer.sdkappid().into()),
        issued_at: Some(issued_at),
        valid_until: Some(valid_until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_signature() {
        let args = VerifyArgs { sig: "hunter2".into(), user: None, at: None };
        assert!(!format!("{args:?}").contains("hunter2"));
    }
}
