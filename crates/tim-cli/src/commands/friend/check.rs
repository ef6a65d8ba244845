//! `tim friend check`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend::{Check, CheckMode, Relation};

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
  tim friend check alice bob carol
  tim friend check alice bob --mode single --json | jq .from_has_to
  tim friend check --pairs pairs.csv --out friends.ndjson --resume friends.journal";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    users: Users,
    /// The friend lists to read
    #[arg(long, value_enum, default_value_t = CheckedLists::Both)]
    mode: CheckedLists,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim friend check`.
pub(crate) type Row = TargetRow<Friendship>;

/// A friend relation. The meaning of `relation` depends on the mode; that of the other keys does
/// not.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Friendship {
    /// The relation as on the wire, for example `CheckResult_Type_BothWay`.
    relation: Option<String>,
    /// Whether `to` is on the friend list of `from`.
    from_has_to: Option<bool>,
    /// Whether `from` is on the friend list of `to`; null in the mode `single`.
    to_has_from: Option<bool>,
}

impl Friendship {
    pub(crate) fn new(relation: &Relation, mode: &CheckMode) -> Self {
        Self {
            relation: Some(relation.as_str().to_owned()),
            from_has_to: relation.from_has_target(),
            to_has_from: relation.target_has_from(mode),
        }
    }
}

impl Details for Friendship {
    fn cells(&self) -> Cells {
        let Some(relation) = &self.relation else { return Cells::new() };
        vec![
            ("relation", relation.strip_prefix("CheckResult_Type_").unwrap_or(relation).to_owned()),
            ("from_has_to", yes_no(self.from_has_to)),
            ("to_has_from", yes_no(self.to_has_from)),
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
        show: rows::of_outcome(|relation: &Relation| Friendship::new(relation, &mode)),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
