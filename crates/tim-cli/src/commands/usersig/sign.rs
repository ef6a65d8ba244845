//! `tim usersig sign`.

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::sig::Signer;

use super::row::Contents;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::time;

pub(super) const HELP: &str = "\
With --json: {\"command\":\"usersig_sign\",\"ok\":true,\"usersig\":\"...\",...}; see `tim schema usersig sign`.

Example:
  tim usersig sign alice --validity 12h";

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The user who logs in with the UserSig
    #[arg(required_unless_present = "option", value_name = "USER")]
    user: Option<String>,
    #[arg(id = "option", long = "user", value_name = "USER", hide = true, conflicts_with = "user")]
    user_option: Option<String>,
    /// How long the UserSig is valid: a number and s, m, h or d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = validity)]
    validity: Duration,
}

fn validity(text: &str) -> Result<Duration, &'static str> {
    const MAX: Duration = Duration::from_secs(36_500 * 86_400);
    match time::parse_duration(text)? {
        time if time < Duration::from_secs(1) => Err("must be at least 1s"),
        time if time > MAX => Err("must be at most 36500d"),
        time => Ok(time),
    }
}

/// The row of `tim usersig sign`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SignRow {
    /// `usersig_sign`.
    command: &'static str,
    /// Always true.
    ok: bool,
    #[serde(flatten)]
    contents: Contents,
    /// The UserSig, which is a secret.
    usersig: String,
}

impl Row for SignRow {
    fn cells(&self) -> Cells {
        vec![("usersig", self.usersig.clone())]
    }
}

pub(super) fn run(args: SignArgs, signer: &Signer, out: &mut Output) -> Result<ExitStatus, Failure> {
    let user = args.user.or(args.user_option).unwrap_or_default();
    let now = time::now();
    let usersig = signer.sign(&user, args.validity, now)?;
    if out.is_json() {
        let contents = Contents::new(&user, signer, now, now.saturating_add(args.validity.as_secs()));
        out.row(&SignRow { command: "usersig_sign", ok: true, contents, usersig: usersig.expose().to_owned() })?;
    } else {
        out.line(usersig.expose())?;
    }
    Ok(ExitStatus::Done)
}
