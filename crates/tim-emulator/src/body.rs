//! Reads the bodies of requests within limits, and creates the bodies of responses.

use std::error::Error;
use std::time::Duration;

use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Body as HttpBody, Bytes};
use tokio::time::{sleep, timeout};

/// The body of a response. Most bodies of calls are `Full`, which needs no further allocation.
pub(crate) type Body = Either<Full<Bytes>, axum::body::Body>;

/// The error that ends a body in the middle and closes the connection.
#[derive(Debug, thiserror::Error)]
#[error("the response is cut off")]
pub(crate) struct Broken;

/// Maximum time to read the body of a request.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum number of bytes to read and discard from a body that is too large. Many clients read the
/// response only after they have sent the whole body.
const MAX_DISCARDED: usize = 16 * 1024 * 1024;
/// The pause before the connection is closed, so that earlier data is sent. An error would discard
/// that data.
const BEFORE_BREAKING: Duration = Duration::from_millis(20);

/// Reads a body. Returns `None` if it is larger than `limit`, takes longer than 30 s, or is
/// incomplete.
pub(crate) async fn read<B>(mut body: B, limit: usize) -> Option<Bytes>
where
    B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let read = async {
        if let Ok(whole) = Limited::new(&mut body, limit).collect().await {
            return Some(whole.to_bytes());
        }
        discard(&mut body).await;
        None
    };
    timeout(READ_TIMEOUT, read).await.ok()?
}

/// Reads the rest of a body, at most [`MAX_DISCARDED`] bytes, and discards it.
pub(crate) async fn discard(body: &mut (impl HttpBody<Data = Bytes> + Unpin)) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await
        && discarded < MAX_DISCARDED
    {
        discarded += frame.data_ref().map_or(0, Bytes::len);
    }
}

pub(crate) fn whole(body: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(body.into()))
}

/// Returns a body that sends the first `at` bytes and then closes the connection.
pub(crate) fn truncated(body: Bytes, at: usize) -> Body {
    Either::Right(stream(async move |mut to| {
        let _ = to.send_data(body.slice(..at)).await;
        cut_off(to).await;
    }))
}

/// Returns a body that is sent byte by byte, with this pause before each byte.
pub(crate) fn slow(body: Bytes, pause: Duration) -> Body {
    Either::Right(stream(async move |mut to| {
        for at in 0..body.len() {
            sleep(pause).await;
            if to.send_data(body.slice(at..=at)).await.is_err() {
                return;
            }
        }
    }))
}

/// Returns the body with a value that is dropped after the body was sent. A whole body is sent at
/// once, so it does not keep the value.
pub(crate) fn holding(body: Body, held: impl Send + 'static) -> Body {
    let Either::Right(body) = body else { return body };
    Either::Right(axum::body::Body::new(body.map_frame(move |frame| {
        let _ = &held;
        frame
    })))
}

/// Returns a body that a task writes. The task waits if the client reads slowly. Its sends fail
/// after the client has disconnected.
pub(crate) fn stream<W: Future<Output = ()> + Send + 'static>(
    write: impl FnOnce(Sender<Bytes, Broken>) -> W,
) -> axum::body::Body {
    let (to, body) = Channel::new(1);
    tokio::spawn(write(to));
    axum::body::Body::new(body)
}

/// Ends a body with an error, so that the client detects that the body is incomplete.
pub(crate) async fn cut_off(to: Sender<Bytes, Broken>) {
    sleep(BEFORE_BREAKING).await;
    to.abort(Broken);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_value_is_held_until_the_body_is_sent() {
        let held = Arc::new(());
        let sent = holding(whole("ab"), Arc::clone(&held));
        assert_eq!(Arc::strong_count(&held), 1);
        let mut slow = holding(slow("ab".into(), Duration::ZERO), Arc::clone(&held));
        slow.frame().await.unwrap().unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop((sent, slow));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
