//! `tim error`: what a code of the service means and what to do about it.

use schemars::JsonSchema;
use serde::Serialize;
use strsim::damerau_levenshtein;
use tim_follow::{CodeClass, ErrorCode, ErrorCodeInfo};

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row, or_dash};
use crate::output::{Output, note_lines};

pub(crate) const HELP: &str = "\
A code may mean different things to different services: `follow` is for the follow commands, `sns` for friends.
The exit code is 1 for a code that is not documented.

With --json: {\"command\":\"error\",\"code\":70009,\"class\":\"credentials\",\"meaning\":\"...\",\"advice\":\"...\",...}; see
`tim schema error`.

Examples:
  tim error 70009
  tim error 30005 --service follow
  tim error --list --json | jq -r 'select(.class == \"rate_limited\").code'";

/// The official page of all codes.
const PAGE: &str = "https://www.tencentcloud.com/document/product/1047/34348";

#[derive(Debug, clap::Args)]
pub(crate) struct ErrorArgs {
    /// The code
    #[arg(required_unless_present = "list", conflicts_with = "list", allow_negative_numbers = true, value_parser = code)]
    code: Option<i64>,
    /// The service that answered it, as in the path of the command, for example follow or sns
    #[arg(long)]
    service: Option<String>,
    /// List all codes that are documented
    #[arg(long)]
    list: bool,
}

/// A row of `tim error`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ErrorRow {
    /// `error`.
    command: &'static str,
    /// The code, or the first one of a range.
    code: i64,
    /// The code or the range of codes, for example `130001-139999`.
    codes: String,
    /// The service that sends the code; null for any.
    service: Option<String>,
    /// The class of the code, for example `credentials`.
    class: &'static str,
    /// What the code means; null for an undocumented code.
    meaning: Option<String>,
    /// What to do about it; null for an undocumented code.
    advice: Option<String>,
    /// Whether `tim` retries a call that gets this code.
    retried: bool,
    /// The official page of error codes.
    page: &'static str,
}

impl Row for ErrorRow {
    fn cells(&self) -> Cells {
        vec![
            ("codes", self.codes.clone()),
            ("service", self.service.clone().unwrap_or_else(|| "any".to_owned())),
            ("class", self.class.to_owned()),
            ("meaning", or_dash(self.meaning.as_ref())),
        ]
    }
}

fn code(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| "a code is a number like 70009")
}

pub(crate) fn run(args: &ErrorArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    let of_service = |row: &&ErrorCodeInfo| {
        args.service.is_none() || row.service.is_none() || row.service == args.service.as_deref()
    };
    let mut rows = ErrorCode::documented().filter(of_service);
    let Some(code) = args.code else {
        rows.try_for_each(|row| out.row(&listed(row)))?;
        return Ok(ExitStatus::Done);
    };
    let found: Vec<_> = rows.filter(|row| (row.first..=row.last).contains(&code)).collect();
    let known = code == 0 || !found.is_empty();
    if out.is_json() {
        found.iter().try_for_each(|row| out.row(&listed(row)))?;
        if found.is_empty() {
            let class = ErrorCode(code).class("");
            out.row(&object(code, code.to_string(), args.service.as_deref(), class, [None, None]))?;
        }
    } else {
        found.iter().try_for_each(|row| explain(code, row, out))?;
        if code == 0 {
            out.line("0 is success")?;
        }
    }
    if !known {
        unknown(code);
    }
    Ok(ExitStatus::of(known))
}

fn listed(row: &ErrorCodeInfo) -> ErrorRow {
    let ErrorCodeInfo { first, last, service, class, meaning, advice, .. } = *row;
    let codes = if first == last { first.to_string() } else { format!("{first}-{last}") };
    object(first, codes, service, class, [Some(meaning), Some(advice)])
}

fn object(code: i64, codes: String, service: Option<&str>, class: CodeClass, texts: [Option<&str>; 2]) -> ErrorRow {
    let [meaning, advice] = texts.map(|text| text.map(str::to_owned));
    ErrorRow {
        command: "error",
        code,
        codes,
        service: service.map(str::to_owned),
        class: class_of(class).0,
        meaning,
        advice,
        retried: retried(class),
        page: PAGE,
    }
}

fn explain(code: i64, row: &ErrorCodeInfo, out: &mut Output) -> Result<(), Failure> {
    let (class, what_happens) = class_of(row.class);
    let service = row.service.map(|name| format!(", answered by {name}")).unwrap_or_default();
    out.line(format_args!("{code}{service}: {}", row.meaning))?;
    out.line(format_args!("  what to do   {}", row.advice))?;
    out.line(format_args!("  class        {class}: {what_happens}"))?;
    match row.class {
        CodeClass::Signature | CodeClass::Credentials => {
            out.line(format_args!(
                "  look closer  `tim doctor`, or `tim usersig explain - --code {code}` for one UserSig"
            ))?;
        }
        CodeClass::Permission | CodeClass::FeatureDisabled => out.line("  look closer  `tim doctor`")?,
        _ => {}
    }
    Ok(out.line(format_args!("  page         {PAGE}"))?)
}

/// Codes with one digit more, less, changed or exchanged are named.
fn unknown(code: i64) {
    let text = code.to_string();
    let near = |row: &&ErrorCodeInfo| row.first == row.last && damerau_levenshtein(&row.first.to_string(), &text) == 1;
    let mut near: Vec<_> =
        ErrorCode::documented().filter(near).map(|row| format!("{} ({})", row.first, row.meaning)).collect();
    near.dedup();
    let hint = match &near[..] {
        [] => "`tim error --list` lists those that are".to_owned(),
        near => format!("did you mean one of these?\n  {}", near.join("\n  ")),
    };
    note_lines(format_args!("tim: {code} is not documented, and such a call is not repeated; {hint}"));
}

/// The name of a class and what the client does about it.
fn class_of(class: CodeClass) -> (&'static str, &'static str) {
    const GIVES_UP: &str = "the call is not repeated, since the same call would be refused again";
    match class {
        CodeClass::Success => ("success", "all is well"),
        CodeClass::Transient => ("transient", "the call is repeated after a pause, a few times"),
        CodeClass::RateLimited => {
            ("rate_limited", "the call is repeated after a second or more, and all calls slow down")
        }
        CodeClass::Signature => ("signature", "the call is repeated one time with a new signature"),
        CodeClass::Credentials => {
            ("credentials", "the call is not repeated: a new signature from the same key does not help")
        }
        CodeClass::Permission => ("permission", GIVES_UP),
        CodeClass::NotFound => ("not_found", GIVES_UP),
        CodeClass::BadRequest => ("bad_request", GIVES_UP),
        CodeClass::FeatureDisabled => ("feature_disabled", GIVES_UP),
        CodeClass::Capacity => ("capacity", GIVES_UP),
        CodeClass::Other => ("other", GIVES_UP),
        _ => ("unknown", GIVES_UP),
    }
}

fn retried(class: CodeClass) -> bool {
    matches!(class, CodeClass::Transient | CodeClass::RateLimited | CodeClass::Signature)
}
