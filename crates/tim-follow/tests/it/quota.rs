//! Calls wait for the quota.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;
use tim_follow::transport::{BlockingTransport, Moment, Phase, Request, Response, Script, TransportError};
use tim_follow::{
    Asked, Client, Config, ErrorKind, Limits, LocalQuota, NoQuota, Of, Quota, Ticket, Transport, Turn, blocking, follow,
};

use crate::clients::{Either, broken, code, config, elapsed, ok, with_both};

const WINDOW: Duration = Duration::from_millis(1009);
const MS: Duration = Duration::from_millis(1);

fn add(client: &Either) -> Result<(), tim_follow::Error> {
    client.send(follow::Add::new("alice", ["bob"])).map(drop)
}

#[test]
fn call_201_waits_for_the_window_of_the_first() {
    with_each(
        config,
        || Script::new((0..201).map(|_| ok())),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            (0..200).for_each(|_| add(&client).unwrap());
            assert_eq!(elapsed(&script, start), Duration::ZERO);
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW);
        },
    );
}

/// A fresh quota for each client, or the second would wait for the first.
fn limited() -> Config {
    config().quota(Arc::new(LocalQuota::new().limit("follow_add", 1)))
}

fn with_each(config: impl Fn() -> Config, script: impl Fn() -> Script, test: impl Fn(Either, Script)) {
    let copy = script();
    test(Either::Async(Client::with_transport(config(), Arc::new(copy.clone())).unwrap()), copy);
    let copy = script();
    let client = blocking::Client::with_transport(config(), Arc::new(copy.clone())).unwrap();
    test(Either::Blocking(client), copy);
}

#[test]
fn commands_are_counted_apart() {
    with_each(
        limited,
        || Script::new((0..3).map(|_| ok())),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            add(&client).unwrap();
            client.send(follow::Delete::new("alice", ["bob"])).unwrap();
            assert_eq!(elapsed(&script, start), Duration::ZERO);
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW);
        },
    );
}

#[test]
fn a_repetition_waits_for_the_quota_too() {
    with_each(
        limited,
        || Script::new([broken(Phase::Lost), ok()]),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            add(&client).unwrap();
            assert!(elapsed(&script, start) >= WINDOW);
        },
    );
}

#[test]
fn a_turn_beyond_the_deadline_is_an_error_and_leaves_the_line() {
    with_each(
        limited,
        || Script::new([ok(), ok()]),
        |client, script| {
            add(&client).unwrap();
            let hasty = client.with_limits(Limits::default().deadline(Duration::from_millis(500)));
            let error = add(&hasty).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Quota { wait, .. } if *wait == WINDOW), "{error}");
            assert_eq!((error.attempts(), script.requests().len()), (0, 1));
            let start = BlockingTransport::now(&script).instant;
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW, "the one that left is not waited for");
        },
    );
}

#[test]
fn no_quota_never_waits() {
    let script = || Script::new((0..1000).map(|_| ok()));
    with_both(&config().quota(Arc::new(NoQuota)), script, |client, script| {
        let start = BlockingTransport::now(&script).instant;
        (0..1000).for_each(|_| add(&client).unwrap());
        assert_eq!(elapsed(&script, start), Duration::ZERO);
    });
}

#[test]
fn too_many_calls_slow_the_next_ones_down() {
    let script = || Script::new([code(60007), code(60007)].into_iter().chain((0..200).map(|_| ok())));
    with_each(config, script, |client, script| {
        add(&client).unwrap();
        let start = BlockingTransport::now(&script).instant;
        (0..199).for_each(|_| add(&client).unwrap());
        assert_eq!(elapsed(&script, start), WINDOW, "170 at once after a second, the others after the window");
    });
}

/// A transport on which waiting never ends.
#[derive(Debug)]
struct Stuck(Script);

#[async_trait]
impl Transport for Stuck {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        Transport::send(&self.0, request).await
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }

    fn now(&self) -> Moment {
        Transport::now(&self.0)
    }
}

