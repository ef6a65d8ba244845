//! Hands the input to a batch. A thread reads files and pipes, so that calls go on while a pipe has nothing to say.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use futures_core::Stream;
use tim_follow::UserId;
use tokio::sync::mpsc::{Receiver, channel};

use super::record::Pair;
use super::source::{Record, Records};
use crate::run::progress::Progress;

/// How many records the thread is ahead.
const AHEAD: usize = 1024;

/// The pairs of an input; says on standard error which lines are none.
pub(crate) struct Feed<'a> {
    records: Input,
    name: String,
    progress: &'a Progress,
    /// Lines that are no pairs.
    pub(crate) bad: u64,
    /// Why the input ended early.
    pub(crate) error: Option<io::Error>,
}

enum Input {
    /// All of it is here: there is nothing to wait for.
    Arguments(Records),
    Read(Receiver<io::Result<Record>>),
}

impl Input {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Record>>> {
        match self {
            Self::Arguments(records) => Poll::Ready(records.next()),
            Self::Read(records) => records.poll_recv(cx),
        }
    }
}

impl From<Records> for Input {
    fn from(records: Records) -> Self {
        if let Records::Arguments(_) = records {
            return Self::Arguments(records);
        }
        let (send, receive) = channel(AHEAD);
        thread::spawn(move || {
            for record in records {
                // The batch is over when nobody takes it.
                if send.blocking_send(record).is_err() {
                    break;
                }
            }
        });
        Self::Read(receive)
    }
}

impl<'a> Feed<'a> {
    pub(crate) fn new(records: Records, name: String, progress: &'a Progress) -> Self {
        Self { records: records.into(), name, progress, bad: 0, error: None }
    }
}

impl Stream for Feed<'_> {
    type Item = Pair;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<(UserId, UserId)>> {
        loop {
            match self.records.poll_next(cx) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Waker;

    use tim_follow::transport::ClockReading;

    use super::*;
    use crate::input::source::Source;
    use crate::run::progress::Meter;

    #[test]
    fn arguments_are_all_there_at_once() {
        let progress = Progress::new(None, None, Arc::new(Meter::default()), false, ClockReading::system().instant);
        let pairs: Vec<_> = (0..3000).map(|number| ("alice".into(), format!("user-{number}").into())).collect();
        let source = Source::Arguments(pairs.clone());
        let mut feed = Feed::new(source.open().unwrap(), source.name(), &progress);
        let mut cx = Context::from_waker(Waker::noop());
        for pair in pairs {
            assert_eq!(Pin::new(&mut feed).poll_next(&mut cx), Poll::Ready(Some(pair)));
        }
        assert_eq!(Pin::new(&mut feed).poll_next(&mut cx), Poll::Ready(None));
    }
}
