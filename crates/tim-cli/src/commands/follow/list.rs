//! `tim follow list`: the lists of any number of users, page by page.

use std::future::poll_fn;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use futures_core::Stream as _;
use tim_follow::follow::{List, ListItem, ListKind};
use tim_follow::{
    Client, CodeClass, Cursor, Endpoint, Error, ErrorKind, Page, PageError, Pages, UnreadableItem, UserId,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::profile;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::{InputArgs, check_user};
use crate::input::error::InputError;
use crate::input::record::Kind;
use crate::input::source::Source;
use crate::input::stream::Feed;
use crate::output::journal::Checkpoint;
use crate::output::sink::SinkError;
use crate::output::sink::{Opened, Sink, SinkArgs};
use crate::output::{Field, Format, Output, Row, note};
use crate::run;
use crate::run::interrupt::Interrupt;
use crate::run::pace::PaceArgs;
use crate::run::progress::{Meter, Progress};
use crate::run::rows;
use crate::run::session::Session;
use crate::text::counted;
use crate::time;

pub(crate) const EXAMPLES: &str = "\
A file of Parquet has the ending .parquet; it is made at the end, from a file of the same name with .part.

Examples:
  tim follow list alice --kind followers
  tim follow list alice --kind following --limit 50 --json | jq -r .to
  tim follow list --targets users.txt --kind followers --flatten --out fans.csv --resume fans.journal";

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Whose lists
    #[arg(required_unless_present = "targets", conflicts_with = "targets", value_name = "USER")]
    users: Vec<String>,
    /// Take the users from a file, one to a line; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Which list
    #[arg(long, value_enum)]
    kind: ListOf,
    /// At most so many entries of each user; without it, all of them
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroU32>,
    /// Give each documented field of a profile a column of its own; those of the app stand together in `custom`
    #[arg(long)]
    flatten: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    sink: SinkArgs,
    #[command(flatten)]
    pace: PaceArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListOf {
    /// Who follows USER; the service calls them fans, and so may you
    #[value(alias = "fans")]
    Followers,
    /// Whom USER follows
    Following,
    /// Who is both
    Mutual,
}

/// The columns of CSV before and after those of the profile.
const COLUMNS: [&[&str]; 2] =
    [&["from", "kind", "to", "ok", "followed_at"], &["profile_sequence", "code", "meaning", "info", "cursor"]];

impl ListArgs {
    fn source(&self) -> Result<Source, Failure> {
        Ok(match &self.targets {
            Some(path) => {
                let format = self.input.input_format;
                Source::File { path: path.clone(), kind: Kind::Targets(None), format }
            }
            None => {
                self.users.iter().try_for_each(|user| check_user("USER", user))?;
                let users = self.users.iter().map(|user| UserId::from(user.as_str()));
                Source::Arguments(users.map(|user| (user.clone(), user)).collect())
            }
        })
    }

    fn kind(&self) -> ListKind {
        match self.kind {
            ListOf::Followers => ListKind::FOLLOWERS,
            ListOf::Following => ListKind::FOLLOWING,
            ListOf::Mutual => ListKind::MUTUAL,
        }
    }
}

/// Exports to a file, of Parquet too.
pub(crate) async fn run(mut args: ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let is_parquet = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
    let Some(file) = args.sink.out.clone().filter(|path| is_parquet(&path)) else {
        return export(&args, session, out).await;
    };
    if cfg!(not(feature = "parquet")) {
        let problem =
            "this tim cannot write Parquet: build it with `--features parquet`, or take the ending .csv or .ndjson";
        return Err(SinkError::Usage(problem.to_owned()).into());
    }
    if args.sink.output_format.is_some() {
        return Err(
            SinkError::Usage("the ending .parquet says the format: leave --output-format out".to_owned()).into()
        );
    }
    let rows = file.with_extension("parquet.part");
    args.sink.out = Some(rows.clone());
    args.sink.output_format = Some(Format::Ndjson);
    let verdict = export(&args, session, out).await?;
    if verdict != ExitStatus::Interrupted && rows.exists() {
        #[cfg(feature = "parquet")]
        crate::output::parquet::convert(&rows, &file, args.flatten).map_err(|error| SinkError::Out {
            path: file,
            doing: "written",
            error,
        })?;
    }
    Ok(verdict)
}

async fn export(args: &ListArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let source = args.source()?;
    args.sink.check(source.path())?;
    let preflight = run::preflight_users(&source, args.input)?;
    let meter = Arc::new(Meter::default());
    let pace = args.pace.resolve(session)?;
    let client = session.bulk_client(&pace, &[List::COMMAND], meter.clone(), !source.is_arguments())?;
    let (limit, flatten) = (args.limit.map_or(0, NonZeroU32::get), args.flatten);
    let options = format!("kind {}, limit {limit}, flatten {flatten}", args.kind());
    let run = run::identity::<List>(session, options, &args.sink, &source, preflight.as_ref())?;
    let (sink, place) = match args.sink.open(run, session.json, out, run::now())? {
        Opened::Finished(place) => return Ok(run::finished(&place)),
        Opened::Going(sink, place) => (sink, place),
    };
    out.set_columns(&[COLUMNS[0], profile::columns(args.flatten), COLUMNS[1]].concat());
    let (records, skipped_bad) = run::skip(&source, &place)?;
    let calls_per_second = pace.calls_per_second::<List>().map(NonZeroU32::get);
    let shown = session.shows_progress(args.sink.out.is_none());
    let progress = Progress::new(calls_per_second, None, meter, shown, run::now()).shared(pace.is_shared());
    let mut feed = Feed::new(records, source.name(), &progress);
    let one = matches!(&source, Source::Arguments(users) if users.len() == 1);
    let mut export = Export { args, one, client, out, sink, place, entries: 0, progress: &progress };
    let mut signals = Signals::new()?;
    let mut interrupted = false;
    loop {
        let next = poll_fn(|cx| Pin::new(&mut feed).poll_next(cx));
        let next = tokio::select! {
            next = next => next,
            () = signals.interrupt.next() => {
                interrupted = true;
                break;
            }
        };
        let Some((from, user)) = next else { break };
        interrupted = !export.user(&user, &mut signals).await?;
        if interrupted {
            break;
        }
        export.user_is_through(&from, &user)?;
    }
    progress.clear();
    let (bad, error) = (feed.bad + skipped_bad, feed.error.take());
    let Export { mut sink, mut place, entries, out, .. } = export;
    place.finished = !interrupted && error.is_none();
    sink.write(out, &place)?;
    if let Some(error) = error {
        return Err(InputError::Read { name: source.name(), error }.into());
    }
    let took = progress.elapsed(run::now());
    if !session.quiet && (!source.is_arguments() || took >= Duration::from_secs(1)) {
        let bad = if bad > 0 { format!(", {}", counted(bad, "bad line")) } else { String::new() };
        note(format_args!("tim: {entries} entries; lists of {}{bad}; {:.1} s", place.summary, took.as_secs_f64()));
    }
    if interrupted {
        let goes_on = if sink.is_resumable() { "; the same command goes on from there" } else { "" };
        note(format_args!("tim: stopped after the lists of {} users{goes_on}", place.targets));
        return Ok(ExitStatus::Interrupted);
    }
    let verdict = place.summary.verdict();
    Ok(if bad > 0 { verdict.max(ExitStatus::Rejected) } else { verdict })
}

/// What can happen while a page is on its way.
struct Signals {
    interrupt: Interrupt,
    tick: Interval,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let mut tick = interval(Duration::from_millis(100));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { interrupt: Interrupt::new().map_err(Failure::system)?, tick })
    }
}

