//! The pairs of an input as a stream, for a batch. A thread reads files and pipes, so calls
//! continue while a pipe has no data.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;

use futures_core::Stream;
use tim_follow::UserId;
use tokio::sync::mpsc::{Receiver, channel};

use super::bad_lines::BadLines;
use super::error::InputError;
use super::source::{InputPosition, Record, Records};

/// The number of records that the thread reads ahead.
const AHEAD: usize = 1024;

/// The pairs of an input. Counts bad lines, and reports them if preflight has not.
pub(crate) struct PairStream<'a> {
    records: Input,
    positions: Positions,
    bad: BadLines<'a>,
    /// Why the input ended early.
    error: Option<InputError>,
}

/// The positions behind the pairs that a stream has returned and whose outcomes are not known yet.
/// Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Positions(Rc<RefCell<Queue>>);

#[derive(Debug)]
struct Queue {
    waiting: VecDeque<InputPosition>,
    last: InputPosition,
}

enum Input {
    /// All of it is here: there is nothing to wait for.
    Arguments(Records),
    Read(Receiver<Result<Record, InputError>>),
}

impl Positions {
    fn new(start: InputPosition) -> Self {
        Self(Rc::new(RefCell::new(Queue { waiting: VecDeque::new(), last: start })))
    }

    fn add(&self, position: InputPosition) {
        self.0.borrow_mut().waiting.push_back(position);
    }

    /// The position behind the oldest pair. Call this once for each outcome, in the order of the
    /// pairs. Without a pair, returns the same position again.
    pub(crate) fn next(&self) -> InputPosition {
        let mut queue = self.0.borrow_mut();
        if let Some(next) = queue.waiting.pop_front() {
            queue.last = next;
        }
        queue.last
    }
}

impl Input {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Record, InputError>>> {
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
                // The batch has ended if the receiver is gone.
                if send.blocking_send(record).is_err() {
                    break;
                }
            }
        });
        Self::Read(receive)
    }
}

impl<'a> PairStream<'a> {
    /// `start` is the position of `records`. Messages about bad lines of the input `name` go to
    /// `print`; give a function without effect if [`Preflight`](super::preflight::Preflight) has
    /// reported them.
    pub(crate) fn new(records: Records, name: String, start: InputPosition, print: impl Fn(&str) + 'a) -> Self {
        // A pipe is read from the start again, and its bad lines are not reported twice.
        let bad = BadLines::new(name, records.bad().max(start.bad), print);
        Self { records: records.into(), positions: Positions::new(start), bad, error: None }
    }

    /// The positions of the pairs, in their order.
    pub(crate) fn positions(&self) -> Positions {
        self.positions.clone()
    }

    /// The number of bad lines up to the last pair that was read, from the start of the input.
    pub(crate) fn bad(&self) -> u64 {
        self.bad.total()
    }

    /// Whether the input ended early.
    pub(crate) fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// Why the input ended early, if it did.
    pub(crate) fn take_error(&mut self) -> Option<InputError> {
        self.error.take()
    }
}

impl Stream for PairStream<'_> {
    type Item = (UserId, UserId);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<(UserId, UserId)>> {
        loop {
            match self.records.poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    self.bad.finish();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Ok(Record::Pair(from, to, position)))) => {
                    self.positions.add(position);
                    return Poll::Ready(Some((from, to)));
                }
                Poll::Ready(Some(Ok(Record::Bad(why)))) => self.bad.add(&why),
                Poll::Ready(Some(Err(error))) => {
                    self.bad.finish();
                    self.error = Some(error);
                    return Poll::Ready(None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::input::source::Source;

    #[test]
    fn arguments_are_all_there_at_once() {
        let pairs: Vec<_> = (0..3000).map(|number| ("alice".into(), format!("user-{number}").into())).collect();
        let source = Source::Arguments(pairs.clone());
        let start = InputPosition::default();
        let mut stream = PairStream::new(source.open().unwrap(), source.name(), start, |_| {});
        let positions = stream.positions();
        let mut cx = Context::from_waker(Waker::noop());
        for pair in pairs {
            assert_eq!(Pin::new(&mut stream).poll_next(&mut cx), Poll::Ready(Some(pair)));
        }
        assert_eq!(Pin::new(&mut stream).poll_next(&mut cx), Poll::Ready(None));
        let lines: Vec<_> = (0..3001).map(|_| positions.next().line).collect();
        assert_eq!((lines[0], lines[2999], lines[3000]), (1, 3000, 3000));
    }
}
