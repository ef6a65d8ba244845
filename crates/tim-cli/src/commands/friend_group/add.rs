//! `tim friend-group add`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::friend_group::{Add, AddResponse};
use tim_follow::{BatchItem, Each, Endpoint as _, Outcome, Rejection, UserId};

use super::name::GroupName;
use super::{GROUP, Groups, names};
use crate::exit::{ExitStatus, Failure};
use crate::input::fields::{Fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::input::user::validate;
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{Details, OnlyUser, Part, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file needs a header with the columns `user` and `group`, and can have the column `friends`. `group` and
`friends` can be lists: elements separated by semicolons, or a JSON array. Each line is one call. The output of `tim
friend-group list --friends` can be read too.

Each group has a row. A user who cannot be put into a group, for example because the user is not a friend, has a row of
its own, and the target counts as rejected. The groups are created nevertheless.

Examples:
  tim friend-group add alice Work Chess
  tim friend-group add alice Work --friends bob,carol
  tim friend-group add --targets groups.csv --out added.csv --resume groups.journal
  tim friend-group list alice --friends --json | tim friend-group add --targets - --profile other";

/// The column with the friends to put into the groups.
const FRIENDS: ColumnName = ColumnName { name: "friends", aliases: &["friend"] };

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    groups: Groups,
    /// The friends to put into the groups, separated by commas; with a file, for each line without
    /// friends
    #[arg(long, value_name = "USERS", value_delimiter = ',')]
    friends: Vec<String>,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend-group add`.
pub(crate) type Row = TargetRow<Added, OnlyUser>;

/// A group, or a friend that was not put into it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Added {
    /// The name of the group; an array with the name if it contains a semicolon, starts with `[`,
    /// or has spaces around it.
    group: Option<GroupName>,
    /// The friends that were sent, without those that have a row of their own; null if none was
    /// sent. In the row of a failed friend, only this friend.
    friends: Option<Vec<String>>,
    #[serde(skip)]
    part: Option<Part>,
}

impl Details for Added {
    fn cells(&self) -> Cells {
        let group = self.group.iter().map(|group| ("group", group.text()));
        let friends = self.friends.iter().filter(|friends| !friends.is_empty());
        group.chain(friends.map(|friends| ("friends", friends.join(", ")))).collect()
    }

    fn part(&self) -> Option<&Part> {
        self.part.as_ref()
    }
}

impl FromLine for Add {
    const COLUMNS: &'static [ColumnName] = &[GROUP, FRIENDS];

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let friends = fields.list(FRIENDS.name)?;
        let friends: Vec<UserId> = friends.into_iter().map(UserId::from).collect();
        friends.iter().try_for_each(|friend| validate(FRIENDS.name, friend))?;
        let request = Self::new(user, names(fields)?).friends(friends);
        request.validate().map(|()| request).map_err(|error| problem(&error))
    }

    fn is_in_row(fields: &Fields) -> bool {
        fields.get(GROUP.name).is_some()
    }
}

/// A row for each group, and one for each group and friend that failed.
fn rows(item: &BatchItem<Each<Add>>) -> Vec<Added> {
    let request = &item.target;
    let failed: Vec<_> = match item.outcome.done() {
        Some(response) => {
            let part = |friend: &UserId| Some((friend.as_str().to_owned(), failure(response, friend)?));
            request.friends.iter().filter_map(part).collect()
        }
        None => Vec::new(),
    };
    let friends = request.friends.iter().map(|friend| friend.as_str().to_owned());
    let friends: Vec<_> = friends.filter(|friend| !failed.iter().any(|(failed, _)| failed == friend)).collect();
    let of_group = |name: &String| {
        let group = Some(GroupName::new(name));
        let sent = Some(friends.clone()).filter(|_| !request.friends.is_empty());
        let whole = Added { group: group.clone(), friends: sent, part: None };
        let failed = failed.iter().map(move |(friend, part)| Added {
            group: group.clone(),
            friends: Some(vec![friend.clone()]),
            part: Some(part.clone()),
        });
        [whole].into_iter().chain(failed)
    };
    request.names.iter().flat_map(of_group).collect()
}

/// Why a friend was not put into the groups; `None` if it was.
fn failure(response: &AddResponse, friend: &UserId) -> Option<Part> {
    let mut results = response.items.iter().filter(|item| item.target == *friend).map(|item| item.result()).peekable();
    let outcome = if results.peek().is_some() {
        Outcome::Rejected(results.find_map(Result::err)?)
    } else if let Some(unreadable) = response.unreadable.iter().find(|item| item.target.as_ref() == Some(friend)) {
        return Some(Part::unreadable(unreadable));
    } else if response.failed.contains(friend) {
        Outcome::Rejected(Rejection::without_code())
    } else {
        Outcome::Unknown { reason: None }
    };
    Some(Part::new(Add::SERVICE, &outcome))
}

pub(super) async fn run(args: AddArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let AddArgs { groups, friends, bulk: args } = args;
    let fields = Fields::default().with(FRIENDS.name, Some(friends).filter(|friends| !friends.is_empty()));
    let job = Job {
        template: Each::<Add>::template(),
        from: String::new(),
        options: String::new(),
        source: groups.source::<Each<Add>>(args.input, fields)?,
        show: rows,
        deletes: None,
        hint: Some("`tim friend-group list` with the same users prints their groups"),
    };
    bulk::run(session, out, job, &args).await
}
