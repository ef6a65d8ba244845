//! `tim friend list`.

use clap::Args;
use tim_follow::UserId;
use tim_follow::friend::{List, ListItem};

use super::entry::Entry;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::args::ExportArgs;
use crate::run::export::{self, ListCommand};
use crate::run::rows::{ListRow, OnlyList};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A row without `to` is about the list itself: the list is empty, was rejected, or ended early. The list does not contain
profiles: `tim friend get` and `tim profile get` read them.

Examples:
  tim friend list alice
  tim friend list alice --json | jq -r 'select(.groups | index(\"Work\")).to'
  tim friend list --targets users.txt --out friends.csv --resume friends.journal
  tim friend export --targets users.txt --json --profile old | tim friend import --pairs - --profile new";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    export: ExportArgs,
}

/// A row of `tim friend list`.
pub(crate) type Row = ListRow<Entry>;

pub(super) async fn run(args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let options = format!("limit {}", args.export.limit());
    export::run(session, out, Lists, options, args.export).await
}

/// How the lists are read and printed.
struct Lists;

impl ListCommand for Lists {
    type Request = List;
    type Kind = OnlyList;
    type Details = Entry;

    // The service chooses the size of a page.
    const MAX_PAGE_SIZE: u32 = u32::MAX;

    fn request(&self, user: &UserId, _: u32) -> List {
        List::new(user)
    }

    fn row(&self, user: &UserId) -> Row {
        Row::new::<List>(user, OnlyList {}, Entry::default())
    }

    fn details(&self, entry: &ListItem) -> Entry {
        Entry::of(&entry.fields)
    }
}
