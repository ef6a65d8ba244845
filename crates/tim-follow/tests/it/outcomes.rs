//! Compares the outcomes of random batches with what a service with random faults has recorded.
//!
//! `PROPTEST_CASES` sets the number of cases, for example 100000.

mod ledger;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use tim_follow::follow::{Add, Check, Relation};
use tim_follow::{
    Batch, BatchItem, Client, Config, ErrorKind, Limits, LocalRateLimiter, Outcome, PairTemplate, RateLimiter,
    Unlimited, UserId, blocking,
};

use crate::clients;
use ledger::{Faults, Ledger, Recorded, Service};

type Pair = (String, String);

/// A random batch.
#[derive(Debug, Clone)]
struct Case {
    pairs: Vec<Pair>,
    faults: Faults,
    attempts: u32,
    in_flight: usize,
    retry_budget: Option<u32>,
    /// The rate limit, if there is one.
    calls_per_second: Option<u32>,
    /// The number of polls after which the asynchronous batch is stopped.
    stop_after: Option<u16>,
}

/// The result of a target that is done.
trait DoneResult {
    fn relation(&self) -> Option<i64>;
}

impl DoneResult for Relation {
    fn relation(&self) -> Option<i64> {
        Some(self.0)
    }
}

impl DoneResult for () {
    fn relation(&self) -> Option<i64> {
        None
    }
}

/// An outcome, and the number of requests with its pair that the service had recorded by then.
struct Seen<E: Batch> {
    item: BatchItem<E>,
    requests: usize,
}

impl<E: Batch<From = UserId, Target = UserId>> Seen<E> {
    fn new(item: BatchItem<E>, ledger: &Ledger) -> Self {
        let requests = ledger.history(item.from.as_str(), item.target.as_str()).len();
        Self { item, requests }
    }
}

impl Case {
    fn config(&self) -> Config {
        let limits = Limits::default().max_attempts(self.attempts);
        let limiter: Arc<dyn RateLimiter> = match self.calls_per_second {
            Some(calls) => Arc::new(LocalRateLimiter::new().limit("follow_check", calls).limit("follow_add", calls)),
            None => Arc::new(Unlimited),
        };
        clients::config().rate_limiter(limiter).seed(1).limits(limits).retry_budget(self.retry_budget)
    }

    fn run_async<E>(&self, template: PairTemplate<E>, service: &Service) -> Vec<Seen<E>>
    where
        E: Batch<From = UserId, Target = UserId>,
    {
        let client = Client::with_transport(self.config(), Arc::new(service.clone())).unwrap();
        let mut outcomes = client.batch(template, self.pairs.clone()).in_flight(self.in_flight);
        let (mut items, mut polls) = (Vec::new(), 0);
        loop {
            if self.stop_after == Some(polls) {
                outcomes.stop();
                service.stop();
            }
            polls = polls.saturating_add(1);
            match pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {}
                Poll::Ready(Some(item)) => items.push(Seen::new(item, service)),
                Poll::Ready(None) => return items,
            }
        }
    }

    fn run_blocking<E>(&self, template: PairTemplate<E>, service: &Service) -> Vec<Seen<E>>
    where
        E: Batch<From = UserId, Target = UserId>,
    {
        let client = blocking::Client::with_transport(self.config(), Arc::new(service.clone())).unwrap();
        let outcomes = client.batch(template, self.pairs.clone()).in_flight(self.in_flight);
        outcomes.map(|item| Seen::new(item, service)).collect()
    }

    /// Runs both clients. After the batch has to stop, no call sends a first request. Other threads
    /// of a blocking batch can send until they see the stop signal.
    fn run<E: Batch<From = UserId, Target = UserId, Outcome: DoneResult>>(&self, template: PairTemplate<E>) {
        let service = Service::new(self.faults);
        check::<E>(self, &service, &self.run_async(template.clone(), &service), self.stop_after.is_none());
        assert_eq!(service.late(), 0, "calls after the batch stopped");
        let service = Service::new(self.faults);
        check::<E>(self, &service, &self.run_blocking(template, &service), true);
        assert!(self.in_flight > 1 || service.late() == 0, "calls after the blocking batch stopped");
    }
}

fn name(number: u16) -> String {
    if number == 0 { String::new() } else { format!("user-{number}") }
}

