//! `tim follow`: who follows whom.

use std::num::NonZeroU32;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use tim_follow::follow::{self, List, ListItem, ListKind};
use tim_follow::{Client, Cursor, Endpoint, ErrorKind, PageError, ProfileItem, ProfileTag};

use crate::exit::{Failure, Verdict};
use crate::output::{Field, Output, Row, note};
use crate::{targets, time};

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow add alice bob carol
  tim follow list alice --kind followers
  tim follow graph alice --out alice.svg";

#[derive(Debug, Subcommand)]
pub(crate) enum Follow {
    /// FROM follows each TO, up to 20 of them
    #[command(after_help = "Example:\n  tim follow add alice bob carol")]
    Add(Users),
    /// FROM unfollows each TO, up to 20 of them
    #[command(after_help = "Example:\n  tim follow delete alice bob")]
    Delete(Users),
    /// How FROM stands to each TO, up to 100 of them: none, follower, following or mutual
    #[command(after_help = "A follower follows FROM; FROM is following the others.\n\n\
                            Examples:\n  tim follow check alice bob carol\n  \
                            tim follow check alice bob --json | jq -r .relation")]
    Check(Users),
    /// The followers of USER, the users it follows, or those who are both
    #[command(after_help = "Examples:\n  tim follow list alice --kind followers\n  \
                            tim follow list alice --kind following --limit 50 --json | jq -r .to")]
    List(ListArgs),
    /// How many followers, followed and mutual users each USER has, up to 20 of them
    #[command(after_help = "Example:\n  tim follow counts alice bob")]
    Counts(CountsArgs),
    /// Draw who follows whom around each USER into a file
    #[command(after_help = crate::graph::HELP)]
    Graph(crate::graph::GraphArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Users {
    /// The user whose follows these are
    from: String,
    /// The other users
    #[arg(required = true)]
    to: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Whose list
    user: String,
    /// Which list
    #[arg(long, value_enum)]
    kind: Kind,
    /// At most so many entries; without it, all of them
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroU32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Who follows USER; the service calls them fans, and so may you
    #[value(alias = "fans")]
    Followers,
    /// Whom USER follows
    Following,
    /// Who is both
    Mutual,
}

#[derive(Debug, Args)]
pub(crate) struct CountsArgs {
    /// Whose numbers
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
    /// The user who asks; without it, the first USER
    #[arg(long, value_name = "USER")]
    from: Option<String>,
}

pub(crate) async fn run(command: Follow, client: &Client, out: &mut Output) -> Result<Verdict, Failure> {
    match command {
        Follow::Add(Users { from, to }) => {
            targets::run(client, out, &from, follow::Add::new(from.as_str(), to), targets::nothing).await
        }
        Follow::Delete(Users { from, to }) => {
            targets::run(client, out, &from, follow::Delete::new(from.as_str(), to), targets::nothing).await
        }
        Follow::Check(Users { from, to }) => {
            targets::run(client, out, &from, follow::Check::new(from.as_str(), to), targets::relation).await
        }
        Follow::Counts(CountsArgs { users, from }) => {
            let from = from.or_else(|| users.first().cloned()).unwrap_or_default();
            targets::run(client, out, &from, follow::Counts::new(from.as_str(), users), targets::counts).await
        }
        Follow::List(args) => list(args, client, out).await,
        Follow::Graph(args) => crate::graph::run(args, client, out).await,
    }
}

async fn list(args: ListArgs, client: &Client, out: &mut Output) -> Result<Verdict, Failure> {
    let ListArgs { user, kind, limit } = args;
    let kind = match kind {
        Kind::Followers => ListKind::FOLLOWERS,
        Kind::Following => ListKind::FOLLOWING,
        Kind::Mutual => ListKind::MUTUAL,
    };
    let start = Row::new(List::COMMAND, &user).with(Field::hidden("kind", kind.to_string()));
    let mut pages = client.pages(List::new(user.as_str(), kind).page_size(page_size(limit)));
    let all = limit.map_or(usize::MAX, |limit| limit.get() as usize);
    let mut left = all;
    while left > 0 {
        let page = match pages.next().await {
            None => break,
            Some(Ok(page)) => page,
            Some(Err(error)) => return Err(broke_off(out, start, error)?),
        };
        let more = page.next.is_some() || page.items.len() > left;
        let shown = page.items.len().min(left);
        page.items.iter().take(shown).try_for_each(|item| out.row(start.clone().with_all(entry(item))))?;
        left -= shown;
        if out.is_json() {
            out.flush()?;
        }
        if left == 0 && more {
            note(format_args!("tim: the list goes on after the limit of {all} entries"));
        }
    }
    if left == all {
        note("tim: the list is empty");
    }
    Ok(Verdict::Done)
}

/// Pages of equal size, as few as the limit needs, so that hardly more is read than is printed.
fn page_size(limit: Option<NonZeroU32>) -> u32 {
    let Some(limit) = limit else { return List::MAX_PAGE_SIZE };
    let pages = limit.get().div_ceil(List::MAX_PAGE_SIZE);
    limit.get().div_ceil(pages)
}

/// A user on a list.
pub(crate) fn entry(item: &ListItem) -> Vec<Field> {
    let profile = item.profile.as_deref().unwrap_or_default();
    let nick = profile.iter().find(|field| field.tag == ProfileTag::NICK).map(|field| &field.value);
    let nick = nick.and_then(Value::as_str).unwrap_or_default();
    let fields = |field: &ProfileItem| (field.tag.as_str().to_owned(), field.value.clone());
    vec![
        Field::new("to", item.user.as_str()),
        Field::hidden("ok", true),
        Field::shown_as("followed_at", item.followed_at, time::utc(item.followed_at)),
        Field::shown_as("nick", nick, nick),
        Field::hidden("profile", profile.iter().map(fields).collect::<serde_json::Map<_, _>>()),
        Field::hidden("profile_sequence", item.profile_sequence),
    ]
}

/// Prints what came before the list broke off; the cursor says where the rest is.
fn broke_off(out: &mut Output, start: Row, error: PageError) -> Result<Failure, Failure> {
    let cursor = Field::hidden("cursor", error.cursor.as_str());
    targets::failed(out, start.with(cursor), List::SERVICE, &error.error)?;
    out.flush()?;
    // From its start, a list that broke off is one that never came.
    let resumable = error.cursor != Cursor::START || matches!(error.error.kind(), ErrorKind::CursorStuck);
    Ok(if resumable { error.into() } else { error.error.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_fit_the_limit() {
        let size = |limit| page_size(NonZeroU32::new(limit));
        assert_eq!([size(1), size(50), size(1000)], [1, 50, 1000]);
        assert_eq!([size(1001), size(1500), size(2500)], [501, 750, 834]);
        assert_eq!([page_size(None), size(u32::MAX)], [1000, 1000]);
    }
}