/// Lists on their way to the output.
struct Export<'a> {
    args: &'a ListArgs,
    /// Whether there is but one user, whose failure is that of the command.
    one: bool,
    client: Client,
    out: &'a mut Output,
    sink: Sink,
    place: Checkpoint,
    /// Printed by this run.
    entries: u64,
    progress: &'a Progress,
}

impl Export<'_> {
    /// Prints the list of a user, from where the journal says; `false` when it was interrupted.
    async fn user(&mut self, user: &UserId, signals: &mut Signals) -> Result<bool, Failure> {
        let (cursor, through) = self.place.cursor.clone().unwrap_or_default();
        let all = self.args.limit.map_or(u64::MAX, |limit| u64::from(limit.get()));
        let mut left = all.saturating_sub(through);
        let list = List::new(user, self.args.kind()).page_size(page_size(self.args.limit));
        let mut pages = self.client.pages(list.start_at(Cursor::new(cursor)));
        if self.args.limit.is_none() {
            pages = pages.prefetch();
        }
        let mut incomplete = false;
        // After an incomplete page comes the error, whatever the limit is.
        while left > 0 || incomplete {
            let Some(page) = self.page(&mut pages, signals).await? else { return Ok(false) };
            let page = match page {
                None => break,
                Some(Ok(page)) => page,
                Some(Err(error)) => return self.broke_off(user, error).map(|()| true),
            };
            incomplete = page.problem.is_some();
            let more = page.next.is_some() || page.items.len() as u64 > left;
            let shown = usize::try_from(left).map_or(page.items.len(), |left| left.min(page.items.len()));
            self.print(user, &page.items[..shown])?;
            self.print_unreadable(user, &page.unreadable)?;
            left -= shown as u64;
            if left == 0 && more {
                self.progress.note(format_args!("tim: the list of {user} goes on after the limit of {all} entries"));
            }
            // After the last page there is no place before the user is through.
            if let Some(next) = page.next {
                self.place.cursor = Some((next.as_str().to_owned(), all - left));
                self.sink.keep(self.out, &self.place, run::now)?;
            }
        }
        if left == all {
            self.progress.note(format_args!("tim: the list of {user} is empty"));
        }
        self.place.summary.done += 1;
        Ok(true)
    }

    /// The list of a user is printed, or the row that says why not.
    fn user_is_through(&mut self, from: &UserId, user: &UserId) -> Result<(), Failure> {
        self.place.targets += 1;
        self.place.fingerprint.add(from, user);
        self.place.cursor = None;
        self.sink.keep(self.out, &self.place, run::now)
    }

    /// The next page; `None` when it was interrupted.
    async fn page(
        &mut self,
        pages: &mut Pages<List>,
        signals: &mut Signals,
    ) -> Result<Option<Option<Result<Page<ListItem, Cursor>, PageError>>>, Failure> {
        loop {
            tokio::select! {
                page = pages.next() => return Ok(Some(page)),
                () = signals.interrupt.next() => return Ok(None),
                _ = signals.tick.tick() => self.progress.show(self.entries, run::now()),
            }
        }
    }

    fn start(&self, user: &UserId) -> Row {
        let from = user.as_str();
        let from = if self.one { Field::hidden("from", from) } else { Field::new("from", from) };
        let row = Row::default().with(Field::hidden("command", List::COMMAND)).with(from);
        row.with(Field::hidden("kind", self.args.kind().to_string()))
    }

    fn print(&mut self, user: &UserId, items: &[ListItem]) -> Result<(), Failure> {
        let start = self.start(user);
        self.entries += items.len() as u64;
        items.iter().try_for_each(|item| {
            let fields = if self.args.flatten { flat_entry(item) } else { entry(item) };
            self.out.row(start.clone().with_all(fields))
        })?;
        Ok(())
    }

    /// A row for each entry that cannot be read, so that none is missing without notice.
    fn print_unreadable(&mut self, user: &UserId, entries: &[UnreadableItem]) -> Result<(), Failure> {
        for entry in entries {
            self.progress.note(format_args!("tim: the list of {user}: {entry}"));
            self.place.summary.add_unreadable_entry();
            let to = entry.target.as_ref().map(UserId::as_str);
            let row = self.start(user).with(Field::new("to", to)).with(Field::new("ok", false));
            self.out.row(row.with_all(rows::unanswered("the entry cannot be read", entry.to_string())))?;
        }
        Ok(())
    }

    /// Goes on when only this user has no list. Otherwise the command ends here; with a journal, the same command goes on,
    /// and without one the last row says with which cursor.
    fn broke_off(&mut self, user: &UserId, broken: PageError) -> Result<(), Failure> {
        let PageError { position: cursor, error, .. } = &broken;
        let goes_on = !self.one && is_about_user(error);
        if goes_on || !self.sink.is_resumable() {
            let row = self.start(user).with(Field::hidden("cursor", cursor.as_str()));
            rows::failed(self.out, row, List::SERVICE, error)?;
        }
        if goes_on {
            self.progress.note(format_args!("tim: the list of {user}: {error}"));
            self.place.summary.add_error(error);
            return Ok(());
        }
        self.progress.clear();
        self.sink.write(self.out, &self.place)?;
        // From its start, a list that broke off is one that never came.
        let resumable = *cursor != Cursor::START || matches!(error.kind(), ErrorKind::CursorStuck);
        Err(if resumable { broken.into() } else { broken.error.into() })
    }
}

