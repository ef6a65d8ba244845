//! A transport that never responds and ignores the limits of the request.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;
use tim_follow::transport::{
    BlockingTransport, ClockReading, MockTransport, Request, Response, Transport, TransportError, TransportErrorKind,
};
use tim_follow::{Client, ErrorKind, Limits, Outcome, follow};

use crate::clients::{config, elapsed};

/// Records requests and never responds; its time is that of the mock.
#[derive(Debug, Clone)]
struct Mute(MockTransport);

#[async_trait]
impl Transport for Mute {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let _ = BlockingTransport::send(&self.0, request);
        std::future::pending().await
    }

    async fn sleep(&self, time: Duration) {
        BlockingTransport::sleep(&self.0, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(&self.0)
    }
}

fn client(limits: Limits) -> (Client, MockTransport) {
    let script = MockTransport::new([]);
    let client = Client::with_transport(config().limits(limits), Arc::new(Mute(script.clone()))).unwrap();
    (client, script)
}

#[test]
fn a_call_ends_at_its_deadline() {
    let (client, script) = client(Limits::default().deadline(Duration::from_secs(2)));
    let start = BlockingTransport::now(&script).instant;
    let error = block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Transport(error) if error.kind() == TransportErrorKind::Timeout),
        "{error}"
    );
    assert_eq!((error.attempts(), elapsed(&script, start)), (1, Duration::from_secs(2)));
    assert!(error.may_have_reached_service());
    assert_eq!(
        error.to_string(),
        "follow_add: no response in time: the transport did not end within 2s; the service may have processed the request; send it \
         again, or allow more time [https://adminapisgp.im.qcloud.com]"
    );
}

#[test]
fn every_attempt_has_its_own_limit() {
    let (client, script) = client(Limits::default().max_attempts(3).attempt_timeout(Duration::from_secs(1)));
    let error = block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap_err();
    assert_eq!((error.attempts(), script.requests().len()), (3, 3), "{error}");
}

#[test]
fn the_targets_of_a_batch_are_unknown() {
    let (client, script) = client(Limits::default().deadline(Duration::from_secs(2)));
    let start = BlockingTransport::now(&script).instant;
    let mut outcomes = client.batch(follow::Add::template("alice"), ["bob", "carol"]);
    for _ in 0..2 {
        let item = block_on(outcomes.next()).unwrap();
        assert!(matches!(item.outcome, Outcome::Unknown { .. }), "{:?}", item.outcome);
    }
    assert_eq!(elapsed(&script, start), Duration::from_secs(2));
}
