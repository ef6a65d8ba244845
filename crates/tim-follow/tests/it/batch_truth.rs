//! Batches with repeated targets, fatal codes, a stop, and a call that panics.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use pollster::block_on;
use tim_follow::follow::Check;
use tim_follow::transport::{BlockingTransport, ClockReading, MockTransport, Request, Response, TransportError};
use tim_follow::{
    Acquire, BatchReport, Client, ErrorKind, Limits, LocalRateLimiter, Outcome, RateLimitKey, RateLimiter, Unlimited,
    Waiter, blocking,
};

use crate::clients::{self, code, config};
use crate::service::{Faults, Service};

/// Sends the targets with both clients, one call at a time, and checks the report and the service.
fn with_both(targets: &[String], check: impl Fn(BatchReport<Check>, Service)) {
    let service = || Service::new(Faults::default(), 1);
    clients::with_both(&Service::config(), service, |client, service| {
        check(client.batch(Check::template("alice"), targets.to_vec(), 1), service);
    });
}

/// The window holds 200 targets here. When the third `bob` comes in, the second one is in the
/// window, and the first one is not.
#[test]
fn a_target_that_is_in_the_window_is_not_sent_again() {
    let mut targets: Vec<_> = (0..400).map(|number| format!("user-{number}")).collect();
    for at in [0, 150, 320] {
        targets[at] = "bob".to_owned();
    }
    with_both(&targets, |report, service| {
        assert!(report.is_complete());
        let sent = service.calls().iter().flat_map(|(_, to)| to.clone()).filter(|to| to == "bob").count();
        assert_eq!(sent, 1);
    });
}

/// Sends two calls with different users in `From_Account`. The first is rejected with `fatal`;
/// returns whether the second is sent.
fn second_call_is_sent(fatal: i64) -> bool {
    let item = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"FollowType":3}],"ErrorCode":0}"#;
    let script = MockTransport::new([code(fatal), Ok(Response::new(200, item))]);
    let config = config().limits(Limits::default().max_attempts(1));
    let client = blocking::Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let pairs = [("from-1", "bob"), ("from-2", "bob")];
    let report: BatchReport<Check> = client.batch(Check::pairs(), pairs).in_flight(1).collect();
    let first = &report.items[0].outcome;
    assert!(matches!(first, Outcome::Rejected(rejection) if rejection.code.0 == fatal), "{fatal}");
    let sent = script.requests().len() == 2;
    assert_eq!((report.done, report.not_attempted), if sent { (1, 0) } else { (0, 1) }, "{fatal}");
    sent
}

#[test]
fn a_code_about_a_user_does_not_stop_the_batch() {
    for code in [30001, 30003, 30009, 30515, 30516, 30525, 32100, 32101, 60015, 70051, 70107, 70114, 70398, 70399] {
        assert!(second_call_is_sent(code), "{code}");
    }
}

#[test]
fn a_code_about_the_app_the_caller_or_the_edition_stops_the_batch() {
    let of_relations = [30002, 30004, 30005];
    let of_gateway = [60006, 60009, 60010, 60012, 60016, 60017, 60020, 60021, 60025, 60026, 60027, 60028];
    let of_signatures = [70002, 70003, 70005, 70009, 70013, 70014, 70015, 70016, 70019, 70020, 70050, 70052];
    let of_accounts = [70403, 71000, 72000, 72001, 72002, 72011];
    for code in of_relations.into_iter().chain(of_gateway).chain(of_signatures).chain(of_accounts) {
        assert!(!second_call_is_sent(code), "{code}");
    }
}

fn targets() -> impl Iterator<Item = String> {
    (0..1000).map(|number| format!("user-{number}"))
}

/// Checks that one call was rejected with 70009, and that the nine other calls, which waited for
/// the rate limiter, were not sent.
fn assert_nothing_was_sent_after_the_rejection(report: &BatchReport<Check>) {
    assert_eq!((report.rejected, report.not_attempted, report.items.len()), (100, 900, 1000));
    for item in &report.items {
        if let Outcome::NotAttempted { reason } = &item.outcome {
            assert_eq!(reason.code().map(|code| code.0), Some(70009), "{reason}");
        }
    }
}

