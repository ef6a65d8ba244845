//! `tim block list`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::UserId;
use tim_follow::block::{List, ListItem};

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::ExportArgs;
use crate::run::export::{self, ListCommand};
use crate::run::rows::{Details, ListRow, OnlyList};
use crate::run::session::Session;
use crate::time;

pub(crate) const EXAMPLES: &str = "\
A row without `to` is about the list itself: the list is empty, was rejected, or ended early. The service sets the time
`blocked_at` when a user is blocked, so `tim block add` does not send it.

Examples:
  tim block list alice
  tim block list alice --json | jq -r '.to // empty'
  tim block list --targets users.txt --out blocks.csv --resume blocks.journal
  tim block export --targets users.txt --json --profile old | tim block add --pairs - --profile new";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    export: ExportArgs,
}

/// A row of `tim block list`.
pub(crate) type Row = ListRow<Blocked>;

/// A block.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Blocked {
    /// When the user was blocked, in Unix seconds.
    blocked_at: Option<u64>,
}

impl Details for Blocked {
    fn cells(&self) -> Cells {
        self.blocked_at.iter().map(|time| ("blocked_at", time::utc(*time))).collect()
    }
}

pub(super) async fn run(args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let options = format!("limit {}", args.export.limit());
    export::run(session, out, Lists, options, args.export).await
}

/// How the lists are read and printed.
struct Lists;

impl ListCommand for Lists {
    type Request = List;
    type Kind = OnlyList;
    type Details = Blocked;

    const MAX_PAGE_SIZE: u32 = List::MAX_PAGE_SIZE;

    fn request(&self, user: &UserId, page_size: u32) -> List {
        List::new(user).page_size(page_size)
    }

    fn row(&self, user: &UserId) -> Row {
        Row::new::<List>(user, OnlyList {}, Blocked::default())
    }

    fn details(&self, entry: &ListItem) -> Blocked {
        // The service leaves out a time that it does not know.
        Blocked { blocked_at: Some(entry.blocked_at).filter(|time| *time > 0) }
    }
}
