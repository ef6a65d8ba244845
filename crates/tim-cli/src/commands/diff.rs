//! `tim diff`: compares two exports.

mod compare;
mod plan;
mod rows;
mod summary;

use std::path::{Path, PathBuf};

use clap::Args;

use self::compare::Comparison;
use self::plan::Plan;
use self::summary::Summary;
use crate::exit::{ExitStatus, Failure};
use crate::input::export::Export;
use crate::output::sink::given_format;
use crate::output::{Format, Output, note};
use crate::run::session::Session;

pub(crate) use self::summary::DiffRow;

pub(crate) const HELP: &str = "\
A and B are files that --out, --json or --output-format csv of a command wrote: CSV with a header or NDJSON. They can be
compressed with gzip. One can be CSV and the other NDJSON. An empty field of CSV is the same as null,
and so is an empty list or object in `groups`, `friends` and `custom`. The order of groups and friends is not compared.

Rows are matched by their users: `from`, `to` and `kind`, or `user` and `group`, or `user`. If several rows of a file
have the same users, they are matched in their order. The row of an empty list is not compared. A row whose outcome is
not `done` has no data, so the exports differ.

Other columns are compared if both files have them. These are compared only if --columns names them:
  ok, outcome, code, meaning, info, cursor    how the call ended
  followed_at, blocked_at                     times that the service sets
  profile_sequence                            the version of a profile

The exit code is 0 if the exports are equal, 1 if they differ, and 2 if a file cannot be compared.

With --json, each difference is one JSON object in a line; `tim schema diff` describes its keys.

Examples:
  tim diff before.csv after.csv
  tim diff old-app.ndjson.gz new-app.csv --ignore nick,profile
  tim diff before.csv after.csv --columns followed_at --limit 10
  ssh host cat follows.csv | tim diff - follows.csv";

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The first export; - is standard input
    a: PathBuf,
    /// The second export; - is standard input
    b: PathBuf,
    /// Compare only these columns; both exports must have them
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', conflicts_with = "ignore")]
    columns: Option<Vec<String>>,
    /// Do not compare these columns
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Print at most N rows; the summary counts all differences [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The format of the differences [default: table; ndjson with --json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    output_format: Option<Format>,
}

pub(crate) fn run(args: &DiffArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let stdin = Path::new("-");
    if args.a == stdin && args.b == stdin {
        return Err(Failure::usage("only one export can be standard input; give a file as the other one"));
    }
    if let Some(format) = given_format(args.output_format, session.json)? {
        out.set_format(format);
    }
    let (mut a, mut b) = (Export::open(&args.a)?, Export::open(&args.b)?);
    let plan = Plan::new(&a, &b, args.columns.as_deref(), &args.ignore)?;
    plan.notes().into_iter().for_each(note);
    let mut comparison = Comparison::default();
    let (mut key, mut content) = (Vec::new(), Vec::new());
    while a.advance()? {
        if plan.a.read(&a, &mut key, &mut content)? {
            comparison.add_a(&key, &content);
        }
    }
    while b.advance()? {
        if plan.b.read(&b, &mut key, &mut content)? {
            comparison.add_b(&key, &content);
        }
    }
    let mut summary = Summary::new(&plan, args.limit);
    out.header(&DiffRow::default())?;
    comparison.differences(|key, difference| summary.add(key, difference, out))?;
    if !session.quiet {
        summary.lines(&comparison.totals()).into_iter().for_each(note);
    }
    Ok(ExitStatus::of(summary.is_equal()))
}
