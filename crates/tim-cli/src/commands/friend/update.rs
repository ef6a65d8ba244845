//! `tim friend update`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tim_follow::friend::{FriendField, FriendTag, Update, UpdatedFriend};
use tim_follow::{Batch as _, UserId};

use super::entry;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::input::fields::{Fields, custom_fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file of --pairs needs a header with the columns `from` and `to`, and at least one of these columns:
  remark
  groups                separated by semicolons, or a JSON array; [] takes the friend out of all groups
  Tag_SNS_Custom_...    a custom field, by its full name
  custom                several custom fields as a JSON object

The groups replace those that the friend is in. An empty cell of CSV, or null in NDJSON, does not change its field. An
empty text in NDJSON makes the field empty.
Examples:
  tim friend update alice bob --remark Bobby
  tim friend update alice bob carol --group Work --group Chess
  tim friend update alice bob --custom Team=red
  tim friend update --pairs friends.csv --out updated.csv --resume updated.journal";

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    users: Users,
    /// The remark of the only TO in the friend list of FROM, up to 96 bytes
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    /// A friend group of FROM for the friends, up to 30 bytes; replaces the groups that they are
    /// in. Can be given several times
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// A field that the app has defined, by the end of its name after `Tag_SNS_Custom_`. Can be
    /// given several times
    #[arg(long, value_name = "KEYWORD=TEXT", value_parser = parse_custom)]
    custom: Vec<(String, String)>,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend update`.
pub(crate) type Row = TargetRow<Sent>;

/// What was sent. What was not sent is null.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Sent {
    /// The remark that was sent.
    remark: Option<String>,
    /// The friend groups that were sent.
    groups: Option<Vec<String>>,
    /// The custom fields that were sent, by their tags.
    custom: Option<Map<String, Value>>,
}

impl Sent {
    fn new(friend: &UpdatedFriend) -> Self {
        let mut sent = Self::default();
        for FriendField { tag, value } in &friend.fields {
            match value {
                Value::String(remark) if *tag == FriendTag::REMARK => sent.remark = Some(remark.clone()),
                Value::Array(names) if *tag == FriendTag::GROUP => {
                    sent.groups = Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
                }
                value => {
                    sent.custom.get_or_insert_default().insert(tag.as_str().to_owned(), value.clone());
                }
            }
        }
        sent
    }
}

impl Details for Sent {
    fn cells(&self) -> Cells {
        let groups = self.groups.as_ref().map(|groups| entry::joined(groups).unwrap_or_else(|| "none".to_owned()));
        let custom = self.custom.as_ref().and_then(entry::text);
        let cells = [("remark", self.remark.clone()), ("groups", groups), ("custom", custom)];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

impl FromLine for UpdatedFriend {
    const COLUMNS: &'static [ColumnName] = &[entry::REMARK, entry::GROUPS, entry::CUSTOM];
    const CUSTOM: Option<&'static str> = Some(entry::CUSTOM_COLUMNS);

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let remark = fields.text("remark")?.map(FriendField::remark);
        let groups = fields.get("groups").map(|_| fields.list("groups")).transpose()?.map(FriendField::groups);
        let fields: Vec<_> = remark.into_iter().chain(groups).chain(entry::custom(fields)?).collect();
        if fields.is_empty() {
            return Err("an update needs `remark`, `groups` or `custom`".to_owned());
        }
        let friend = Self::new(user, fields);
        Update::validate_target(&friend).map_err(|error| problem(&error))?;
        Ok(friend)
    }
}

/// The full name of a custom field, and its value.
fn parse_custom(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write the keyword, = and the value")?;
    let keyword = name.strip_prefix(entry::CUSTOM_COLUMNS).unwrap_or(name);
    Ok((format!("{}{keyword}", entry::CUSTOM_COLUMNS), value.to_owned()))
}

pub(super) async fn run(args: UpdateArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let UpdateArgs { users, remark, group, custom, bulk: args } = args;
    if remark.is_some() && !users.is_one() {
        return Err(Failure::usage("--remark is for one TO; give a file with --pairs for several users"));
    }
    let options = format!("groups {group:?}, custom {custom:?}");
    let groups = Some(group).filter(|group| !group.is_empty());
    let fields = Fields::default().with("remark", remark).with("groups", groups);
    let fields = custom_fields(fields, custom)?;
    let (from, source) = users.source_with::<Update>(args.input, fields)?;
    let job = Job {
        options: format!("from {from:?}, {options}"),
        template: Update::pairs(),
        from,
        source,
        show: rows::of_target(|friend, _| Sent::new(friend)),
        deletes: None,
        hint: Some("`tim friend get` with the same targets prints the fields of the friends"),
    };
    bulk::run(session, out, job, &args).await
}
