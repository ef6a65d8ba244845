//! Batches whose targets come from a stream one by one, in virtual time.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use tim_follow::transport::{ClockReading, Request, Response, TransportError};
use tim_follow::{Batch as _, Client, Config, Region, SdkAppId, SecretKey, Transport, UserId, follow};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, sleep};

/// Responds after this time, and records the time and the number of targets of each request.
#[derive(Debug)]
struct Service(Duration, Mutex<Vec<(Instant, usize)>>);

#[async_trait]
impl Transport for Service {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let targets = body["To_Account"].as_array().unwrap();
        self.1.lock().unwrap().push((Instant::now(), targets.len()));
        sleep(self.0).await;
        let item = |to| serde_json::json!({"To_Account": to, "ResultCode": 0, "ResultInfo": "", "FollowType": 0});
        let items: Vec<_> = targets.iter().map(item).collect();
        Ok(Response::new(200, serde_json::json!({"ResultItem": items, "ErrorCode": 0}).to_string()))
    }

    async fn sleep(&self, time: Duration) {
        sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        ClockReading::at(Instant::now().into_std())
    }
}

struct Targets(Receiver<UserId>);

impl Stream for Targets {
    type Item = UserId;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<UserId>> {
        self.0.poll_recv(cx)
    }
}

/// Sends this many targets, each `apart` milliseconds after the one before. Returns for each call
/// the time after the first target, in milliseconds, and the number of its targets.
async fn calls(targets: usize, apart: u64, latency: u64) -> Vec<(u128, usize)> {
    let (send, receive) = channel(1);
    let service = Arc::new(Service(Duration::from_millis(latency), Mutex::default()));
    let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
    let client = Client::with_transport(config, service.clone()).unwrap();
    let first = Instant::now() + Duration::from_secs(1);
    tokio::spawn(async move {
        tokio::time::sleep_until(first).await;
        for number in 0..targets {
            send.send(UserId::from(format!("user-{number}"))).await.unwrap();
            sleep(Duration::from_millis(apart)).await;
        }
    });
    let report = client.batch_stream(follow::Check::template("alice"), Targets(receive)).collect().await;
    assert_eq!(report.done, targets);
    let calls = service.1.lock().unwrap();
    calls.iter().map(|(at, targets)| ((*at - first).as_millis(), *targets)).collect()
}

#[tokio::test(start_paused = true)]
async fn targets_that_follow_closely_share_a_call() {
    assert_eq!(calls(3, 10, 100).await, [(30, 3)], "at the end of the input");
    let full = follow::Check::MAX_TARGETS;
    assert_eq!(calls(full, 0, 100).await, [(0, full)], "as soon as the call is full");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_full_waits_50_ms_for_more_targets() {
    assert_eq!(calls(3, 1000, 100).await, [(50, 1), (1050, 1), (2050, 1)]);
    let steady = calls(20, 20, 100).await;
    assert_eq!(steady[0], (50, 3), "a stream that never pauses does not delay it further: {steady:?}");
}