prop_compose! {
    fn cases(targets: std::ops::Range<usize>)(
        pairs in proptest::collection::vec((0..3_u8, 0..60_u16), targets),
        rates in proptest::array::uniform12(0..60_u8),
        // Most faults are off in most cases, so that each is tested alone and together with others.
        on in proptest::array::uniform12(proptest::bool::weighted(0.25)),
        (seed, attempts, in_flight) in (any::<u64>(), 1..4_u32, 1..4_usize),
        retry_budget in proptest::option::of(0..60_u32),
        calls_per_second in proptest::option::weighted(0.3, 1..20_u32),
        stop_after in proptest::option::of(0..60_u16),
    ) -> Case {
        let pairs = pairs.into_iter().map(|(from, to)| (format!("from-{from}"), name(to))).collect();
        let rate = |at: usize| if on[at] { rates[at] } else { 0 };
        // A fatal code ends most batches early, so it is rare.
        let faults = Faults { seed, rates: std::array::from_fn(|at| if at == 0 { rate(0) / 10 } else { rate(at) }) };
        Case { pairs, faults, attempts, in_flight, retry_budget, calls_per_second, stop_after }
    }
}

/// Compares each outcome with the records of the service.
///
/// The window holds the targets of twice as many calls as can be in flight, and takes the next
/// target when the oldest one has left. So two positions of a pair share an outcome if they are
/// closer together than that. Older records of the pair belong to an earlier outcome.
fn check<E>(case: &Case, ledger: &Ledger, items: &[Seen<E>], all: bool)
where
    E: Batch<From = UserId, Target = UserId, Outcome: DoneResult>,
{
    let expected = case.pairs.iter().map(|(from, to)| (from.as_str(), to.as_str()));
    let found: Vec<_> = items.iter().map(|Seen { item, .. }| (item.from.as_str(), item.target.as_str())).collect();
    assert!(found.iter().copied().eq(expected.take(found.len())), "outcomes are in the order of the targets");
    assert!(!all || found.len() == case.pairs.len(), "each target has an outcome");
    let window = 2 * case.in_flight * E::MAX_TARGETS;
    // The last position of each pair, and the range of the records that belong to its outcome.
    let mut latest: HashMap<(&str, &str), (usize, usize, usize)> = HashMap::new();
    for (at, Seen { item, requests }) in items.iter().enumerate() {
        let pair = (item.from.as_str(), item.target.as_str());
        let history = ledger.history(pair.0, pair.1);
        let begin = match latest.get(&pair) {
            Some((before, begin, end)) if at - before < window => {
                assert_eq!(end, requests, "{pair:?} was sent again while its outcome was in the window");
                *begin
            }
            Some((_, _, end)) => *end,
            None => 0,
        };
        latest.insert(pair, (at, begin, *requests));
        check_outcome(&item.outcome, &history[begin..*requests], &format!("{pair:?} at {at}"));
    }
}

fn check_outcome<T: DoneResult>(outcome: &Outcome<T>, history: &[Recorded], position: &str) {
    let shown = format!("{position}: {outcome} after {history:?}");
    let rejected_item = |code: i64| history.contains(&Recorded::Item(code));
    let any_rejected_item = history.iter().any(|recorded| matches!(recorded, Recorded::Item(_)));
    match (outcome, history.last().copied()) {
        (Outcome::NotAttempted { .. }, None) => {}
        (Outcome::Done(done), Some(Recorded::Done(expected))) => {
            assert!(done.relation().is_none_or(|relation| relation == expected), "{shown}");
        }
        (Outcome::Rejected(rejection), Some(last)) => assert_eq!(Some(rejection.code.0), last.code(), "{shown}"),
        (Outcome::Unknown { reason: None }, Some(Recorded::Missing)) => assert!(!any_rejected_item, "{shown}"),
        (Outcome::Unknown { reason: Some(reason) }, Some(Recorded::Missing)) => {
            assert!(matches!(reason.kind(), ErrorKind::MissingItem), "{shown}");
            assert!(reason.earlier_rejection().is_some_and(|rejection| rejected_item(rejection.code.0)), "{shown}");
        }
        (Outcome::Unknown { reason: Some(_) }, Some(Recorded::Contradiction)) => {}
        (Outcome::Unknown { reason: Some(reason) }, Some(Recorded::NoResponse)) => {
            assert!(reason.may_have_reached_service(), "{shown}");
            let earlier = reason.earlier_rejection().map(|rejection| rejection.code.0);
            assert!(earlier.is_some() || !any_rejected_item, "{shown}");
            assert!(earlier.is_none_or(|code| history.iter().any(|record| record.code() == Some(code))), "{shown}");
        }
        _ => panic!("{shown}"),
    }
}

fn number_of_cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(600)
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(settings(number_of_cases()))]

    #[test]
    fn outcomes_agree_with_the_service(case in cases(0..150)) {
        case.run(Check::pairs());
    }
}

proptest! {
    #![proptest_config(settings(number_of_cases() / 10))]

    /// More pairs than the window holds, so that many pairs repeat within the window and many
    /// beyond it.
    #[test]
    fn outcomes_of_repeated_targets_agree_with_the_service(case in cases(300..400)) {
        case.run(Add::pairs());
    }
}
