//! Outcomes are true: random faults on a service that records what it saw, compared with a model of each target.
//!
//! `PROPTEST_CASES` sets the number of cases, for example 100000.

mod ledger;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use tim_follow::follow::{Check, Relation};
use tim_follow::{BatchItem, Client, Config, Limits, NoQuota, Outcome, blocking};

use crate::clients;
use ledger::{Faults, Ledger, Said};

type Pair = (String, String);
type Items = Vec<BatchItem<Relation>>;

/// One random batch.
#[derive(Debug, Clone)]
struct Case {
    pairs: Vec<Pair>,
    faults: Faults,
    attempts: u32,
    in_flight: usize,
    retry_budget: Option<u32>,
    /// After how many polls the asynchronous batch is stopped.
    stop_after: Option<u16>,
}

impl Case {
    fn config(&self) -> Config {
        let limits = Limits::default().attempts(self.attempts);
        clients::config().quota(Arc::new(NoQuota)).seed(1).limits(limits).retry_budget(self.retry_budget)
    }

    fn run_async(&self, ledger: &Ledger) -> Items {
        let client = Client::with_transport(self.config(), Arc::new(ledger.clone())).unwrap();
        let mut outcomes = client.batch_pairs(Check::of(""), self.pairs.clone()).in_flight(self.in_flight);
        let (mut items, mut polls) = (Vec::new(), 0);
        loop {
            if self.stop_after == Some(polls) {
                outcomes.stop();
            }
            polls = polls.saturating_add(1);
            match pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {}
                Poll::Ready(Some(item)) => items.push(item),
                Poll::Ready(None) => return items,
            }
        }
    }

    fn run_blocking(&self, ledger: &Ledger) -> Items {
        let client = blocking::Client::with_transport(self.config(), Arc::new(ledger.clone())).unwrap();
        client.batch_pairs(Check::of(""), self.pairs.clone()).in_flight(self.in_flight).collect()
    }
}

fn name(number: u16) -> String {
    if number == 0 { String::new() } else { format!("user-{number}") }
}

prop_compose! {
    fn cases()(
        pairs in proptest::collection::vec((0..3_u8, 0..60_u16), 0..150),
        rates in proptest::array::uniform12(0..60_u8),
        // Most faults are off in most cases, so that each is seen alone and in company.
        on in proptest::array::uniform12(proptest::bool::weighted(0.25)),
        (seed, attempts, in_flight) in (any::<u64>(), 1..4_u32, 1..4_usize),
        retry_budget in proptest::option::of(0..60_u32),
        stop_after in proptest::option::of(0..60_u16),
    ) -> Case {
        let pairs = pairs.into_iter().map(|(from, to)| (format!("from-{from}"), name(to))).collect();
        let rate = |at: usize| if on[at] { rates[at] } else { 0 };
        // A fatal code ends most batches early, so it is rare.
        let faults = Faults { seed, rates: std::array::from_fn(|at| if at == 0 { rate(0) / 10 } else { rate(at) }) };
        Case { pairs, faults, attempts, in_flight, retry_budget, stop_after }
    }
}

/// Compares each outcome with what the service knows.
fn check(case: &Case, ledger: &Ledger, items: &Items, all: bool) {
    let expected = case.pairs.iter().map(|(from, to)| (from.as_str(), to.as_str()));
    let found: Vec<_> = items.iter().map(|item| (item.from.as_str(), item.target.as_str())).collect();
    assert!(found.iter().copied().eq(expected.take(found.len())), "outcomes are in the order of the targets");
    assert!(!all || found.len() == case.pairs.len(), "each target has an outcome");
    for item in items {
        let (from, to) = (item.from.as_str(), item.target.as_str());
        let history = ledger.history(from, to);
        let last = history.last().copied();
        let shown = format!("{from} {to}: {} after {history:?}", item.outcome);
        match (&item.outcome, last) {
            (Outcome::NotAttempted { .. }, None) => {}
            (Outcome::Done(relation), Some(Said::Done(of))) => assert_eq!(relation.0, of, "{shown}"),
            (Outcome::Refused(refusal), Some(last)) => assert_eq!(Some(refusal.code.0), last.code(), "{shown}"),
            (Outcome::Unknown { why: None }, Some(Said::Missing)) => {}
            (Outcome::Unknown { why: Some(_) }, Some(Said::Contradiction)) => {}
            (Outcome::Unknown { why: Some(why) }, Some(Said::NoResponse)) => {
                assert!(why.may_have_reached_service(), "{shown}");
                let earlier = why.earlier_rejection().map(|rejection| rejection.code.0);
                let item_code = history.iter().any(|said| matches!(said, Said::Item(_)));
                assert!(earlier.is_some() || !item_code, "{shown}");
                assert!(earlier.is_none_or(|code| history.iter().any(|said| said.code() == Some(code))), "{shown}");
            }
            _ => panic!("{shown}"),
        }
    }
}

fn number_of_cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(number_of_cases()) })]

    #[test]
    fn every_outcome_is_what_the_service_saw(case in cases()) {
        let ledger = Ledger::new(case.faults);
        check(&case, &ledger, &case.run_async(&ledger), case.stop_after.is_none());
        let ledger = Ledger::new(case.faults);
        check(&case, &ledger, &case.run_blocking(&ledger), true);
    }
}
