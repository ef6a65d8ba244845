//! What must hold when a request is sent.

use std::time::Duration;

use tim_follow::transport;

use super::{Checked, hosts, retries};
use crate::history::{Attempt, History, Record, Seen, Sent};
use crate::plan::{BatchKind, Fault, Plan, Process, Work, user};
use crate::violation::Violation;
use crate::wire::Request;

/// The situation in which a task sends a request.
pub(crate) struct OnSend<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) process: &'a Process,
    /// The requests before this one.
    pub(crate) history: &'a History,
    pub(crate) task: u32,
    pub(crate) now: Duration,
}

impl OnSend<'_> {
    /// Checks a request, which is sent to this host as this attempt.
    pub(crate) fn all(
        &self,
        request: &Request,
        http: &transport::Request,
        Attempt { number: attempt, host, signed, .. }: Attempt,
        is_stopped: bool,
    ) -> Checked {
        self.attempts_are_limited(request, http.body(), attempt)?;
        self.requests_keep_their_time(http, attempt)?;
        self.calls_in_flight_are_bounded(request)?;
        self.a_target_is_in_one_call_at_a_time(request)?;
        self.calls_of_one_user_do_not_overlap(request)?;
        self.calls_that_are_not_idempotent_are_not_repeated(request, http.body(), attempt)?;
        self.a_stopped_batch_starts_no_call(request, attempt, is_stopped)?;
        self.targets_are_retried_seven_times(request, attempt)?;
        self.targets_wait_before_a_retry(request, attempt)?;
        let earlier = self.chain(http.body(), attempt);
        retries::retries_have_a_reason(&earlier)?;
        retries::retries_wait(&earlier, self.now)?;
        retries::a_signature_is_refreshed_once(&earlier)?;
        retries::a_rejected_signature_is_replaced(self.process, &earlier, signed)?;
        hosts::requests_use_the_first_host_that_is_up(self, &earlier, host)?;
        retries::retries_stay_within_the_budget(self, attempt, &earlier)
    }

    /// The previous request of the same call.
    fn previous(&self, body: &[u8], attempt: u32) -> Option<&Sent> {
        let same = |sent: &&Sent| sent.body == body && sent.ended.is_some();
        self.history.of_task(self.task).rev().find(same).filter(|sent| sent.number + 1 == attempt)
    }

    /// The earlier requests of the same call, the last one first.
    fn chain(&self, body: &[u8], attempt: u32) -> Vec<&Sent> {
        let mut next = attempt;
        let same = self.history.of_task(self.task).rev().filter(|sent| sent.body == body);
        same.take_while(|sent| {
            let is_earlier = next > 1 && sent.number + 1 == next;
            next = sent.number;
            is_earlier
        })
        .collect()
    }

    fn open(&self) -> impl Iterator<Item = &Sent> {
        self.history.of_task(self.task).filter(|sent| sent.ended.is_none())
    }

    /// A call has at most as many attempts as its limit, one after the other.
    fn attempts_are_limited(&self, request: &Request, body: &[u8], attempt: u32) -> Checked {
        let is_next = attempt == 1 || self.previous(body, attempt).is_some();
        if is_next && (1..=self.process.max_attempts).contains(&attempt) {
            return Ok(());
        }
        let text = format!("{} is sent as attempt {attempt} of {}", request.command, self.process.max_attempts);
        Err(Violation::new("attempts_are_limited", text))
    }

    /// A request has at most the time of an attempt, and the time until the deadline of its call.
    fn requests_keep_their_time(&self, http: &transport::Request, attempt: u32) -> Checked {
        let (mut first, mut number) = (self.now, attempt);
        for sent in self.history.of_task(self.task).rev().filter(|sent| sent.body == http.body()) {
            if number > 1 && sent.number + 1 == number {
                (first, number) = (sent.at, sent.number);
            }
        }
        let (limit, end) = (http.time_limit(), first.saturating_add(self.process.deadline));
        if limit <= self.process.attempt_timeout && self.now.saturating_add(limit) <= end && !limit.is_zero() {
            return Ok(());
        }
        let text = format!("attempt {attempt} has {limit:?}, and the first one was sent at {first:?}");
        Err(Violation::new("requests_keep_their_time", text))
    }

    /// A task has at most as many requests in flight as it may have.
    fn calls_in_flight_are_bounded(&self, request: &Request) -> Checked {
        let bound = match self.work() {
            Some(Work::Batch(batch)) => batch.in_flight,
            Some(Work::Bulk(bulk)) => bulk.in_flight,
            Some(Work::Sync(_)) => 32,
            _ => 1,
        };
        let open = self.open().count();
        if open < bound {
            return Ok(());
        }
        let text = format!("{} is sent while {open} requests of its task are in flight", request.command);
        Err(Violation::new("calls_in_flight_are_bounded", text))
    }

    /// A batch does not send a target while it is in flight, and not twice in one call.
    fn a_target_is_in_one_call_at_a_time(&self, request: &Request) -> Checked {
        let users = |request: &Request| request.targets.iter().map(|target| target.user.clone()).collect::<Vec<_>>();
        let mut sent: Vec<String> = self
            .open()
            .filter(|sent| sent.request.from == request.from)
            .flat_map(|sent| users(&sent.request))
            .collect();
        for user in users(request) {
            if sent.contains(&user) {
                let text = format!("{user} is in two requests of {} at once", request.command);
                return Err(Violation::new("a_target_is_in_one_call_at_a_time", text));
            }
            sent.push(user);
        }
        Ok(())
    }

    /// Calls that write the friend table of the same user do not overlap.
    fn calls_of_one_user_do_not_overlap(&self, request: &Request) -> Checked {
        let is_other = |sent: &Sent| sent.request.command == "friend_import" && sent.request.from == request.from;
        if request.command == "friend_import" && self.open().any(is_other) {
            let text = format!("two requests of friend_import for {} are in flight", request.from);
            return Err(Violation::new("calls_of_one_user_do_not_overlap", text));
        }
        Ok(())
    }

    /// A kick is sent again only if the service cannot have processed it.
    fn calls_that_are_not_idempotent_are_not_repeated(&self, request: &Request, body: &[u8], attempt: u32) -> Checked {
        let Some(previous) = self.previous(body, attempt).filter(|_| request.command == "kick" && attempt > 1) else {
            return Ok(());
        };
        let is_safe = previous.seen.iter().all(|seen| matches!(seen, Seen::NotSent | Seen::Call(60007 | 70001)));
        // The status 429 counts as a response without a code.
        if is_safe || self.plan.has(Fault::Status) {
            return Ok(());
        }
        let text = format!("a kick is sent again after {:?}", previous.seen);
        Err(Violation::new("calls_that_are_not_idempotent_are_not_repeated", text))
    }

    /// A target is in at most eight calls for each time that it is in the input: the first one, and
    /// seven retries after a transient code or a missing item.
    fn targets_are_retried_seven_times(&self, request: &Request, attempt: u32) -> Checked {
        let (kind, pairs) = match self.work().filter(|_| attempt == 1) {
            Some(Work::Batch(batch)) => (batch.kind, &batch.pairs),
            Some(Work::Bulk(bulk)) => (bulk.kind, &bulk.pairs),
            _ => return Ok(()),
        };
        for target in &request.targets {
            let is_this = |(from, to): &&(u32, u32)| match kind {
                BatchKind::Nicks => user(*from) == target.user,
                _ => user(*from) == request.from && user(*to) == target.user,
            };
            let times = pairs.iter().filter(is_this).count();
            let sent = self.history.of_task(self.task).filter(|sent| {
                sent.number == 1 && sent.request.from == request.from && sent.request.targets.contains(target)
            });
            let (sent, most) = (sent.count() + 1, 8 * times);
            if sent > most {
                let text = format!("{target:?} is in call number {sent}, and the most are {most}");
                return Err(Violation::new("targets_are_retried_seven_times", text));
            }
        }
        Ok(())
    }

    /// A target whose item had a transient code or was missing waits before it is sent again.
    fn targets_wait_before_a_retry(&self, request: &Request, attempt: u32) -> Checked {
        if attempt > 1 || !matches!(self.work(), Some(Work::Batch(_) | Work::Bulk(_))) {
            return Ok(());
        }
        for target in &request.targets {
            let records = self.history.of_target(self.task, &request.from, target);
            let Some(Record { seen, ended: Some(ended), .. }) = records.last() else { continue };
            let wait = match seen {
                Seen::Item(30540) => self.process.initial_backoff.saturating_add(Duration::from_secs(1)),
                Seen::Item(30006 | 30007) | Seen::Missing => self.process.initial_backoff,
                _ => continue,
            };
            // After the last retry, an equal target can come in.
            if self.now < ended.saturating_add(wait) && records.len() < 8 {
                let text = format!("{target:?} is sent at {:?}, after {seen:?} at {ended:?}", self.now);
                return Err(Violation::new("targets_wait_before_a_retry", text));
            }
        }
        Ok(())
    }

    /// The requests of the process. A run of a bulk task is a process of its own.
    pub(super) fn of_process(&self) -> impl Iterator<Item = &Sent> {
        let is_bulk = matches!(self.work(), Some(Work::Bulk(_)));
        let tasks = self.process.tasks.iter().map(move |task| if is_bulk { self.task } else { task.id });
        tasks.flat_map(|task| self.history.of_task(task))
    }

    fn work(&self) -> Option<&Work> {
        self.plan.task(self.task).map(|task| &task.work)
    }

    /// A batch starts no call after it was stopped, or after a code that all calls would get.
    fn a_stopped_batch_starts_no_call(&self, request: &Request, attempt: u32, is_stopped: bool) -> Checked {
        if is_stopped && attempt == 1 && matches!(self.work(), Some(Work::Batch(_) | Work::Bulk(_))) {
            let text = format!("{} is sent after the batch was stopped", request.command);
            return Err(Violation::new("a_stopped_batch_starts_no_call", text));
        }
        Ok(())
    }
}
