//! The lists of users as one run: several are read at the same time, and written one after the
//! other.

mod ahead;
mod parquet;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::{Client, CodeClass, Endpoint, Error, ErrorKind, PageError, Paged, UserId};

use self::ahead::{Ahead, Next, Open, PageOk};
use self::parquet::ParquetFile;
use super::args::ExportArgs;
use super::begin::{Begin, Plan};
use super::conclude::{Ended, USER};
use super::core::{Advance, Step};
use super::drive::Work;
use super::rows::{Details, ListRow};
use super::session::Session;
use super::summary::Counted;
use crate::exit::{ExitStatus, Failure};
use crate::input::estimate::BatchShape;
use crate::input::preflight::Preflight;
use crate::input::retry::Retry;
use crate::input::source::Source;
use crate::input::stream::{PairStream, Positions};
use crate::output::{Output, note};
use crate::text::counted;

/// A command that reads lists, and how they are printed.
pub(crate) trait ListCommand {
    type Request: Paged<Position: Send> + Unpin + 'static;
    /// Which of several lists of a user it is.
    type Kind: Clone + Serialize + JsonSchema;
    /// The part of a row about an entry.
    type Details: Details;

    /// The request for the list of a user, with this page size.
    fn request(&self, user: &UserId, page_size: u32) -> Self::Request;
    /// A row about the list of a user, with nothing known about it yet.
    fn row(&self, user: &UserId) -> ListRow<Self::Details, Self::Kind>;
    /// The details of an entry.
    fn details(&self, entry: &<Self::Request as Paged>::Item) -> Self::Details;
    /// The most entries of a page.
    const MAX_PAGE_SIZE: u32;
}

type RowOf<L> = ListRow<<L as ListCommand>::Details, <L as ListCommand>::Kind>;

/// The help of a command that reads lists.
pub(crate) fn help(examples: &str) -> String {
    [parquet::HELP, examples].concat()
}

/// Reads the lists of all users of `args` and prints their entries. `options` decide about the rows
/// too, for the journal.
pub(crate) async fn run<L: ListCommand>(
    session: &Session,
    out: &mut Output,
    command: L,
    options: String,
    mut args: ExportArgs,
) -> Result<ExitStatus, Failure> {
    let parquet = ParquetFile::of(&mut args.sink)?;
    let row = command.row(&"".into());
    let ended = read(session, out, command, options, args).await?;
    if let Some(parquet) = parquet {
        parquet.finish(&ended, &row)?;
    }
    Ok(ended.status)
}

async fn read<L: ListCommand>(
    session: &Session,
    out: &mut Output,
    command: L,
    options: String,
    args: ExportArgs,
) -> Result<Ended, Failure> {
    let shows_from = !args.users.is_one();
    if args.cursor.is_some() && shows_from {
        return Err(Failure::usage("--cursor is a position in one list: give one USER"));
    }
    let source = args.users.source(None, Retry::lists_of::<L::Request>(), args.input)?;
    args.sink.check(source.path())?;
    let preflight = Preflight::read::<UserId>(&source, args.input, false, BatchShape::SINGLE, |why| note(why))?;
    let pace = session.pace(&args.pace)?;
    let plan = Plan {
        session,
        source: &source,
        preflight,
        sink: &args.sink,
        pace: &pace,
        commands: &[<L::Request as Endpoint>::COMMAND],
        calls_per_second: pace.calls_per_second::<L::Request>(),
        options,
        noun: USER,
        hint: None,
        fail_fast: false,
    };
    let mut begun = match plan.begin(out, &command.row(&"".into()))? {
        Begin::Finished(ended) => return Ok(ended),
        Begin::Started(begun) => begun,
    };
    let list = begun.run.core.checkpoint().list.clone();
    let mut work = Lists {
        command,
        shows_from,
        client: begun.client.clone(),
        positions: begun.pairs.positions(),
        users: &mut begun.pairs,
        limit: args.limit,
        only_user: matches!(&source, Source::Arguments(users) if users.len() == 1),
        is_table: begun.run.out.is_table(),
        resumable: begun.run.sink.is_resumable(),
        resume: list.or(args.cursor.map(|position| (position, 0))),
        ahead: Ahead::new(pace.in_flight::<L::Request>(), if args.limit.is_none() { 2 } else { 1 }),
        ready: VecDeque::new(),
        stopped: false,
    };
    let loop_end = begun.run.drive(&mut work).await?;
    drop(work);
    begun.conclude(loop_end)
}

