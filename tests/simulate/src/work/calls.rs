//! Single calls.

use tim_follow::account::Kick;
use tim_follow::follow::{Add, Check};
use tim_follow::{Error, block};

use super::Worker;
use crate::history::Seen;
use crate::invariants;
use crate::lock::locked;
use crate::plan::{Call, Redis, user};
use crate::violation::Violation;

impl Worker {
    pub(super) async fn calls(&self, calls: &[Call]) {
        for call in calls {
            self.one_call(call).await;
        }
    }

    async fn one_call(&self, call: &Call) {
        let (began, before) = (self.sim.now(), self.sent());
        let users = |to: &[u32]| to.iter().copied().map(user).collect::<Vec<_>>();
        let result = match call {
            Call::Add(from, to) => self.client.send(Add::new(user(*from), users(to))).await.map(drop),
            Call::Check(from, to) => self.client.send(Check::new(user(*from), users(to))).await.map(drop),
            Call::Block(from, to) => self.client.send(block::Add::new(user(*from), users(to))).await.map(drop),
            Call::Kick(of) => self.client.send(Kick::new(user(*of))).await.map(drop),
            Call::Named(from, to) => {
                let body = serde_json::json!({ "From_Account": user(*from), "To_Account": users(to) });
                self.client.call("follow", "follow_check", &body.to_string()).await.map(drop)
            }
        };
        let sim = &self.sim;
        sim.log(|| format!("task {}: {call:?} {:?}", self.task.id, result.as_ref().map_err(ToString::to_string)));
        sim.check(invariants::calls_end_before_their_deadline(began, sim.now(), self.process.deadline));
        sim.check(self.agrees(call, &result, before));
        if let Err(error) = &result {
            self.check_attempts(error, before);
            // With faults of Redis, a retry can wait for it until the deadline.
            let is_granted = sim.plan.redis.as_ref().is_none_or(Redis::is_quiet);
            if is_granted && self.process.tasks.len() == 1 && !error.is_retry_budget_empty() {
                let history = locked(&sim.history);
                let requests: Vec<_> = history.of_task(self.task.id).skip(before).collect();
                let is_idempotent = !matches!(call, Call::Kick(_));
                sim.check(invariants::retryable_failures_are_retried(&self.process, began, &requests, is_idempotent));
            }
        }
    }

    /// The last response decides the result of a call. An error tells whether the service may have
    /// received a request.
    fn agrees(&self, call: &Call, result: &Result<(), Error>, before: usize) -> Result<(), Violation> {
        let history = locked(&self.sim.history);
        let seen = |at: usize| history.of_task(self.task.id).nth(at).map(|sent| sent.seen.clone()).unwrap_or_default();
        let last = history.of_task(self.task.id).count();
        let all = || (before..last).flat_map(seen);
        let is_rejected = |seen: &Seen| matches!(seen, Seen::Call(_));
        let last_seen = if last > before { seen(last - 1) } else { Vec::new() };
        let agrees = match result {
            // A rejection is a result of a call by name.
            Ok(()) if matches!(call, Call::Named(..)) => !last_seen.contains(&Seen::NoResponse),
            Ok(()) => {
                !last_seen.is_empty() && !last_seen.iter().any(|seen| is_rejected(seen) || *seen == Seen::NoResponse)
            }
            Err(error) => {
                let code = last_seen.first().and_then(|seen| if is_rejected(seen) { seen.code() } else { None });
                let may_have_reached = all().any(|seen| seen != Seen::NotSent);
                error.code().map(|code| code.0) == code && error.may_have_reached_service() == may_have_reached
            }
        };
        if agrees {
            return Ok(());
        }
        let result = result.as_ref().map_err(ToString::to_string);
        let text = format!("{call:?} has the result {result:?}, and the responses say {:?}", all().collect::<Vec<_>>());
        Err(Violation::new("results_agree_with_the_last_response", text))
    }
}
