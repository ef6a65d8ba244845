//! Import and export of the whole state. Both are streamed.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Buf as _, Bytes};
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::request::{Name, NoQuery};
use super::state::existing;
use super::{AdminError, App, Json, Reply};
use crate::body;
use crate::state::{State, StateError};

/// The maximum number of chunks that wait between the network and the job.
const CHUNKS: usize = 4;
/// The size of a chunk of an export, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// The maximum time without data from the body of an import.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum time to read the rest of a body after the job has ended early. Many clients read the
/// response only after they have sent the whole body.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Imports the records of the body into the state.
pub(super) async fn import(Extract(server): App, _: NoQuery, body: Body) -> Reply {
    receive(body, move |reader| State(&server).import(reader)).await
}

/// Creates a snapshot from the records of the body.
pub(super) async fn import_snapshot(Extract(server): App, _: NoQuery, Name(name): Name, body: Body) -> Reply {
    receive(body, move |reader| State(&server).import_snapshot(&name, reader)).await
}

/// Imports the records of the body while it arrives. If the body is incomplete, the job fails and
/// nothing is imported.
async fn receive(
    mut body: Body,
    import: impl FnOnce(BufReader<BodyReader>) -> Result<u64, StateError> + Send + 'static,
) -> Reply {
    let (to, from) = channel(CHUNKS);
    let reader = BodyReader { from, chunk: Bytes::new(), is_complete: false };
    let job = spawn_blocking(move || import(BufReader::new(reader)));
    let forwarded = forward(&mut body, to).await;
    let imported = job.await.map_err(AdminError::failed)?;
    match (imported, forwarded) {
        (Ok(lines), _) => Json::of(json!({ "lines": lines })),
        (Err(_), Forwarded::Idle) => Err(AdminError::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("no data of the body arrived for {} s: nothing was imported", IDLE_TIMEOUT.as_secs()),
        )),
        (Err(error), Forwarded::EndedEarly) => {
            let _ = timeout(DISCARD_TIMEOUT, body::discard(&mut body)).await;
            Err(error.into())
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// The result of forwarding the body to the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forwarded {
    Complete,
    /// The client disconnected, or the body is malformed.
    Broken,
    Idle,
    /// The job ended before the body.
    EndedEarly,
}

/// Sends the body to the job, and `None` after the end of the body. If `to` is dropped before that,
/// the job knows that the body is incomplete. This also happens if the client disconnects, because
/// then this future is dropped.
async fn forward(body: &mut Body, to: Sender<Option<Bytes>>) -> Forwarded {
    loop {
        let frame = tokio::select! {
            frame = timeout(IDLE_TIMEOUT, body.frame()) => frame,
            () = to.closed() => return Forwarded::EndedEarly,
        };
        let chunk = match frame {
            Ok(Some(Ok(frame))) => frame.into_data().ok().filter(|data| !data.is_empty()),
            Ok(Some(Err(_))) => return Forwarded::Broken,
            Ok(None) => {
                let _ = to.send(None).await;
                return Forwarded::Complete;
            }
            Err(_) => return Forwarded::Idle,
        };
        if let Some(chunk) = chunk
            && to.send(Some(chunk)).await.is_err()
        {
            return Forwarded::EndedEarly;
        }
    }
}

/// Reads a body; blocks until data arrives.
struct BodyReader {
    from: Receiver<Option<Bytes>>,
    chunk: Bytes,
    is_complete: bool,
}

impl Read for BodyReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() && !self.is_complete {
            match self.from.blocking_recv() {
                Some(Some(chunk)) => self.chunk = chunk,
                Some(None) => self.is_complete = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the body is incomplete")),
            }
        }
        let length = self.chunk.len().min(to.len());
        let (to, _) = to.split_at_mut(length);
        self.chunk.copy_to_slice(to);
        Ok(length)
    }
}

pub(super) async fn export(Extract(server): App, _: NoQuery) -> Result<Response, AdminError> {
    send("world", move |writer| State(&server).export(writer)).await
}

pub(super) async fn export_snapshot(
    Extract(server): App,
    Name(name): Name,
    _: NoQuery,
) -> Result<Response, AdminError> {
    existing(&server, &name)?;
    let file = name.clone();
    send(&file, move |writer| State(&server).export_snapshot(&name, writer)).await
}

