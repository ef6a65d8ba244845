//! `tim profile get`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use tim_follow::profile::Get;
use tim_follow::{Profile, ProfileTag};

use super::fields::{self, FIELDS};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, OnlyUser, ProfileFields, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Without --fields, all documented fields are read. Fields of the app are read only if --custom names them. A field that
is not set, or that was not requested, is null. `tim profile set --targets` reads the output.
Examples:
  tim profile get alice bob
  tim profile get alice --fields nick,image --custom Team,Vip
  tim profile get --targets users.txt --out profiles.csv --resume profiles.journal
  tim profile get --targets users.txt --json | tim profile set --targets - --profile other";

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    users: UserList,
    /// The documented fields to read, separated by commas [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(fields::names()))]
    fields: Vec<String>,
    /// The fields of the app to read too, separated by commas, by their keywords: Team is
    /// Tag_Profile_Custom_Team
    #[arg(long, value_name = "KEYS", value_delimiter = ',', value_parser = fields::parse_tag)]
    custom: Vec<ProfileTag>,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim profile get`.
pub(crate) type Row = TargetRow<ProfileFields, OnlyUser>;

impl GetArgs {
    /// The fields to read, each once.
    fn tags(&self) -> Vec<ProfileTag> {
        let is_chosen = |name: &str| self.fields.is_empty() || self.fields.iter().any(|chosen| chosen == name);
        let documented = FIELDS.iter().filter(|field| is_chosen(field.column.name)).map(|field| &field.tag);
        let mut tags: Vec<ProfileTag> = Vec::new();
        for tag in documented.chain(&self.custom) {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        tags
    }
}

pub(super) async fn run(args: GetArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let tags = args.tags();
    let GetArgs { users, bulk: args, .. } = args;
    let names: Vec<_> = tags.iter().map(ProfileTag::as_str).collect();
    let job = Job {
        options: format!("fields {}", names.join(",")),
        template: Get::template(tags),
        from: String::new(),
        source: users.users::<Get>(args.input, Fields::default())?,
        show: rows::of_outcome(|profile: &Profile| ProfileFields::new(profile)),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