/// The lists of the users of an input.
struct Lists<'f, 'p, L: ListCommand> {
    command: L,
    /// Whether there are lists of several users.
    shows_from: bool,
    client: Client,
    users: &'f mut PairStream<'p>,
    positions: Positions,
    /// The most entries of each user.
    limit: Option<NonZeroU32>,
    /// Whether there is only one user, so that its failure is that of the command.
    only_user: bool,
    /// Whether people read the output. They do not need a row for the error of the only user.
    is_table: bool,
    resumable: bool,
    /// Where the first list resumes, and how many of its entries are processed.
    resume: Option<(String, u64)>,
    ahead: Ahead<L::Request>,
    /// Steps that are ready.
    ready: VecDeque<Step<RowOf<L>>>,
    stopped: bool,
}

impl<L: ListCommand> Work for Lists<'_, '_, L> {
    type Row = RowOf<L>;

    const WRITES: bool = false;

    async fn next(&mut self) -> Option<Step<RowOf<L>>> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            if self.stopped {
                return None;
            }
            match poll_fn(|cx| self.ahead.poll(self.users, cx)).await? {
                Next::User(user) => self.open(user),
                Next::Page(Ok(page)) => self.take_page(page),
                Next::Page(Err(error)) => self.break_off(&error),
                Next::End => self.end_list(Vec::new()),
            }
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
    }
}

impl<L: ListCommand> Lists<'_, '_, L> {
    fn open(&mut self, user: UserId) {
        let mut request = self.command.request(&user, page_size(self.limit, L::MAX_PAGE_SIZE));
        let (position, entries) = self.resume.take().unwrap_or_default();
        let is_start = position.is_empty();
        if !is_start {
            let Ok(position) = position.parse() else {
                let reason = format!("{position:?} is not a position in a list");
                return self.ready.push_back(Step::halt(reason, ExitStatus::Usage));
            };
            request.seek(position);
        }
        let limit = self.limit.map_or(u64::MAX, |limit| u64::from(limit.get()));
        let mut list = Open::new(user, self.client.pages(request), entries, limit);
        list.is_empty = is_start;
        self.ahead.open(list);
    }

    fn take_page(&mut self, page: PageOk<L::Request>) {
        let Some(current) = self.ahead.first() else { return };
        let left = usize::try_from(current.limit.saturating_sub(current.entries)).unwrap_or(usize::MAX);
        let is_whole = page.items.len() <= left;
        let more = page.next.is_some() || !is_whole;
        let shown = &page.items[..left.min(page.items.len())];
        current.entries = current.entries.saturating_add(shown.len() as u64);
        current.incomplete = page.problem.is_some();
        current.is_empty &= page.items.is_empty() && page.unreadable.is_empty();
        let next = page.next.map(|next| (next.to_string(), current.entries));
        let mut taken = Step::new(Advance::List(next.clone()));
        taken.entries = shown.len() as u64;
        let about = row_about(&self.command, &current.user, self.shows_from);
        let row = |item| about.clone().entry(L::Request::user(item), self.command.details(item));
        taken.rows = shown.iter().map(row).collect();
        for entry in &page.unreadable {
            taken.notes.push(format!("tim: the list of {}: {entry}", current.user));
            taken.rows.push(about.clone().unreadable(entry));
            taken.counted.push(Counted::Unreadable);
        }
        let (is_over, at_limit) = (current.entries >= current.limit && !current.incomplete, current.entries);
        let note = (is_over && more).then(|| {
            let limit = counted(at_limit, "entry");
            // The next position is behind the page, so it fits only if the whole page was shown.
            let next = next.filter(|_| is_whole).map(|(next, _)| format!("; --cursor {next:?} continues it"));
            let next = next.unwrap_or_default();
            format!("tim: the list of {} has more entries than the limit of {limit}{next}", current.user)
        });
        self.ready.push_back(taken);
        if is_over {
            self.end_list(note.into_iter().collect());
        }
    }

