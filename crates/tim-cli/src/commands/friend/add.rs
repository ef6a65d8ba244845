//! `tim friend add`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend::{Add, AddMode, AddOutcome, AddSource, AddType, NewFriend};
use tim_follow::{Batch as _, UserId};

use super::entry::{self, parse_source};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::input::fields::{Fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file of --pairs needs a header with the columns `from` and `to`. It can have the columns `add_source`, `remark`,
`groups` (one group) and `add_wording`. They take precedence over --source, --group and --wording.

The key `result` is added, pending (TO has to consent in the app first) or already_friends. --force and `tim friend
import` need no consent. An import also sends no webhooks, and a friend can be in several groups.
Examples:
  tim friend add alice bob carol
  tim friend add alice bob --remark Bobby --group Work --wording 'Hello from work'
  tim friend add alice --targets users.txt --force --one-way
  tim friend add --pairs friends.csv --out added.csv --resume added.journal";

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    users: Users,
    /// Where the friends were added: web, android, or another keyword of 1 to 8 letters
    #[arg(long, value_name = "KEYWORD", value_parser = parse_source, default_value = "web")]
    source: AddSource,
    /// The remark of the only TO in the friend list of FROM, up to 96 bytes
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    /// The friend group of FROM that gets the friends, up to 30 bytes
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// The message of the friend requests, up to 256 bytes
    #[arg(long, value_name = "TEXT")]
    wording: Option<String>,
    /// Add TO to the friend list of FROM only; without it, also FROM to the lists of TO
    #[arg(long)]
    one_way: bool,
    /// Add friends without their consent, whatever their profiles say
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend add`.
pub(crate) type Row = TargetRow<Sent>;

/// What was sent, and the result.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Sent {
    /// The source that was sent: `AddSource_Type_` and a keyword.
    add_source: Option<String>,
    /// The remark that was sent.
    remark: Option<String>,
    /// The friend group that was sent, as a list.
    groups: Option<Vec<String>>,
    /// The message that was sent.
    add_wording: Option<String>,
    /// `added`; `pending`: `to` has to consent first; `already_friends`; or null if the friend was
    /// not added.
    result: Option<String>,
}

impl Sent {
    fn new(friend: &NewFriend, outcome: Option<&AddOutcome>) -> Self {
        Self {
            add_source: Some(friend.source.as_str().to_owned()),
            remark: friend.remark.clone(),
            groups: friend.group.clone().map(|group| vec![group]),
            add_wording: friend.wording.clone(),
            result: outcome.and_then(rows::word),
        }
    }
}

impl Details for Sent {
    fn cells(&self) -> Cells {
        let groups = self.groups.as_deref().and_then(entry::joined);
        let cells = [("remark", self.remark.clone()), ("groups", groups), ("result", self.result.clone())];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
}

impl FromLine for NewFriend {
    const COLUMNS: &'static [ColumnName] = &[entry::SOURCE, entry::REMARK, entry::GROUPS, entry::WORDING];

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let groups = fields.list("groups")?;
        if groups.len() > 1 {
            return Err(format!(
                "`groups` has {} groups: friend_add takes one; `tim friend import` and `tim friend update` take several",
                groups.len()
            ));
        }
        let mut friend = Self::new(user, entry::source(fields)?);
        friend.remark = fields.text("remark")?;
        friend.group = groups.into_iter().next();
        friend.wording = fields.text("add_wording")?;
        Add::validate_target(&friend).map_err(|error| problem(&error))?;
        Ok(friend)
    }
}

pub(super) async fn run(args: AddArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let AddArgs { users, source, remark, group, wording, one_way, force, bulk: args } = args;
    if remark.is_some() && !users.is_one() {
        return Err(Failure::usage("--remark is for one TO; give a file with --pairs for several users"));
    }
    let kind = if one_way { AddType::SINGLE } else { AddType::BOTH };
    let mode = AddMode { kind, forced: force };
    let options = format!("{mode:?}, source {source}, group {group:?}, wording {wording:?}");
    let fields = Fields::default().with("add_source", Some(source.as_str())).with("remark", remark);
    let fields = fields.with("groups", group.map(|group| vec![group])).with("add_wording", wording);
    let (from, source) = users.source_with::<Add>(args.input, fields)?;
    let job = Job {
        options: format!("from {from:?}, {options}"),
        template: Add::pairs(mode),
        from,
        source,
        show: rows::of_target(Sent::new),
        deletes: None,
        hint: Some("`tim friend check` with the same targets prints who is a friend of whom"),
    };
    bulk::run(session, out, job, &args).await
}
