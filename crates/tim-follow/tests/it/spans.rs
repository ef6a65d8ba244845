//! Feature `tracing`: the spans of calls and attempts, and their fields.

mod recorder;

use std::future::poll_fn;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::follow::{Add, Check};
use tim_follow::transport::{
    BlockingTransport, ClockReading, MockTransport, Request, Response, TransportError, TransportErrorKind,
};
use tim_follow::{Client, Transport, Unlimited, blocking};

use crate::clients::{Either, broken, code, config, ok};
use crate::virtual_time::yield_rounds;
use recorder::{Recorder, Span};

/// A mock that emits an event while it works; the asynchronous one in its second poll.
#[derive(Debug, Clone)]
struct Working(MockTransport);

impl BlockingTransport for Working {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        tracing::debug!("backend works");
        BlockingTransport::send(&self.0, request)
    }

    fn sleep(&self, time: Duration) {
        tracing::debug!("backend sleeps");
        BlockingTransport::sleep(&self.0, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(&self.0)
    }
}

#[async_trait]
impl Transport for Working {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut first = true;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        BlockingTransport::send(self, request)
    }

    /// Lets a request in flight end first.
    async fn sleep(&self, time: Duration) {
        yield_rounds(2).await;
        BlockingTransport::sleep(self, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}

/// Runs a test with each client, in a span of the caller.
fn with_each(script: impl Fn() -> MockTransport, send: impl Fn(Either), check: impl Fn(&Recorder)) {
    // With only one subscriber, tracing caches whether the thread that first reaches a span has it.
    // Another test without a subscriber would then disable the span for all threads. A second
    // subscriber prevents that.
    static SECOND: LazyLock<tracing::Dispatch> = LazyLock::new(|| tracing::Dispatch::new(Recorder::default()));
    LazyLock::force(&SECOND);
    for asynchronous in [true, false] {
        let (recorder, transport) = (Recorder::default(), Arc::new(Working(script())));
        let config = config().rate_limiter(Arc::new(Unlimited)).seed(1);
        tracing::subscriber::with_default(recorder.clone(), || {
            let _entered = tracing::info_span!("mine").entered();
            send(if asynchronous {
                Either::Async(Client::with_transport(config, transport).unwrap())
            } else {
                Either::Blocking(blocking::Client::with_transport(config, transport).unwrap())
            });
        });
        check(&recorder);
    }
}

fn add(client: Either) {
    let _ = client.send(Add::new("alice", ["bob"]));
}

fn field<'a>(span: &'a Span, name: &str) -> Option<&'a str> {
    span.fields.get(name).map(String::as_str)
}

#[test]
fn a_call_is_a_span_of_the_caller_and_its_attempts_are_spans_of_the_call() {
    let busy = || Ok(Response::new(503, ""));
    let script = || MockTransport::new([broken(TransportErrorKind::Lost), busy(), code(30006), ok()]);
    with_each(script, add, |recorder| {
        let [mine, call, attempts @ ..] = &recorder.spans()[..] else { panic!("{recorder:?}") };
        assert_eq!((mine.name, call.name, call.parent), ("mine", "tim_call", Some(mine.id)));
        assert_eq!((field(call, "command"), field(call, "attempts")), (Some("follow_add"), Some("4")));
        assert_eq!((field(call, "code"), field(call, "error.type")), (Some("0"), None));
        assert_eq!(attempts.len(), 4);
        let expected = [
            (None, None, None, Some("connection_lost")),
            (Some("1"), Some("503"), None, Some("503")),
            (Some("2"), Some("200"), Some("30006"), Some("30006")),
            (Some("3"), Some("200"), Some("0"), None),
        ];
        for (span, (resend, status, code, error)) in attempts.iter().zip(expected) {
            assert_eq!((span.name, span.parent), ("tim_attempt", Some(call.id)));
            assert_eq!(field(span, "http.request.method"), Some("POST"));
            assert_eq!(field(span, "url.path"), Some("/v4/follow/follow_add"));
            assert_eq!(field(span, "server.address"), Some("adminapisgp.im.qcloud.com"));
            assert_eq!(field(span, "server.port"), Some("443"));
            assert_eq!(field(span, "http.request.resend_count"), resend);
            assert_eq!(field(span, "http.response.status_code"), status);
            assert_eq!((field(span, "code"), field(span, "error.type")), (code, error));
            assert!(field(span, "duration_ms").is_some());
        }
    });
}

#[test]
fn a_failed_call_has_its_code_as_fields() {
    with_each(
        || MockTransport::new([code(30003)]),
        add,
        |recorder| {
            let call = &recorder.spans()[1];
            assert_eq!((field(call, "code"), field(call, "error.type")), (Some("30003"), Some("30003")));
        },
    );
}

#[test]
fn the_attempt_is_entered_while_the_backend_sends_and_the_call_while_it_waits() {
    with_each(
        || MockTransport::new([broken(TransportErrorKind::Lost), ok()]),
        add,
        |recorder| {
            let spans = recorder.spans();
            let of = |message: &str| {
                let events = recorder.events().into_iter().filter(|event| event.message.contains(message));
                events
                    .map(|event| spans.iter().find(|span| Some(span.id) == event.span).unwrap().name)
                    .collect::<Vec<_>>()
            };
            assert_eq!(of("backend works"), ["tim_attempt"; 2]);
            assert_eq!(of("backend sleeps"), ["tim_call"]);
            assert_eq!(of("retrying after an error"), ["tim_call"]);
        },
    );
}

#[test]
fn calls_on_the_threads_of_a_batch_belong_to_the_caller() {
    let targets = || (0..450).map(|number| format!("user-{number}"));
    let batch = |client: Either| drop(client.batch(Check::template("alice"), targets(), 32));
    with_each(
        || MockTransport::new((0..5).map(|_| code(30003))),
        batch,
        |recorder| {
            let spans = recorder.spans();
            let named = |name: &'static str| spans.iter().filter(move |span| span.name == name);
            let mine = named("mine").next().unwrap().id;
            assert_eq!((named("tim_call").count(), named("tim_attempt").count()), (5, 5));
            assert!(named("tim_call").all(|span| span.parent == Some(mine)), "{spans:#?}");
            assert_eq!(recorder.events().iter().filter(|event| event.message.contains("backend works")).count(), 5);
        },
    );
}

#[test]
fn no_span_or_event_contains_a_query() {
    with_each(
        || MockTransport::new([broken(TransportErrorKind::Lost), code(70001), code(60007), ok()]),
        add,
        |recorder| {
            let all = format!("{recorder:?}");
            assert!(all.contains("/v4/follow/follow_add"));
            assert!(!all.contains('?') && !all.contains("usersig") && !all.contains("identifier"), "{all}");
        },
    );
}
