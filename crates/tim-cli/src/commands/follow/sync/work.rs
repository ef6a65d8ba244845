//! The work of `tim follow sync`: reads the pairs of one user, compares them with its follows, and
//! changes these, user by user.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use tim_follow::follow::List;
use tim_follow::{
    Batch, BatchReport, Client, Endpoint as _, Error, PageError, Pair, SyncPlan, SyncReport, TooManyDeletes, UserId,
};

use super::row::{Change, Rows, SyncRow};
use crate::exit::ExitStatus;
use crate::input::position::InputState;
use crate::input::stream::{PairStream, Positions};
use crate::run::confirm::{self, DELETES_WITHOUT_QUESTION};
use crate::run::core::{Advance, Step};
use crate::run::drive::Work;
use crate::run::export::is_about_user;
use crate::run::summary::Counted;
use crate::text::counted;

/// A call that takes a while. It is kept between polls, because [`Work::next`] can be cancelled.
type Running<T> = Pin<Box<dyn Future<Output = T>>>;

/// The users of an input, one after the other.
pub(super) struct SyncWork<'f, 'p> {
    client: Client,
    pairs: &'f mut PairStream<'p>,
    positions: Positions,
    options: Options,
    /// The user whose pairs are read.
    group: Option<Group>,
    /// The first pair of the user after it.
    next_pair: Option<(UserId, UserId, InputState)>,
    stage: Stage,
    /// Steps that are ready.
    ready: VecDeque<Step<SyncRow>>,
    stopped: bool,
}

/// The arguments of the work.
pub(super) struct Options {
    pub(super) rows: Rows,
    pub(super) max_delete_share: f64,
    /// The user whom the arguments name. It is compared even if the input is empty.
    pub(super) only_user: Option<UserId>,
    /// Whether to ask before many follows end.
    pub(super) asks: bool,
}

/// The wanted follows of one user.
#[derive(Debug)]
struct Group {
    from: UserId,
    wanted: Vec<UserId>,
    /// The state of the input behind its pairs.
    end: InputState,
}

/// What happens with the user of the group.
enum Stage {
    Reading,
    Planning(Running<Result<SyncPlan, PageError>>),
    Applying(Running<Result<SyncReport, TooManyDeletes>>),
    Ended,
}

impl Work for SyncWork<'_, '_> {
    type Row = SyncRow;

    const WRITES: bool = true;

    async fn next(&mut self) -> Option<Step<SyncRow>> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            match &mut self.stage {
                Stage::Ended => return None,
                // The calls of a user are finished once they have begun.
                Stage::Reading if self.stopped => return None,
                Stage::Reading => self.read().await,
                Stage::Planning(running) => {
                    let plan = running.await;
                    self.planned(plan);
                }
                Stage::Applying(running) => {
                    let report = running.await;
                    self.applied(report);
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
    }
}

impl<'f, 'p> SyncWork<'f, 'p> {
    pub(super) fn new(client: Client, pairs: &'f mut PairStream<'p>, options: Options, start: InputState) -> Self {
        let only = options.only_user.clone();
        let group = only.map(|from| Group { from, wanted: Vec::new(), end: start });
        let (positions, next_pair, stage) = (pairs.positions(), None, Stage::Reading);
        let ready = VecDeque::new();
        Self { client, pairs, positions, options, group, next_pair, stage, ready, stopped: false }
    }

    /// Reads a pair. The plan of a user begins with the first pair of the next user, or with the
    /// end of the input.
    async fn read(&mut self) {
        let next = match self.next_pair.take() {
            Some(next) => Some(next),
            None => {
                let pair = poll_fn(|cx| Pin::new(&mut *self.pairs).poll_next(cx)).await;
                pair.map(|Pair { from, target }| (from, target, self.positions.next()))
            }
        };
        match (next, &mut self.group) {
            (Some((from, to, end)), Some(group)) if group.from == from => {
                group.wanted.push(to);
                group.end = end;
            }
            (Some((from, to, end)), None) => self.group = Some(Group { from, wanted: vec![to], end }),
            (next, Some(_)) => {
                self.next_pair = next;
                self.plan();
            }
            (None, None) => self.stage = Stage::Ended,
        }
    }

    fn plan(&mut self) {
        self.stage = Stage::Ended;
        let Some(group) = &self.group else { return };
        // A user who is left out of the input would be unfollowed. The conclusion reports an error
        // of the input.
        if self.pairs.has_error() {
            return;
        }
        if self.pairs.bad() > 0 {
            let reason = format!("nothing was changed: the input has {}", counted(self.pairs.bad(), "bad line"));
            return self.halt(reason, ExitStatus::Usage);
        }
        let (client, from, wanted) = (self.client.clone(), group.from.clone(), group.wanted.clone());
        self.stage = Stage::Planning(Box::pin(async move { client.plan_follows(from, wanted).await }));
    }