/// Whether a refusal says something about the user of a list, and nothing about the lists of others.
fn is_about_user(error: &Error) -> bool {
    let about_user =
        |class| matches!(class, CodeClass::NotFound | CodeClass::BadRequest | CodeClass::Other | CodeClass::Unknown);
    error.class().is_some_and(about_user) && error.code().is_some_and(|code| code.0 < 60000)
}

/// Pages of equal size, as few as the limit needs, so that hardly more is read than is printed.
fn page_size(limit: Option<NonZeroU32>) -> u32 {
    let Some(limit) = limit else { return List::MAX_PAGE_SIZE };
    let pages = limit.get().div_ceil(List::MAX_PAGE_SIZE);
    limit.get().div_ceil(pages)
}

/// A user on a list.
pub(crate) fn entry(item: &ListItem) -> Vec<Field> {
    fields(item, profile::whole(item.profile.as_deref().unwrap_or_default()))
}

fn flat_entry(item: &ListItem) -> Vec<Field> {
    fields(item, profile::flat(item.profile.as_deref().unwrap_or_default()))
}

fn fields(item: &ListItem, profile: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        Field::new("to", item.user.as_str()),
        Field::hidden("ok", true),
        Field::shown_as("followed_at", item.followed_at, time::utc(item.followed_at)),
    ];
    fields.extend(profile);
    fields.push(Field::hidden("profile_sequence", item.profile_sequence));
    fields
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
