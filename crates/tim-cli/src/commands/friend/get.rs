//! `tim friend get`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend::{FriendField, FriendFields, FriendTag, Get};
use tim_follow::{ProfileItem, ProfileTag};

use super::entry::{CUSTOM_COLUMNS, EntryFields};
use crate::commands::profile::fields;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, ProfileFields, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A field that is not set, or that was not requested, is null. TO must be on the friend list of FROM.

Examples:
  tim friend get alice bob carol
  tim friend get alice bob --fields remark,nick,image --custom Team,Tag_Profile_Custom_Vip
  tim friend get --pairs friends.csv --out entries.ndjson --resume entries.journal";

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    users: Users,
    /// The documented fields of the friend list and of profiles to read, separated by commas
    /// [default: those of the friend list, and nick]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(names()))]
    fields: Vec<String>,
    /// The fields of the app to read too, separated by commas: Team is Tag_SNS_Custom_Team; write
    /// those of profiles in full, as Tag_Profile_Custom_Team
    #[arg(long, value_name = "KEYS", value_delimiter = ',', value_parser = parse_tag)]
    custom: Vec<FriendTag>,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// The documented fields of an entry.
const ENTRY: [(&str, FriendTag); 5] = [
    ("remark", FriendTag::REMARK),
    ("groups", FriendTag::GROUP),
    ("add_source", FriendTag::ADD_SOURCE),
    ("add_wording", FriendTag::ADD_WORDING),
    ("added_at", FriendTag::ADD_TIME),
];

/// The names of all documented fields.
fn names() -> impl Iterator<Item = &'static str> {
    ENTRY.iter().map(|(name, _)| *name).chain(fields::names())
}

/// The name of a field of the app in an argument.
fn parse_tag(text: &str) -> Result<FriendTag, String> {
    if text.starts_with("Tag_Profile_") {
        return fields::parse_tag(text).map(FriendTag::from);
    }
    let field = FriendField::custom(text.strip_prefix(CUSTOM_COLUMNS).unwrap_or(text), "");
    field.validate_custom("it").map_err(|_| "it must have 1 to 8 letters".to_owned())?;
    Ok(field.tag)
}

impl GetArgs {
    /// The fields to read, each once.
    fn tags(&self) -> Vec<FriendTag> {
        let is_chosen = |name: &str| self.fields.iter().any(|chosen| chosen == name);
        let entry = ENTRY.into_iter().filter(|(name, _)| self.fields.is_empty() || is_chosen(name));
        let nick = self.fields.is_empty().then(|| FriendTag::from(ProfileTag::NICK));
        let profile = fields::FIELDS.iter().filter(|field| is_chosen(field.column.name));
        let profile = profile.map(|field| FriendTag::from(field.tag.clone()));
        let mut tags: Vec<FriendTag> = Vec::new();
        for tag in entry.map(|(_, tag)| tag).chain(nick).chain(profile).chain(self.custom.iter().cloned()) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }
}

/// A row of `tim friend get`.
pub(crate) type Row = TargetRow<Friend>;

/// A friend: the entry of the friend list and the profile.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Friend {
    #[serde(flatten)]
    entry: EntryFields,
    #[serde(flatten)]
    profile: ProfileFields,
}

impl Friend {
    fn new(fields: &FriendFields, has_groups: bool) -> Self {
        let is_of_entry = |tag: &FriendTag| ENTRY.iter().any(|(_, known)| known == tag);
        let others = fields.iter().filter(|field| !is_of_entry(&field.tag));
        let others: Vec<_> = others.map(|field| ProfileItem::new(field.tag.as_str(), field.value.clone())).collect();
        Self { entry: EntryFields::of(fields).with_groups(has_groups), profile: ProfileFields::new(&others) }
    }
}

impl Details for Friend {
    fn cells(&self) -> Cells {
        self.entry.cells().into_iter().chain(self.profile.cells()).collect()
    }
}

pub(super) async fn run(args: GetArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let tags = args.tags();
    let GetArgs { users, bulk: args, .. } = args;
    let has_groups = tags.contains(&FriendTag::GROUP);
    let names: Vec<_> = tags.iter().map(FriendTag::as_str).collect();
    let fields = names.join(",");
    let (from, source) = users.source::<Get>(args.input)?;
    let job = Job {
        options: format!("from {from:?}, fields {fields}"),
        template: Get::pairs(tags),
        from,
        source,
        show: rows::of_outcome(|fields: &FriendFields| Friend::new(fields, has_groups)),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
