//! `tim friend import`.

use clap::Args;
use tim_follow::friend::{AddSource, Import, ImportedFriend};
use tim_follow::{Batch as _, UserId};

use super::entry::{self, Entry, parse_source};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::input::fields::{Fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
An import writes one direction: each TO into the friend list of FROM. Two users who are friends of each other need
both pairs. An import needs no consent, ignores blocklists and sends no webhooks. A call takes up to 1000 friends of
one FROM, so keep the pairs of the same FROM in consecutive lines.

A CSV file of --pairs needs a header with the columns `from` and `to`. It can have these columns, which `tim friend
list` writes too:
  remark
  groups                separated by semicolons, or a JSON array
  add_source            as with --source
  add_wording           the message of the friend request
  added_at              the time in Unix seconds
  Tag_SNS_Custom_...    a custom field, by its full name
  custom                several custom fields as a JSON object

Examples:
  tim friend import alice bob carol
  tim friend import alice --targets users.txt --source android --group Work --group Chess
  tim friend import --pairs friends.csv --out imported.csv --resume import.journal
  tim friend list --targets users.txt --json --profile old | tim friend import --pairs - --profile new";

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    users: Users,
    /// Where the friends were added: web, android, or another keyword of 1 to 8 letters
    #[arg(long, value_name = "KEYWORD", value_parser = parse_source, default_value = "web")]
    source: AddSource,
    /// A friend group of FROM that gets the friends, up to 30 bytes. Can be given several times
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend import`.
pub(crate) type Row = TargetRow<Entry>;

impl FromLine for ImportedFriend {
    const COLUMNS: &'static [ColumnName] =
        &[entry::REMARK, entry::GROUPS, entry::SOURCE, entry::WORDING, entry::ADDED_AT, entry::CUSTOM];
    const CUSTOM: Option<&'static str> = Some(entry::CUSTOM_COLUMNS);

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let mut friend = Self::new(user, entry::source(fields)?);
        friend.remark = fields.text("remark")?;
        friend.groups = fields.list("groups")?;
        friend.wording = fields.text("add_wording")?;
        friend.added_at = fields.number("added_at")?;
        friend.custom = entry::custom(fields)?;
        Import::validate_target(&friend).map_err(|error| problem(&error))?;
        Ok(friend)
    }
}

pub(super) async fn run(args: ImportArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let ImportArgs { users, source, group, bulk: args } = args;
    let options = format!("source {source}, groups {group:?}");
    let groups = Some(group).filter(|group| !group.is_empty());
    let fields = Fields::default().with("add_source", Some(source.as_str())).with("groups", groups);
    let (from, source) = users.source_with::<Import>(args.input, fields)?;
    let job = Job {
        options: format!("from {from:?}, {options}"),
        template: Import::pairs(),
        from,
        source,
        show: rows::of_target(|friend, _| Entry::sent(friend)),
        deletes: None,
        hint: Some("`tim friend get` with the same targets prints which entries exist"),
    };
    bulk::run(session, out, job, &args).await
}
