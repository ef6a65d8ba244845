//! Hands the input to a batch. A thread reads it, so that calls go on while a pipe has nothing to say.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use futures_core::Stream;
use tim_follow::UserId;
use tokio::sync::mpsc::{Receiver, channel};

use super::input::{Record, Records};
use super::progress::Progress;
use super::record::Pair;

/// How many records the thread is ahead.
const AHEAD: usize = 1024;

/// The pairs of an input; says on standard error which lines are none.
pub(crate) struct Feed<'a> {
    records: Receiver<io::Result<Record>>,
    name: String,
    progress: &'a Progress,
    /// Lines that are no pairs.
    pub(crate) bad: u64,
    /// Why the input ended early.
    pub(crate) error: Option<io::Error>,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(records: Records, name: String, progress: &'a Progress) -> Self {
        let (send, receive) = channel(AHEAD);
        thread::spawn(move || {
            for record in records {
                // The batch is over when nobody takes it.
                if send.blocking_send(record).is_err() {
                    break;
                }
            }
        });
        Self { records: receive, name, progress, bad: 0, error: None }
    }
}

impl Stream for Feed<'_> {
    type Item = Pair;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<(UserId, UserId)>> {
        loop {
            match self.records.poll_recv(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Ok(Record::Pair(from, to)))) => return Poll::Ready(Some((from, to))),
                Poll::Ready(Some(Ok(Record::Bad(why)))) => {
                    self.bad += 1;
                    self.progress.note(format_args!("tim: {}, {why}", self.name));
                }
                Poll::Ready(Some(Err(error))) => {
                    self.error = Some(error);
                    return Poll::Ready(None);
                }
            }
        }
    }
}
