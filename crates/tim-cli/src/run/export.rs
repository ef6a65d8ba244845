//! The lists of users as one run: page by page, one user after the other.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::Pin;

use futures_core::Stream as _;
use tim_follow::{
    Client, CodeClass, Endpoint, Error, ErrorKind, Page, PageError, Paged, Pages, UnreadableItem, UserId,
};

use super::args::ExportArgs;
use super::begin::{Begin, Plan};
use super::conclude::{Ended, USER};
use super::core::{Advance, Step};
use super::drive::Work;
use super::session::Session;
use super::summary::Counted;
use crate::exit::{ExitStatus, Failure};
use crate::input::estimate::BatchShape;
use crate::input::preflight::Preflight;
use crate::input::source::Source;
use crate::input::stream::{PairStream, Positions};
use crate::output::row::Row;
use crate::output::{Output, note};
use crate::text::counted;

/// A command that reads lists, and how they are printed.
pub(crate) trait ListCommand {
    type Request: Paged<Position: Send> + 'static;
    type Row: Row;

    /// The request for the list of a user, with this page size.
    fn request(&self, user: &UserId, page_size: u32) -> Self::Request;
    /// A row about the list of a user, with nothing known about it yet.
    fn row(&self, user: &UserId) -> Self::Row;
    /// The row of an entry.
    fn entry(&self, user: &UserId, entry: &<Self::Request as Paged>::Item) -> Self::Row;
    /// The row of an entry that cannot be read.
    fn unreadable(&self, user: &UserId, entry: &UnreadableItem) -> Self::Row;
    /// The row of a list without entries.
    fn empty(&self, user: &UserId) -> Self::Row;
    /// The row of a list that ended with an error.
    fn failed(&self, user: &UserId, error: &Error, position: &str) -> Self::Row;
    /// The most entries of a page.
    const MAX_PAGE_SIZE: u32;
}

/// Everything about an export beside its arguments.
pub(crate) struct Export<L> {
    pub(crate) command: L,
    pub(crate) source: Source,
    /// What else decides about the rows, for the journal.
    pub(crate) options: String,
    /// The position at which the list of the only user starts.
    pub(crate) start: Option<String>,
}

/// Reads the lists of all users of `export` and prints their entries.
pub(crate) async fn run<L: ListCommand>(
    session: &Session,
    out: &mut Output,
    export: Export<L>,
    args: &ExportArgs,
) -> Result<Ended, Failure> {
    let Export { command, source, options, start } = export;
    args.sink.check(source.path())?;
    let preflight = Preflight::read(&source, args.input, false, BatchShape::SINGLE, |why| note(why))?;
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
        client: begun.client.clone(),
        positions: begun.pairs.positions(),
        users: &mut begun.pairs,
        limit: args.limit,
        only_user: matches!(&source, Source::Arguments(users) if users.len() == 1),
        is_table: begun.run.out.is_table(),
        resumable: begun.run.sink.is_resumable(),
        resume: list.or(start.map(|position| (position, 0))),
        current: None,
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
    current: Option<Current<L::Request>>,
    /// Steps that are ready.
    ready: VecDeque<Step<L::Row>>,
    stopped: bool,
}

/// The list that is being read.
struct Current<R: Paged> {
    from: UserId,
    user: UserId,
    pages: Pages<R>,
    /// How many entries are processed, of at most how many.
    entries: u64,
    limit: u64,
    /// Whether the list has no entries so far.
    is_empty: bool,
    /// After an incomplete page comes the error, whatever the limit is.
    incomplete: bool,
}

impl<L: ListCommand> Work for Lists<'_, '_, L> {
    type Row = L::Row;

    const WRITES: bool = false;

    async fn next(&mut self) -> Option<Step<L::Row>> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            if self.stopped {
                return None;
            }
            match &mut self.current {
                Some(current) => {
                    let page = current.pages.next().await;
                    self.take(page);
                }
                None => {
                    let (from, user) = poll_fn(|cx| Pin::new(&mut *self.users).poll_next(cx)).await?;
                    self.open(from, user);
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
    }
}

impl<L: ListCommand> Lists<'_, '_, L> {
    fn open(&mut self, from: UserId, user: UserId) {
        let mut request = self.command.request(&user, page_size(self.limit, L::MAX_PAGE_SIZE));
        let (position, entries) = self.resume.take().unwrap_or_default();
        let is_empty = position.is_empty();
        if !is_empty {
            let Ok(position) = position.parse() else {
                let reason = format!("{position:?} is not a position in a list");
                return self.ready.push_back(Step::halt(reason, ExitStatus::Usage));
            };
            request.seek(position);
        }
        let mut pages = self.client.pages(request);
        if self.limit.is_none() {
            pages = pages.prefetch();
        }
        let limit = self.limit.map_or(u64::MAX, |limit| u64::from(limit.get()));
        self.current = Some(Current { from, user, pages, entries, limit, is_empty, incomplete: false });
        if entries >= limit {
            self.end_list(Vec::new());
        }
    }

    fn take(&mut self, page: Option<PageOf<L::Request>>) {
        match page {
            None => self.end_list(Vec::new()),
            Some(Ok(page)) => self.take_page(page),
            Some(Err(error)) => self.break_off(&error),
        }
    }

    fn take_page(&mut self, page: PageOk<L::Request>) {
        let Some(current) = &mut self.current else { return };
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
        taken.rows = shown.iter().map(|item| self.command.entry(&current.user, item)).collect();
        for entry in &page.unreadable {
            taken.notes.push(format!("tim: the list of {}: {entry}", current.user));
            taken.rows.push(self.command.unreadable(&current.user, entry));
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
        let Some(Current { from, user, is_empty, .. }) = self.current.take() else { return };
        let rows = if is_empty { vec![self.command.empty(&user)] } else { Vec::new() };
        let advance = Advance::Records(vec![(from, user)], self.positions.next());
        self.ready.push_back(Step { rows, notes, counted: vec![Counted::Done], ..Step::new(advance) });
    }

    /// Continues with the next user if only this one is rejected. Otherwise the run stops: with a
    /// journal it can be resumed, and without one the last row has the position.
    fn break_off(&mut self, broken: &PageError<<L::Request as Paged>::Position>) {
        let Some(Current { from, user, .. }) = self.current.take() else { return };
        let (error, position) = (&broken.error, broken.position.to_string());
        let row = self.command.failed(&user, error, &position);
        if !self.only_user && is_about_user(error) {
            let notes = vec![format!("tim: the list of {user}: {error}")];
            let counted = vec![Counted::error(<L::Request as Endpoint>::SERVICE, error)];
            let advance = Advance::Records(vec![(from, user)], self.positions.next());
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

type PageOk<R> = Page<<R as Paged>::Item, <R as Paged>::Position>;
type PageOf<R> = Result<PageOk<R>, PageError<<R as Paged>::Position>>;

/// Whether a rejection concerns the user of a list, and not the lists of others.
pub(crate) fn is_about_user(error: &Error) -> bool {
    let about_user =
        |class| matches!(class, CodeClass::NotFound | CodeClass::BadRequest | CodeClass::Other | CodeClass::Unknown);
    error.class().is_some_and(about_user) && error.code().is_some_and(|code| code.0 < 60000)
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