    /// The list of the current user is complete.
    fn end_list(&mut self, notes: Vec<String>) {
        let Some(Open { user, is_empty, .. }) = self.ahead.close_first() else { return };
        let rows = if is_empty { vec![row_about(&self.command, &user, self.shows_from).empty()] } else { Vec::new() };
        let advance = Advance::Records(1, self.positions.next());
        self.ready.push_back(Step { rows, notes, counted: vec![Counted::Done], ..Step::new(advance) });
    }

    /// Continues with the next user if only this list is rejected. Otherwise the run stops: with a
    /// journal it can be resumed, and without one the last row has the position.
    fn break_off(&mut self, broken: &PageError<<L::Request as Paged>::Position>) {
        let Some(Open { user, .. }) = self.ahead.close_first() else { return };
        let (error, position) = (&broken.error, broken.position.to_string());
        let row = row_about(&self.command, &user, self.shows_from).failed(&position, error);
        // With a journal, a later run reads the list. Without one, the row says that it is missing.
        let is_left = !self.resumable && is_passing(error);
        if !self.only_user && (is_about_user(error) || is_left) {
            let notes = vec![format!("tim: the list of {user}: {error}")];
            let counted = vec![Counted::error(<L::Request as Endpoint>::SERVICE, error)];
            let advance = Advance::Records(1, self.positions.next());
            self.ready.push_back(Step { rows: vec![row], notes, counted, ..Step::new(advance) });
            return;
        }
        if !self.resumable && !self.is_table {
            self.ready.push_back(Step { rows: vec![row], ..Step::new(Advance::List(None)) });
        }
        // A list that broke off at its start is one that did not begin.
        let at_start = broken.position == Default::default() && !matches!(error.kind(), ErrorKind::CursorStuck);
        let reason = if at_start { error.to_string() } else { broken.to_string() };
        self.ready.push_back(Step::halt(reason, ExitStatus::of_call(error)));
    }
}

/// A row about the list of a user.
fn row_about<L: ListCommand>(command: &L, user: &UserId, shows_from: bool) -> RowOf<L> {
    let mut row = command.row(user);
    row.shows_from = shows_from;
    row
}

/// Whether a rejection concerns the user of a list, and not the lists of others.
pub(crate) fn is_about_user(error: &Error) -> bool {
    let about_user =
        |class| matches!(class, CodeClass::NotFound | CodeClass::BadRequest | CodeClass::Other | CodeClass::Unknown);
    error.class().is_some_and(about_user) && error.code().is_some_and(|code| code.0 < 60000)
}

/// Whether the same call can succeed later, although it was retried.
fn is_passing(error: &Error) -> bool {
    matches!(error.class(), Some(CodeClass::Transient | CodeClass::RateLimited))
}

/// Pages of equal size, as few as the limit needs, so that hardly more is read than is printed.
fn page_size(limit: Option<NonZeroU32>, max: u32) -> u32 {
    let Some(limit) = limit else { return max };
    let pages = limit.get().div_ceil(max);
    limit.get().div_ceil(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_fit_the_limit() {
        let size = |limit| page_size(NonZeroU32::new(limit), 1000);
        assert_eq!([size(1), size(50), size(1000)], [1, 50, 1000]);
        assert_eq!([size(1001), size(1500), size(2500)], [501, 750, 834]);
        assert_eq!([page_size(None, 1000), size(u32::MAX)], [1000, 1000]);
    }
}