/// Sends the state while it is read, as a file with this name. If the job fails after the first
/// chunk, the connection is closed.
async fn send(
    file: &str,
    export: impl FnOnce(BufWriter<BodyWriter>) -> Result<(), StateError> + Send + 'static,
) -> Result<Response, AdminError> {
    let headers = [(CONTENT_TYPE, "application/x-ndjson".to_owned()), (CONTENT_DISPOSITION, attachment(file))];
    let (to, mut chunks) = channel(CHUNKS);
    let job = spawn_blocking(move || export(BufWriter::with_capacity(CHUNK_BYTES, BodyWriter { to })));
    // Before the first chunk, the response can still report an error.
    let Some(first) = chunks.recv().await else {
        job.await.map_err(AdminError::failed)??;
        return Ok((headers, Body::empty()).into_response());
    };
    let body = body::stream(async move |mut to| {
        let mut next = Some(first);
        while let Some(chunk) = next {
            if to.send_data(chunk).await.is_err() {
                // The client has disconnected. The job ends when it writes the next chunk.
                return;
            }
            next = chunks.recv().await;
        }
        if !matches!(job.await, Ok(Ok(()))) {
            body::cut_off(to).await;
        }
    });
    Ok((headers, body).into_response())
}

/// Returns the value of `Content-Disposition` for an NDJSON file with this name. Characters that a
/// file name or the header cannot have become `_`. A second name keeps letters of all alphabets.
fn attachment(name: &str) -> String {
    let is_safe = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let safe: String = name.chars().map(|letter| if is_safe(letter) { letter } else { '_' }).collect();
    // A file whose name starts with a dot is hidden.
    let safe = if safe.starts_with('.') { safe.replacen('.', "_", 1) } else { safe };
    let ascii: String = safe.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{ascii}.ndjson\"");
    if ascii != safe {
        let encoded = utf8_percent_encode(&safe, NON_ALPHANUMERIC);
        header.push_str(&format!("; filename*=UTF-8''{encoded}.ndjson"));
    }
    header
}

/// Writes a body; blocks until there is room.
struct BodyWriter {
    to: Sender<Bytes>,
}

impl Write for BodyWriter {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let sent = self.to.blocking_send(Bytes::copy_from_slice(chunk));
        sent.map(|()| chunk.len()).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the client has disconnected"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::channel::Channel;

    use super::*;

    fn reader() -> (Sender<Option<Bytes>>, BodyReader) {
        let (to, from) = channel(CHUNKS);
        (to, BodyReader { from, chunk: Bytes::new(), is_complete: false })
    }

    #[test]
    fn only_a_complete_body_has_an_end() {
        let (to, mut body) = reader();
        to.blocking_send(Some("alice,bob\n".into())).unwrap();
        to.blocking_send(Some("bob".into())).unwrap();
        to.blocking_send(None).unwrap();
        drop(to);
        assert_eq!(io::read_to_string(&mut body).unwrap(), "alice,bob\nbob");

        let (to, mut body) = reader();
        to.blocking_send(Some("alice,bob\n".into())).unwrap();
        drop(to);
        assert_eq!(io::read_to_string(&mut body).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn the_name_of_a_file_is_safe() {
        for (name, header) in [
            ("friends-1.2", "filename=\"friends-1.2.ndjson\""),
            ("../a b\"\r\n;c", "filename=\"_._a_b____c.ndjson\""),
            ("好友", "filename=\"__.ndjson\"; filename*=UTF-8''%E5%A5%BD%E5%8F%8B.ndjson"),
            ("/é", "filename=\"__.ndjson\"; filename*=UTF-8''%5F%C3%A9.ndjson"),
        ] {
            assert_eq!(attachment(name), format!("attachment; {header}"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_sends_nothing_for_30_seconds_is_given_up() {
        let (mut client, body) = Channel::<Bytes, Infallible>::new(1);
        let (to, mut from) = channel(CHUNKS);
        let forwarded = tokio::spawn(async move { forward(&mut Body::new(body), to).await });
        for _ in 0..2 {
            tokio::time::sleep(IDLE_TIMEOUT - Duration::from_secs(1)).await;
            client.send_data("x".into()).await.unwrap();
            assert_eq!(from.recv().await, Some(Some("x".into())));
        }
        tokio::time::sleep(IDLE_TIMEOUT + Duration::from_secs(1)).await;
        assert_eq!(forwarded.await.unwrap(), Forwarded::Idle);
        assert_eq!(from.recv().await, None, "without the mark of the end");
    }
}
