//! `tim usersig verify`.

use std::fmt;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::sig::{Claims, Signer, VerifyError};

use super::row::{Contents, cells, reason};
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::run::rows::Reason;
use crate::time;

pub(super) const HELP: &str = "\
The exit code is 1 if the service would reject the UserSig.

With --json: {\"command\":\"usersig_verify\",\"ok\":false,\"code\":70001,...}; see `tim schema usersig verify`.

Examples:
  tim usersig sign alice | tim usersig verify - --user alice
  tim usersig verify - --at 2026-01-01T00:00:00Z <sig.txt";

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The UserSig; - reads it from standard input, which other users of the machine cannot see
    #[arg(value_name = "USERSIG")]
    sig: String,
    /// Check that the UserSig is for this user
    #[arg(long)]
    user: Option<String>,
    /// Verify at this time instead of now: unix seconds, or a time such as 2026-11-22T13:45:02Z
    #[arg(long, value_name = "TIME", value_parser = time::parse_time)]
    at: Option<u64>,
}

/// Hides the signature.
impl fmt::Debug for VerifyArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyArgs").field("user", &self.user).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The row of `tim usersig verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct VerifyRow {
    /// `usersig_verify`.
    command: &'static str,
    /// Whether the UserSig is valid.
    ok: bool,
    #[serde(flatten)]
    contents: Contents,
    #[serde(flatten)]
    reason: Reason,
}

impl VerifyRow {
    fn new(result: Result<Contents, &VerifyError>) -> Self {
        let (ok, reason) = (result.is_ok(), result.as_ref().err().map(|error| reason(error)).unwrap_or_default());
        Self { command: "usersig_verify", ok, contents: result.unwrap_or_default(), reason }
    }
}

impl Row for VerifyRow {
    fn cells(&self) -> Cells {
        cells(self.ok, self.contents.cells(), &self.reason)
    }
}

pub(super) fn run(args: &VerifyArgs, signer: &Signer, out: &mut Output) -> Result<ExitStatus, Failure> {
    let sig = super::read(&args.sig)?;
    let now = args.at.unwrap_or_else(time::now);
    let verified = signer.verify(&sig, args.user.as_deref(), now);
    out.row(&VerifyRow::new(verified.as_ref().map(|claims| {
        let Claims { identifier, issued_at, valid_until, .. } = claims;
        Contents::new(identifier, signer, *issued_at, *valid_until)
    })))?;
    Ok(ExitStatus::of(verified.is_ok()))
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
