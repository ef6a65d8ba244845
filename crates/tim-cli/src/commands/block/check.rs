//! `tim block check`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::block::{Check, CheckMode, Relation};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::output::Output;
use crate::output::row::{Cells, yes_no};
use crate::run::args::{BulkArgs, CheckedLists};
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim block check alice bob carol
  tim block check alice bob --mode single --json | jq .from_blocks_to
  tim block check --pairs pairs.csv --out blocks.ndjson --resume blocks.journal";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    users: Users,
    /// The blocklists to read
    #[arg(long, value_enum, default_value_t = CheckedLists::Both)]
    mode: CheckedLists,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim block check`.
pub(crate) type Row = TargetRow<Blocks>;

/// Who of two users blocks the other. The meaning of `relation` depends on the mode; that of the
/// other keys does not.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Blocks {
    /// The relation as on the wire, for example `BlackCheckResult_Type_BothWay`.
    relation: Option<String>,
    /// Whether `to` is on the blocklist of `from`.
    from_blocks_to: Option<bool>,
    /// Whether `from` is on the blocklist of `to`; null in the mode `single`.
    to_blocks_from: Option<bool>,
}

impl Blocks {
    fn new(relation: &Relation, mode: &CheckMode) -> Self {
        Self {
            relation: Some(relation.as_str().to_owned()),
            from_blocks_to: relation.from_blocks_target(),
            to_blocks_from: relation.target_blocks_from(mode),
        }
    }
}

impl Details for Blocks {
    fn cells(&self) -> Cells {
        let Some(relation) = &self.relation else { return Cells::new() };
        vec![
            ("relation", relation.strip_prefix("BlackCheckResult_Type_").unwrap_or(relation).to_owned()),
            ("from_blocks_to", yes_no(self.from_blocks_to)),
            ("to_blocks_from", yes_no(self.to_blocks_from)),
        ]
    }
}

pub(super) async fn run(args: CheckArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CheckArgs { users, bulk: args, mode } = args;
    let mode = match mode {
        CheckedLists::Single => CheckMode::SINGLE,
        CheckedLists::Both => CheckMode::BOTH,
    };
    let (from, source) = users.source::<Check>(args.input)?;
    let job = Job {
        options: format!("from {from:?}, mode {}", mode.as_str()),
        template: Check::pairs(mode.clone()),
        from,
        source,
        show: rows::of_outcome(|relation: &Relation| Blocks::new(relation, &mode)),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
