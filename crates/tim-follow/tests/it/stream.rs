//! Feature `stream`: targets from a stream; pages, entries and outcomes as streams.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use pollster::block_on;
use tim_follow::transport::{BlockingTransport, MockTransport};
use tim_follow::{Client, ErrorKind, Outcome, follow};

use crate::clients::config;
use crate::service::{Faults, Service};

fn all<T>(stream: impl Stream<Item = T>) -> Vec<T> {
    let mut stream = pin!(stream);
    let mut items = Vec::new();
    while let Some(item) = block_on(poll_fn(|cx| stream.as_mut().poll_next(cx))) {
        items.push(item);
    }
    items
}

#[test]
fn pages_and_entries_are_streams() {
    let page = |user: &str, next: &str| {
        format!(r#"{{"FollowItem":[{{"To_Account":"{user}"}}],"NextCursor":"{next}","ErrorCode":0}}"#)
    };
    let client = || {
        let script = MockTransport::texts([page("a", "1"), page("b", "")]);
        Client::with_transport(config(), Arc::new(script)).unwrap()
    };
    let list = || follow::List::followers("alice");
    assert_eq!(all(client().pages(list())).len(), 2);
    let users: Vec<_> = all(client().pages(list()).items()).into_iter().map(|item| item.unwrap().user).collect();
    assert_eq!(users, ["a", "b"]);
}

#[test]
fn a_batch_is_pending_while_its_stream_is() {
    let service = Service::new(Faults::default(), 1);
    let client = Client::with_transport(Service::config(), Arc::new(service)).unwrap();
    struct Never;
    impl Stream for Never {
        type Item = String;
        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
            Poll::Pending
        }
    }
    let mut outcomes = client.batch_stream(follow::Check::template("alice"), Never);
    let polled = pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}

/// These users, and then no more, but the stream does not end.
struct Stalls(std::vec::IntoIter<&'static str>);

impl Stream for Stalls {
    type Item = &'static str;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.next().map_or(Poll::Pending, |user| Poll::Ready(Some(user)))
    }
}

#[test]
fn a_call_that_is_not_full_waits_50_ms_for_a_stream_that_stalls() {
    let service = Service::new(Faults::default(), 1);
    let client = Client::with_transport(Service::config(), Arc::new(service.clone())).unwrap();
    let now = || BlockingTransport::now(&service).instant;
    let start = now();
    let mut outcomes = client.batch_stream(follow::Check::template("alice"), Stalls(vec!["bob", "carol"].into_iter()));
    let found = [block_on(outcomes.next()).unwrap(), block_on(outcomes.next()).unwrap()];
    assert_eq!(found.map(|item| item.target.to_string()), ["bob", "carol"]);
    assert_eq!(service.calls(), [("alice".to_owned(), vec!["bob".to_owned(), "carol".to_owned()])]);
    // A request takes a millisecond.
    assert_eq!(now() - start, Duration::from_millis(51));
}

/// An endless stream of pairs, with two users in `From_Account`.
struct Pairs(u32);

impl Stream for Pairs {
    type Item = (String, String);

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        Poll::Ready(Some((format!("from-{}", self.0 % 2), format!("user-{}", self.0))))
    }
}

#[test]
fn pairs_of_a_stopped_batch_are_done_or_not_attempted() {
    let service = Service::new(Faults::default(), 1);
    let client = Client::with_transport(Service::config(), Arc::new(service.clone())).unwrap();
    let mut outcomes = client.batch_stream(follow::Check::pairs(), Pairs(0)).in_flight(2);
    let first = block_on(outcomes.next()).unwrap();
    assert_eq!((first.from.as_str(), first.target.as_str()), ("from-1", "user-1"));
    assert!(outcomes.stopped_by().is_none());
    outcomes.stop();
    assert!(matches!(outcomes.stopped_by().unwrap().kind(), ErrorKind::Stopped));
    let rest = all(outcomes);
    let sent: usize = service.calls().iter().map(|(_, to)| to.len()).sum();
    let done = 1 + rest.iter().filter(|item| item.outcome.done().is_some()).count();
    assert_eq!(done, sent);
    let unsent: Vec<_> = rest.iter().filter(|item| matches!(item.outcome, Outcome::NotAttempted { .. })).collect();
    assert_eq!(done + unsent.len(), 1 + rest.len());
    assert!(!unsent.is_empty());
    assert_eq!(unsent[0].outcome.to_string(), "not attempted: follow_check: not sent: the batch was stopped");
}
