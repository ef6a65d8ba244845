//! `tim friend-group delete`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend_group::Delete;
use tim_follow::{BatchItem, Each, Endpoint as _, UserId};

use super::name::GroupName;
use super::{GROUP, Groups, names};
use crate::exit::{ExitStatus, Failure};
use crate::input::fields::{Fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::{DELETES_WITHOUT_QUESTION, Deletes};
use crate::run::rows::{Details, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file needs a header with the columns `user` and `group`. `group` can be a list: elements separated by
semicolons, or a JSON array. Each line is one call, and each group has a row. The command asks for confirmation if
there are more than 20 lines.
Examples:
  tim friend-group delete alice Chess
  tim friend-group delete --targets groups.csv --yes";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    groups: Groups,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend-group delete`.
pub(crate) type Row = TargetRow<Group, OnlyUser>;

/// A group.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Group {
    /// The name of the group; an array with the name if it contains a semicolon, starts with `[`,
    /// or has spaces around it.
    group: Option<GroupName>,
}

impl Details for Group {
    fn cells(&self) -> Cells {
        self.group.iter().map(|group| ("group", group.text())).collect()
    }
}

impl FromLine for Delete {
    const COLUMNS: &'static [ColumnName] = &[GROUP];

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let request = Self::new(user, names(fields)?);
        request.validate().map(|()| request).map_err(|error| problem(&error))
    }

    fn is_in_row(fields: &Fields) -> bool {
        fields.get(GROUP.name).is_some()
    }
}

fn rows(item: &BatchItem<Each<Delete>>) -> Vec<Group> {
    item.target.names.iter().map(|name| Group { group: Some(GroupName::new(name)) }).collect()
}

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { groups, yes, bulk: args } = args;
    // All groups on the command line are one target.
    let is_small = u64::try_from(groups.groups.len()).is_ok_and(|groups| groups <= DELETES_WITHOUT_QUESTION);
    let without_question = if is_small { DELETES_WITHOUT_QUESTION } else { 0 };
    let job = Job {
        template: Each::<Delete>::template(),
        from: String::new(),
        options: String::new(),
        source: groups.source::<Each<Delete>>(args.input, Fields::default())?,
        show: rows,
        deletes: Some(Deletes { yes, noun: "user", action: "would lose friend groups", without_question }),
        hint: Some("`tim friend-group list` with the same users prints which groups still exist"),
    };
    bulk::run(session, out, job, &args).await
}