#[test]
fn calls_that_wait_for_the_rate_limiter_are_not_sent_after_a_fatal_code() {
    let script = MockTransport::new(std::iter::repeat_with(|| code(70009)).take(10));
    let config = config().rate_limiter(Arc::new(LocalRateLimiter::new().limit("follow_check", 1)));
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let report = block_on(client.batch(Check::template("alice"), targets()).in_flight(10).collect());
    assert_nothing_was_sent_after_the_rejection(&report);
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn calls_that_wait_for_the_rate_limiter_are_not_sent_after_stop() {
    use std::pin::pin;
    use std::task::{Context, Waker};
    let service = Service::new(Faults::default(), 1);
    let config = Service::config().rate_limiter(Arc::new(LocalRateLimiter::new().limit("follow_check", 1)));
    let client = Client::with_transport(config, Arc::new(service.clone())).unwrap();
    let now = || BlockingTransport::now(&service).instant;
    let start = now();
    let mut outcomes = client.batch(Check::template("alice"), targets()).in_flight(10);
    assert!(pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    outcomes.stop();
    let report = block_on(outcomes.collect());
    assert_eq!(service.calls().len(), 1);
    assert_eq!(now() - start, Duration::from_millis(1), "only the call that was sent is waited for");
    for item in &report.items[100..] {
        assert!(
            matches!(&item.outcome, Outcome::NotAttempted { reason } if matches!(reason.kind(), ErrorKind::Stopped))
        );
    }
}

/// Sets a flag when the thread that holds it ends.
struct SetsAtEnd(Flag);

type Flag = Arc<(Mutex<bool>, Condvar)>;

impl Drop for SetsAtEnd {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

thread_local!(static AT_END: RefCell<Option<SetsAtEnd>> = const { RefCell::new(None) });

/// Grants one call, on a thread of the batch, and the others after that thread has ended.
#[derive(Debug)]
struct OneThenAll {
    main: ThreadId,
    first: Mutex<bool>,
    first_ended: Flag,
}

impl RateLimiter for OneThenAll {
    fn acquire(&self, _: RateLimitKey<'_>, _: &mut Waiter, _: ClockReading) -> Acquire {
        // A second call on the thread of the first one: the first one has ended.
        AT_END.with_borrow_mut(|at_end| drop(at_end.take()));
        let thread = std::thread::current().id();
        if thread != self.main && std::mem::take(&mut *self.first.lock().unwrap()) {
            AT_END.set(Some(SetsAtEnd(self.first_ended.clone())));
            return Acquire::Granted;
        }
        if *self.first_ended.0.lock().unwrap() { Acquire::Granted } else { Acquire::RetryAfter(Duration::from_secs(1)) }
    }

    fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

    fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
}

/// A mock whose `sleep` returns when the thread of the first request has ended.
#[derive(Debug)]
struct Waits(MockTransport, Flag);

impl BlockingTransport for Waits {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        BlockingTransport::send(&self.0, request)
    }

    fn sleep(&self, _: Duration) {
        let (ended, changed) = &*self.1;
        drop(changed.wait_while(ended.lock().unwrap(), |ended| !*ended).unwrap());
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(&self.0)
    }
}

#[test]
fn threads_that_wait_for_the_rate_limiter_send_nothing_after_a_fatal_code() {
    let script = MockTransport::new(std::iter::repeat_with(|| code(70009)).take(10));
    let first_ended = Flag::default();
    let (main, first) = (std::thread::current().id(), Mutex::new(true));
    let config = config().rate_limiter(Arc::new(OneThenAll { main, first, first_ended: first_ended.clone() }));
    let client = blocking::Client::with_transport(config, Arc::new(Waits(script.clone(), first_ended))).unwrap();
    let report = client.batch(Check::template("alice"), targets()).in_flight(10).collect();
    assert_nothing_was_sent_after_the_rejection(&report);
    assert_eq!(script.requests().len(), 1);
}

/// Panics in the requests of one user.
#[derive(Debug)]
struct Panics(Service);

impl BlockingTransport for Panics {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert!(!String::from_utf8_lossy(request.body()).contains("from-7"), "scripted panic");
        BlockingTransport::send(&self.0, request)
    }

    fn sleep(&self, time: Duration) {
        BlockingTransport::sleep(&self.0, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(&self.0)
    }
}

#[test]
fn a_batch_continues_after_a_panic_that_was_caught() {
    let service = Service::new(Faults::default(), 1);
    let config = Service::config().rate_limiter(Arc::new(Unlimited));
    let client = blocking::Client::with_transport(config, Arc::new(Panics(service.clone()))).unwrap();
    for in_flight in [1, 4] {
        let pairs = (0..20).map(|number| (format!("from-{number}"), "bob"));
        let mut outcomes = client.batch(Check::pairs(), pairs).in_flight(in_flight);
        let (mut report, mut panics) = (BatchReport::default(), 0);
        loop {
            match catch_unwind(AssertUnwindSafe(|| outcomes.next())) {
                Ok(Some(item)) => report.extend([item]),
                Ok(None) => break,
                Err(panic) => {
                    assert_eq!(panic.downcast_ref::<&str>(), Some(&"scripted panic"));
                    panics += 1;
                }
            }
        }
        assert_eq!((report.done, report.unknown, panics), (19, 1, 1), "{in_flight} in flight");
        let outcome = &report.items[7].outcome;
        assert!(outcome.to_string().contains("panicked"), "{outcome}");
    }
}

#[test]
fn the_reason_has_the_earlier_code_if_the_item_is_missing_in_all_retries() {
    let rejected = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":30006}],"ErrorCode":0}"#;
    let without = r#"{"ResultItem":[],"ErrorCode":0}"#;
    let script = MockTransport::texts(std::iter::once(rejected).chain([without; 7]));
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let report: BatchReport<Check> = client.batch(Check::template("alice"), ["bob"]).collect();
    assert_eq!(script.requests().len(), 8);
    let Outcome::Unknown { reason: Some(reason) } = &report.items[0].outcome else {
        panic!("{}", report.items[0].outcome);
    };
    assert!(matches!(reason.kind(), ErrorKind::MissingItem), "{reason}");
    assert_eq!(reason.earlier_rejection().map(|rejection| rejection.code.0), Some(30006));
}
