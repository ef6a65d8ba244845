//! `tim follow check`.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::{self, Relation};

use super::UsersArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
follower: TO follows FROM; following: FROM follows TO; mutual: both; none: neither.

Examples:
  tim follow check alice bob carol
  tim follow check alice bob --json | jq -r .relation
  tim follow check alice --targets users.txt --output-format csv
  tim follow check --pairs pairs.csv --out relations.ndjson --resume relations.journal
  tim follow check --pairs pairs.csv.gz --json";

/// A row of `tim follow check`.
pub(crate) type Row = TargetRow<RelationOf>;

/// The relation of a user to another one.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct RelationOf {
    /// `none`; `follower`: `to` follows `from`; `following`: `from` follows `to`; `mutual`: both;
    /// or `unknown` with an undocumented number.
    relation: Option<String>,
    /// The number of the relation on the wire, from 0 for `none` to 3 for `mutual`.
    follow_type: Option<i64>,
}

impl RelationOf {
    pub(crate) fn new(relation: &Relation) -> Self {
        Self { relation: Some(relation.to_string()), follow_type: Some(relation.0) }
    }
}

impl Details for RelationOf {
    fn cells(&self) -> Cells {
        self.relation.iter().map(|relation| ("relation", relation.clone())).collect()
    }
}

pub(super) async fn run(args: UsersArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let UsersArgs { users, bulk: args } = args;
    let (from, source) = users.source::<follow::Check>(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: follow::Check::pairs(),
        from,
        source,
        show: rows::of_outcome(RelationOf::new),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
