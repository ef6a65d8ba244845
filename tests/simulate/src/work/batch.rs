//! Batches.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tim_follow::follow::{Add, Check, Delete, Relation};
use tim_follow::friend::{AddSource, Import, ImportedFriend};
use tim_follow::profile::Set;
use tim_follow::{
    Batch as BatchRequest, BatchItem, BatchTemplate, Each, Empty, FromAccount as _, ProfileItem, Target as _, UserId,
};

use super::Worker;
use crate::invariants::{self, Reported};
use crate::lock::locked;
use crate::plan::{Batch, BatchKind, user};
use crate::violation::Violation;
use crate::wire::Target;

/// The result of a target that is done.
pub(super) trait Done {
    /// The relation, if the command returns one.
    fn relation(&self) -> Option<i64>;
}

impl Done for () {
    fn relation(&self) -> Option<i64> {
        None
    }
}

impl Done for Empty {
    fn relation(&self) -> Option<i64> {
        None
    }
}

impl Done for Relation {
    fn relation(&self) -> Option<i64> {
        Some(self.0)
    }
}

/// A target as the history knows it: its user in `From_Account`, and itself.
pub(super) type Key = (String, Target);

/// The last position of a key, and the range of the requests that belong to its outcome.
pub(super) type Places = HashMap<Key, (usize, usize, usize)>;

impl Worker {
    pub(super) async fn batch(&self, batch: &Batch) {
        let pair = |(from, to): &(u32, u32)| (user(*from), user(*to));
        let pairs: Vec<_> = batch.pairs.iter().map(pair).collect();
        let keys = || pairs.iter().map(|(from, to)| (from.clone(), Target::new(to, ""))).collect::<Vec<_>>();
        let plain = || pairs.iter().map(|(from, to)| (from, to).into()).collect::<Vec<_>>();
        // Equal targets of a user follow each other, so they share an outcome if they are in the
        // window together.
        let detail = |position: usize| format!("text-{}", position / 8);
        match batch.kind {
            BatchKind::Add => self.run_batch(batch, Add::pairs(), plain(), keys()).await,
            BatchKind::Delete => self.run_batch(batch, Delete::pairs(), plain(), keys()).await,
            BatchKind::Check => self.run_batch(batch, Check::pairs(), plain(), keys()).await,
            BatchKind::Import => {
                let friend = |(at, (from, to)): (usize, &(String, String))| {
                    (from, ImportedFriend::new(to, AddSource::keyword("Import")).remark(detail(at))).into()
                };
                let keys = pairs.iter().enumerate().map(|(at, (from, to))| (from.clone(), Target::new(to, detail(at))));
                let targets = pairs.iter().enumerate().map(friend).collect();
                self.run_batch(batch, Import::pairs(), targets, keys.collect()).await;
            }
            BatchKind::Nicks => {
                let set = |(at, (of, _)): (usize, &(String, String))| Set::new(of, [ProfileItem::nick(detail(at))]);
                let targets = pairs.iter().enumerate().map(set).collect();
                let keys = pairs.iter().enumerate().map(|(at, (of, _))| (String::new(), Target::new(of, detail(at))));
                self.run_batch(batch, Each::<Set>::template(), targets, keys.collect()).await;
            }
        }
    }

