//! `tim friend-group list`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend_group::{self, List};
use tim_follow::{BatchItem, Each, UnreadableItem, UserId};

use super::name::GroupName;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::input::from_line::FromLine;
use crate::output::Output;
use crate::output::row::{Cells, or_dash};
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{Details, OnlyUser, Part, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Each group has a row. A user without groups has one row, in which the group is null.

Examples:
  tim friend-group list alice bob
  tim friend-group list alice --friends
  tim friend-group list --targets users.txt --friends --out groups.csv --resume groups.journal";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    users: UserList,
    /// List the friends in each group too
    #[arg(long)]
    friends: bool,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim friend-group list`.
pub(crate) type Row = TargetRow<Group, OnlyUser>;

/// A group of a user.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Group {
    /// The name of the group; null if the user has none. An array with the name if it contains a
    /// semicolon, starts with `[`, or has spaces around it.
    group: Option<GroupName>,
    /// The number of friends in the group.
    count: Option<u64>,
    /// The friends in the group; null without `--friends`.
    friends: Option<Vec<String>>,
    #[serde(skip)]
    part: Option<Part>,
}

impl Group {
    fn new(group: &friend_group::Group) -> Self {
        let friends = group.friends.as_ref();
        Self {
            group: Some(GroupName::new(&group.name)),
            count: Some(group.count),
            friends: friends.map(|friends| friends.iter().map(|friend| friend.as_str().to_owned()).collect()),
            part: None,
        }
    }

    fn unreadable(item: &UnreadableItem) -> Self {
        // The key of the item that names its target is that of the group.
        let group = item.target.as_ref().map(|name| GroupName::new(name.as_str()));
        Self { group, part: Some(Part::unreadable(item)), ..Self::default() }
    }
}

impl Details for Group {
    fn cells(&self) -> Cells {
        let group = [("group", or_dash(self.group.as_ref().map(GroupName::text)))].into_iter();
        let count = self.count.iter().map(|count| ("count", count.to_string()));
        let friends = self.friends.iter().filter(|friends| !friends.is_empty());
        let friends = friends.map(|friends| ("friends", friends.join(", ")));
        group.chain(count).chain(friends).collect()
    }

    fn part(&self) -> Option<&Part> {
        self.part.as_ref()
    }
}

/// The name of the flag in [`Fields`], which all lines share.
const WITH_FRIENDS: &str = "--friends";

impl FromLine for List {
    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let request = Self::new(user);
        Ok(if fields.get(WITH_FRIENDS).is_some() { request.with_friends() } else { request })
    }
}

/// A row for each group, and one for a user without groups.
fn rows(item: &BatchItem<Each<List>>) -> Vec<Group> {
    let response = item.outcome.done();
    let groups = response.iter().flat_map(|response| response.groups.iter().map(Group::new));
    let unreadable = response.iter().flat_map(|response| response.unreadable.iter().map(Group::unreadable));
    let rows: Vec<_> = groups.chain(unreadable).collect();
    if rows.is_empty() { vec![Group::default()] } else { rows }
}

pub(super) async fn run(args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let ListArgs { users, friends, bulk: args } = args;
    let fields = Fields::default().with(WITH_FRIENDS, friends.then_some(true));
    let job = Job {
        template: Each::<List>::template(),
        from: String::new(),
        options: format!("friends {friends}"),
        source: users.users::<Each<List>>(args.input, fields)?,
        show: rows,
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
