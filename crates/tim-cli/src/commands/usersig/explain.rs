//! `tim usersig explain`.

use std::fmt;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::sig::{Explanation, RejectedCall, Signer, VerifyError};

use super::row::meaning;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row, or_dash, yes_no};
use crate::settings::Settings;
use crate::time;

pub(super) const HELP: &str = "\
Codes: 70001 expired, 70002 empty, 70003 malformed, 70009 another key, 70013 another user, 70014 another app.
More problems are found if the settings have the app and the key. The exit code is 1 if the UserSig has a problem.

With --json: {\"command\":\"usersig_explain\",\"found\":true,\"problems\":[70001],...}; see `tim schema usersig explain`.

Examples:
  tim usersig explain - --code 70009 --secret-key-file key.txt --sdkappid 1400000000 <sig.txt
  tim usersig explain - --code 70013 --user alice <sig.txt";

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The UserSig; - reads it from standard input, which other users of the machine cannot see
    #[arg(value_name = "USERSIG")]
    sig: String,
    /// The code with which the service rejected the call
    #[arg(long)]
    code: i64,
    /// The user in the URL of the call
    #[arg(long)]
    user: Option<String>,
    /// The time of the call, if it is not now: unix seconds, or a time such as 2026-11-22T13:45:02Z
    #[arg(long, value_name = "TIME", value_parser = time::parse_time)]
    at: Option<u64>,
}

/// Hides the signature.
impl fmt::Debug for ExplainArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExplainArgs").field("code", &self.code).field("user", &self.user).finish_non_exhaustive()
    }
}

/// The row of `tim usersig explain`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ExplainRow {
    /// `usersig_explain`.
    command: &'static str,
    /// The code of the service that is explained.
    code: i64,
    /// The meaning of the code; null for an undocumented code.
    meaning: Option<String>,
    /// Whether a problem of the UserSig explains the code.
    found: bool,
    /// The codes of all problems that were found in the UserSig.
    problems: Vec<i64>,
    /// What is wrong, and what to do.
    info: String,
}

impl ExplainRow {
    fn new(explanation: Explanation) -> Self {
        Self {
            command: "usersig_explain",
            code: explanation.code,
            meaning: meaning(explanation.code),
            found: explanation.found,
            problems: explanation.problems.iter().map(VerifyError::code).collect(),
            info: time::with_dates(&explanation.text),
        }
    }
}

impl Row for ExplainRow {
    fn cells(&self) -> Cells {
        vec![
            ("code", self.code.to_string()),
            ("meaning", or_dash(self.meaning.as_ref())),
            ("explained", yes_no(self.found)),
            ("info", self.info.clone()),
        ]
    }
}

pub(super) fn run(args: &ExplainArgs, settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    let (app, key) = settings.app_and_key()?;
    let sdkappid = app.map(|app| app.0);
    let signer = match (sdkappid, key) {
        (Some(app), Some(key)) => Some(Signer::new(app, key)?),
        _ => None,
    };
    let now = args.at.unwrap_or_else(time::now);
    let call = RejectedCall { sdkappid, user: args.user.as_deref(), signer: signer.as_ref(), now };
    let row = ExplainRow::new(tim_follow::sig::explain(&super::read(&args.sig)?, args.code, &call));
    out.row(&row)?;
    Ok(ExitStatus::of(row.problems.is_empty()))
}
