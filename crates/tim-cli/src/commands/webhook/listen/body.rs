//! Reads the body of a request within limits.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use tim_webhook::Rejection;
use tokio::time::timeout;

/// The time in which the body has to come. The service waits as long for the whole response.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// The most bytes that are read and discarded of a request that is rejected. Many clients read the
/// response only after they have sent the whole body.
const MAX_DISCARDED: usize = 16 << 20;

/// Reads the body, and at most one byte more than `limit`. The receiver rejects a longer one.
pub(super) async fn read(body: &mut Body, limit: usize) -> Result<Vec<u8>, Rejection> {
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = next(body).await {
            let chunk = chunk.map_err(|_| Rejection::Incomplete)?;
            let room = limit.saturating_add(1).saturating_sub(bytes.len());
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if bytes.len() > limit {
                break;
            }
        }
        Ok(bytes)
    };
    timeout(READ_TIMEOUT, read).await.map_err(|_| Rejection::TooSlow)?
}

/// Reads the rest of a body, up to a limit, so that the client reads the response.
pub(super) async fn discard(body: &mut Body) {
    let discard = async {
        let mut discarded = 0_usize;
        while let Some(Ok(chunk)) = next(body).await {
            discarded = discarded.saturating_add(chunk.len());
            if discarded > MAX_DISCARDED {
                break;
            }
        }
    };
    let _ = timeout(READ_TIMEOUT, discard).await;
}

/// The next data of a body. Trailers are empty data.
async fn next(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}