    fn planned(&mut self, plan: Result<SyncPlan, PageError>) {
        self.stage = Stage::Reading;
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return self.not_compared(&error.error),
        };
        let note = self.options.only_user.is_some().then(|| format!("tim: {plan}"));
        let checked = plan.check(self.options.max_delete_share);
        if self.options.rows.plan {
            return self.print_plan(&plan, note, checked);
        }
        if let Err(error) = checked {
            return self.left(note, &error);
        }
        let deletes = plan.delete.len() as u64;
        let asks = self.options.asks && deletes > DELETES_WITHOUT_QUESTION;
        if asks && let Err(error) = confirm::ask(&format!("{deletes} follows would end"), "--plan") {
            return self.halt(error.to_string(), ExitStatus::Usage);
        }
        if let Some(note) = note {
            self.push(Step { notes: vec![note], ..Step::new(Advance::List(None)) });
        }
        let (client, share) = (self.client.clone(), self.options.max_delete_share);
        self.stage = Stage::Applying(Box::pin(async move { client.apply_follows(plan, share).await }));
    }

    fn print_plan(&mut self, plan: &SyncPlan, note: Option<String>, checked: Result<(), TooManyDeletes>) {
        let rows = self.options.rows;
        let deletes = plan.delete.iter().map(|to| rows.planned(&plan.from, to, Change::Unfollow));
        let adds = plan.add.iter().map(|to| rows.planned(&plan.from, to, Change::Follow));
        let mut step = self.end_group();
        step.rows = deletes.chain(adds).collect();
        step.notes.extend(note);
        if let Err(error) = checked {
            step.rows.push(rows.left(&plan.from, too_many(&error)));
            step.counted.push(not_attempted(&error));
        }
        self.push(step);
    }

    fn applied(&mut self, report: Result<SyncReport, TooManyDeletes>) {
        self.stage = Stage::Reading;
        let report = match report {
            Ok(report) => report,
            Err(error) => return self.left(None, &error),
        };
        let mut step = self.end_group();
        self.add_report(&mut step, &report.deleted, Change::Unfollow);
        self.add_report(&mut step, &report.added, Change::Follow);
        self.push(step);
    }

    fn add_report<E>(&self, step: &mut Step<SyncRow>, report: &BatchReport<E>, change: Change)
    where
        E: Batch<From = UserId, Target = UserId, Outcome = ()>,
    {
        for item in &report.items {
            step.rows.push(self.options.rows.changed(item, change));
            step.counted.push(Counted::outcome(E::SERVICE, &item.outcome));
        }
    }

    /// The follows of a user are left as they are, because too many would end.
    fn left(&mut self, note: Option<String>, error: &TooManyDeletes) {
        let row = self.options.rows.left(&error.from, too_many(error));
        let mut step = self.end_group();
        step.notes.extend(note);
        step.rows.push(row);
        step.counted.push(not_attempted(error));
        self.push(step);
    }

    /// The follows of a user cannot be read. Other users follow if the error is about this one.
    fn not_compared(&mut self, error: &Error) {
        if self.options.only_user.is_some() || !is_about_user(error) {
            return self.halt(error.to_string(), ExitStatus::of_call(error));
        }
        let Some(group) = &self.group else { return };
        let row = self.options.rows.failed(&group.from, error);
        let note = format!("tim: the follows of {}: {error}", group.from);
        let mut step = self.end_group();
        step.notes.push(note);
        step.rows.push(row);
        step.counted.push(Counted::error(List::SERVICE, error));
        self.push(step);
    }

    /// A step behind all pairs of the current user.
    fn end_group(&mut self) -> Step<SyncRow> {
        let Some(Group { wanted, end, .. }) = self.group.take() else { return Step::new(Advance::List(None)) };
        Step::new(Advance::Records(wanted.len() as u64, end))
    }

    fn halt(&mut self, reason: String, status: ExitStatus) {
        self.stage = Stage::Ended;
        self.push(Step::halt(reason, status));
    }

    fn push(&mut self, step: Step<SyncRow>) {
        self.ready.push_back(step);
    }
}

fn too_many(error: &TooManyDeletes) -> String {
    format!("{error} with --max-delete-share")
}

fn not_attempted(error: &TooManyDeletes) -> Counted {
    Counted::NotAttempted { status: ExitStatus::Usage, why: format!("not attempted: {}", too_many(error)) }
}