    async fn run_batch<T>(&self, batch: &Batch, template: T, targets: Vec<T::Target>, keys: Vec<Key>)
    where
        T: BatchTemplate,
        T::Request: BatchRequest<Outcome: Done, Target: Detail>,
    {
        let (sim, task) = (&self.sim, self.task.id);
        let in_flight = if self.process.is_blocking { 1 } else { batch.in_flight };
        let window = 2 * in_flight * T::Request::max_targets(template.shared()).max(1);
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let targets = targets.into_iter().inspect(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let mut outcomes = self.client.batch(template, targets, in_flight);
        let (mut found, mut places, mut stopped) = (Vec::new(), Places::new(), false);
        let mut retried = Ok(());
        loop {
            if !stopped && batch.stop_after == Some(found.len()) {
                stopped = true;
                outcomes.stop();
                sim.stop(task);
            }
            let Some(item) = outcomes.next().await else { break };
            let taken = taken.load(Ordering::Relaxed);
            sim.check(invariants::the_window_of_a_batch_is_bounded(taken, found.len(), window));
            let key = key(&item);
            let begin = self.begin_of_item(&key, found.len(), window, &mut places);
            self.check_outcome(&item, &key, begin);
            retried = retried.and_then(|()| self.check_retries(&key, begin));
            found.push(key);
        }
        match outcomes.stopped_by() {
            Some(error) => self.check_error(error),
            None if self.retries_have_time() => sim.check(retried),
            None => {}
        }
        let expected = if stopped { &keys[..taken.load(Ordering::Relaxed).min(keys.len())] } else { &keys[..] };
        sim.check(invariants::each_target_has_one_outcome(expected, &found, true));
    }

    /// The first request that can belong to the outcome at a position.
    ///
    /// The window takes the next target when the oldest one has left. So two positions of a target
    /// share an outcome if they are closer together than that. Older requests with the target
    /// belong to an earlier outcome.
    pub(super) fn begin_of_item(&self, key: &Key, at: usize, window: usize, places: &mut Places) -> usize {
        let count = locked(&self.sim.history).count(self.task.id, &key.0, &key.1);
        let begin = match places.get(key) {
            Some((before, begin, end)) if at - before < window && *end == count => *begin,
            Some((_, _, end)) => *end,
            None => 0,
        };
        places.insert(key.clone(), (at, begin, count));
        begin
    }

    /// Whether each retry gets a slot before its deadline, however long other calls keep theirs. If
    /// it does not, the target keeps the outcome of its last item.
    fn retries_have_time(&self) -> bool {
        let hold = self.process.attempt_timeout.saturating_add(Duration::from_secs(2));
        // When the clock of Redis is set back, the slots of the last second are that far in the
        // future.
        let redis = self.sim.plan.redis.as_ref();
        let is_set_back = redis.is_some_and(|redis| redis.jumps.iter().any(|(_, micros)| *micros < 0));
        !is_set_back
            && self.process.parallel_calls() <= self.process.share as usize
            && self.process.deadline >= hold.saturating_mul(2)
    }

    /// Checks the retries of a target in a batch that is not stopped.
    fn check_retries(&self, key: &Key, begin: usize) -> Result<(), Violation> {
        let records = locked(&self.sim.history).of_target(self.task.id, &key.0, &key.1);
        invariants::transient_items_are_retried(key, records.get(begin..).unwrap_or_default())
    }

    /// Checks an outcome that the requests from `begin` on decided.
    pub(super) fn check_outcome<R: BatchRequest<Outcome: Done>>(&self, item: &BatchItem<R>, key: &Key, begin: usize) {
        let sim = &self.sim;
        let reported = Reported::new(&item.outcome, Done::relation);
        let records = locked(&sim.history).of_target(self.task.id, &key.0, &key.1);
        let records = records.get(begin..).unwrap_or_default();
        sim.log(|| format!("task {}: {key:?} is {reported:?}", self.task.id));
        sim.check_text(&item.outcome.to_string());
        sim.check_text(&format!("{:?}", item.outcome));
        sim.check(invariants::outcomes_agree_with_the_last_response(key, &reported, records));
        sim.check(invariants::only_invalid_targets_are_reported_as_invalid(key, &reported, &key.1.user));
        sim.check(invariants::done_targets_are_in_the_tables(key, &reported, records));
        sim.check(invariants::targets_not_attempted_were_not_received(key, &reported, records));
    }
}

/// The field of a target that distinguishes targets with the same user.
pub(super) trait Detail {
    fn detail(&self) -> String;
}

impl Detail for UserId {
    fn detail(&self) -> String {
        String::new()
    }
}

impl Detail for ImportedFriend {
    fn detail(&self) -> String {
        self.remark.clone().unwrap_or_default()
    }
}

impl Detail for Set {
    fn detail(&self) -> String {
        self.fields.first().and_then(|field| field.value.as_str()).unwrap_or_default().to_owned()
    }
}

pub(super) fn key<R: BatchRequest<Target: Detail>>(item: &BatchItem<R>) -> Key {
    let from = item.from.user().map_or("", UserId::as_str);
    (from.to_owned(), Target::new(item.target.user().as_str(), item.target.detail()))
}
