//! Bodies of answers: whole, broken, slow, or one that goes on while somebody listens.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::channel::{Channel, Sender};
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep, timeout};

use crate::call_log::{CallRecord, Watch};

pub(crate) type Body = Either<Full<Bytes>, Channel<Bytes, Broken>>;

/// The body ends in the middle.
#[derive(Debug, thiserror::Error)]
#[error("the answer is broken off on request")]
pub(crate) struct Broken;

/// Long enough for what was sent before to leave; an error takes it along otherwise.
const BEFORE_BREAKING: Duration = Duration::from_millis(20);
/// How often a stream without events says that it lives, which is how a reader that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(crate) fn whole(body: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(body.into()))
}

/// The first `at` bytes.
pub(crate) fn truncated(body: Bytes, at: usize) -> Body {
    stream(async move |mut to| {
        let _ = to.send_data(body.slice(..at)).await;
        sleep(BEFORE_BREAKING).await;
        to.abort(Broken);
    })
}

/// Byte by byte, with this pause before each.
pub(crate) fn slow(body: Bytes, pause: Duration) -> Body {
    stream(async move |mut to| {
        for at in 0..body.len() {
            sleep(pause).await;
            if to.send_data(body.slice(at..=at)).await.is_err() {
                return;
            }
        }
    })
}

/// Server-sent events: calls that were recorded, then each new one until the emulator stops. A reader that is too slow
/// loses some and is told how many.
pub(crate) fn events(recorded: Vec<Arc<CallRecord>>, mut new: Watch) -> Body {
    stream(async move |mut to| {
        // The headers leave with the first bytes.
        let mut event = ": events of the emulator\n\n".to_owned();
        event.extend(recorded.iter().map(|call| call_event(call)));
        while to.send_data(event.into()).await.is_ok() {
            event = match timeout(HEARTBEAT, new.recv()).await {
                Ok(Ok(Some(call))) => call_event(&call),
                Ok(Err(RecvError::Lagged(calls))) => format!("event: lost\ndata: {{\"calls\":{calls}}}\n\n"),
                Ok(Ok(None) | Err(RecvError::Closed)) => return,
                Err(_) => ":\n\n".to_owned(),
            };
        }
    })
}

fn call_event(call: &CallRecord) -> String {
    let json = serde_json::to_string(call).unwrap_or_default();
    format!("event: call\nid: {}\ndata: {json}\n\n", call.number)
}

/// A body that a task writes. Whoever reads too slowly makes it wait.
fn stream<W: Future<Output = ()> + Send + 'static>(write: impl FnOnce(Sender<Bytes, Broken>) -> W) -> Body {
    let (to, body) = Channel::new(1);
    tokio::spawn(write(to));
    Either::Right(body)
}