#[test]
fn a_dropped_call_gives_its_place_up() {
    let script = Script::new([ok(), ok()]);
    let config = limited();
    let stuck = Client::with_transport(config.clone(), Arc::new(Stuck(script.clone()))).unwrap();
    block_on(stuck.send(follow::Add::new("alice", ["bob"]))).unwrap();
    {
        let mut call = pin!(stuck.send(follow::Add::new("alice", ["bob"])));
        let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "its turn cannot come");
    }
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let start = BlockingTransport::now(&script).instant;
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), WINDOW);
}

#[test]
fn a_call_without_a_response_counts_from_its_end() {
    with_each(
        limited,
        || Script::new([broken(Phase::Timeout), ok()]).taking(100 * MS),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            let once = client.with_limits(Limits::default().attempts(1));
            add(&once).unwrap_err();
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), 100 * MS + WINDOW + 100 * MS);
        },
    );
}

/// A transport on which responses never come.
#[derive(Debug)]
struct Silent(Script);

#[async_trait]
impl Transport for Silent {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        std::future::pending().await
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }

    fn now(&self) -> Moment {
        Transport::now(&self.0)
    }
}

#[test]
fn a_call_that_is_dropped_in_flight_counts_from_then_on() {
    let script = Script::new([ok()]);
    let config = limited();
    let silent = Client::with_transport(config.clone(), Arc::new(Silent(script.clone()))).unwrap();
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    {
        let mut call = Box::pin(silent.send(follow::Add::new("alice", ["bob"])));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        script.advance(500 * MS);
    }
    let start = BlockingTransport::now(&script).instant;
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), WINDOW);
}

#[test]
fn a_call_in_flight_keeps_its_slot_for_fifteen_seconds() {
    let script = Script::new([ok()]);
    let config = limited();
    let silent = Client::with_transport(config.clone(), Arc::new(Silent(script.clone()))).unwrap();
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let start = BlockingTransport::now(&script).instant;
    let mut call = Box::pin(silent.send(follow::Add::new("alice", ["bob"])));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), 15_000 * MS + WINDOW);
}

/// A quota that asks elsewhere, as one of several processes does.
#[derive(Debug)]
struct Shared(fn(u64) -> Turn);

impl Quota for Shared {
    fn turn(&self, _: Of<'_>, ticket: &mut Ticket, _: Moment) -> Turn {
        let questions = ticket.0.get_or_insert(0);
        *questions += 1;
        (self.0)(*questions)
    }

    fn leave(&self, _: Of<'_>, _: Ticket) {}

    fn slow_down(&self, _: Of<'_>, _: Moment) {}
}

fn shared(turn: fn(u64) -> Turn) -> Config {
    config().quota(Arc::new(Shared(turn)))
}

#[test]
fn a_call_waits_for_what_its_quota_asks_for() {
    let answered = |questions| {
        let (answered, asked) = Asked::new();
        match questions {
            1 => answered.tell(),
            // An end that is dropped has answered too.
            2 => drop(answered),
            _ => return Turn::Go,
        }
        Turn::Ask(asked)
    };
    with_each(|| shared(answered), || Script::new([ok()]), |client, _| add(&client).unwrap());
}

#[test]
fn a_question_without_an_answer_ends_with_the_deadline() {
    let never = |_| {
        let (answered, asked) = Asked::new();
        std::mem::forget(answered);
        Turn::Ask(asked)
    };
    let script = Script::new([ok()]);
    let start = BlockingTransport::now(&script).instant;
    let client = Client::with_transport(shared(never), Arc::new(script.clone())).unwrap();
    let error = block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline), "{error}");
    assert_eq!((elapsed(&script, start), error.attempts()), (Limits::default().deadline, 0));
}

#[test]
fn a_quota_that_is_away_lets_nobody_go() {
    with_each(
        || shared(|_| away_for_a_second()),
        || Script::new([ok()]),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            let error = add(&client).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::QuotaAway { reason, .. } if reason == "no route"), "{error}");
            assert!(error.is_retryable() && error.attempts() == 0);
            assert_eq!(elapsed(&script, start), Limits::default().deadline - Duration::from_secs(1));
        },
    );
    let back = |questions| if questions < 3 { away_for_a_second() } else { Turn::Go };
    with_each(|| shared(back), || Script::new([ok()]), |client, _| add(&client).unwrap());
}

fn away_for_a_second() -> Turn {
    Turn::Away { reason: "no route".to_owned(), wait: Duration::from_secs(1) }
}
