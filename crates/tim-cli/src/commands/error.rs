//! `tim error`: explains a code of the service.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use strsim::damerau_levenshtein;
use tim_follow::{COMMANDS, CodeClass, ErrorCode, ErrorCodeInfo};

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row, or_dash};
use crate::output::{Output, note_lines};

pub(crate) const HELP: &str = "\
Some codes have different meanings in different services: `follow` is the service of the follow commands, and `sns`
is that of the friend commands. The exit code is 1 for an unknown code.

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
    /// The service that sent the code, as in the path of the command, for example follow or sns
    #[arg(long)]
    service: Option<String>,
    /// List all documented codes
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
    /// The service that sends the code; null for all services.
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
    text.parse().map_err(|_| "write a number such as 70009")
}

/// Fails if no built-in command and no documented code belongs to this service.
fn check_service(service: &str) -> Result<(), Failure> {
    let of_codes = ErrorCode::documented().filter_map(|row| row.service);
    let known: BTreeSet<&str> = COMMANDS.iter().map(|info| info.service).chain(of_codes).collect();
    if known.contains(service) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(Failure::usage(format!("unknown service {service:?}: the services are {}", known.join(", "))))
}

pub(crate) fn run(args: &ErrorArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    if let Some(service) = &args.service {
        check_service(service)?;
    }
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
        report_unknown(code);
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
    let service = row.service.map(|name| format!(" from {name}")).unwrap_or_default();
    out.line(format_args!("{code}{service}: {}", row.meaning))?;
    out.line(format_args!("  what to do   {}", row.advice))?;
    out.line(format_args!("  class        {class}: {what_happens}"))?;
    match row.class {
        CodeClass::Signature | CodeClass::Credentials => {
            out.line(format_args!(
                "  diagnose     `tim doctor`, or `tim usersig explain - --code {code}` for one UserSig"
            ))?;
        }
        CodeClass::Permission | CodeClass::FeatureDisabled => out.line("  diagnose     `tim doctor`")?,
        _ => {}
    }
    Ok(out.line(format_args!("  see also     {PAGE}"))?)
}

/// Reports an unknown code, with the documented codes that differ in one digit.
fn report_unknown(code: i64) {
    let text = code.to_string();
    let near = |row: &&ErrorCodeInfo| row.first == row.last && damerau_levenshtein(&row.first.to_string(), &text) == 1;
    let mut near: Vec<_> =
        ErrorCode::documented().filter(near).map(|row| format!("{} ({})", row.first, row.meaning)).collect();
    near.dedup();
    let hint = match &near[..] {
        [] => "`tim error --list` lists the documented codes".to_owned(),
        near => format!("did you mean one of these?\n  {}", near.join("\n  ")),
    };
    note_lines(format_args!("tim: unknown code {code} (tim does not retry it); {hint}"));
}

/// The name of a class, and how the client handles it.
fn class_of(class: CodeClass) -> (&'static str, &'static str) {
    const GIVES_UP: &str = "tim does not retry the call, because the service would reject it again";
    match class {
        CodeClass::Success => ("success", "the call succeeded"),
        CodeClass::Transient => ("transient", "tim retries the call a few times"),
        CodeClass::RateLimited => {
            ("rate_limited", "tim retries the call after a second or more, and slows down all calls")
        }
        CodeClass::Signature => ("signature", "tim retries the call once with a new signature"),
        CodeClass::Credentials => {
            ("credentials", "tim does not retry the call: a new signature from the same key does not help")
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
