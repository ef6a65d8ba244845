//! The targets of an input as a stream, for a batch. A thread reads files and pipes, so calls
//! continue while a pipe has no data.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;

use futures_core::Stream;
use tim_follow::{Pair, UserId};
use tokio::sync::mpsc::{Receiver, channel};

use super::bad_lines::BadLines;
use super::error::InputError;
use super::from_line::FromLine;
use super::position::{InputState, PositionQueue};
use super::source::{Record, Records};

/// The number of records that the thread reads ahead.
const AHEAD: usize = 1024;

/// The targets of an input. Counts bad lines, and reports them if preflight has not.
pub(crate) struct PairStream<'a, T = UserId> {
    records: Input<T>,
    positions: Positions,
    bad: BadLines<'a>,
    /// Why the input ended early.
    error: Option<InputError>,
}

/// The states behind the targets that a stream has returned. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Positions(Rc<RefCell<PositionQueue>>);

enum Input<T> {
    /// All of it is in memory.
    Arguments(Records<T>),
    Read(Receiver<Result<Record<T>, InputError>>),
}

impl Positions {
    fn new(start: InputState) -> Self {
        Self(Rc::new(RefCell::new(PositionQueue::new(start))))
    }

    fn add(&self, state: InputState) {
        self.0.borrow_mut().add(state);
    }

    /// The state behind the oldest target. Call this once for each outcome, in the order of the
    /// targets.
    pub(crate) fn next(&self) -> InputState {
        self.0.borrow_mut().next()
    }
}

impl<T: FromLine> Input<T> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Record<T>, InputError>>> {
        match self {
            Self::Arguments(records) => Poll::Ready(records.next()),
            Self::Read(records) => records.poll_recv(cx),
        }
    }
}

impl<T: FromLine> From<Records<T>> for Input<T> {
    fn from(records: Records<T>) -> Self {
        if records.is_arguments() {
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

impl<'a, T: FromLine> PairStream<'a, T> {
    /// `start` is the state of `records`. Messages about bad lines of the input `name` go to
    /// `print`; give a function without effect if [`Preflight`](super::preflight::Preflight) has
    /// reported them.
    pub(crate) fn new(records: Records<T>, name: String, start: InputState, print: impl Fn(&str) + 'a) -> Self {
        // A pipe is read from the start again, and its bad lines are not reported twice.
        let bad = BadLines::new(name, records.bad().max(start.position.bad), print);
        Self { records: records.into(), positions: Positions::new(start), bad, error: None }
    }

    /// The states behind the targets, in their order.
    pub(crate) fn positions(&self) -> Positions {
        self.positions.clone()
    }

    /// The number of bad lines up to the last target that was read, from the start of the input.
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

impl<T: FromLine> Stream for PairStream<'_, T> {
    type Item = Pair<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Pair<T>>> {
        loop {
            match self.records.poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    self.bad.finish();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Ok(Record::Target(pair, state)))) => {
                    self.positions.add(state);
                    return Poll::Ready(Some(pair));
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
    use crate::input::fields::Fields;
    use crate::input::line::LineTarget;
    use crate::input::source::Source;

    #[test]
    fn arguments_are_all_there_at_once() {
        let target = |number| LineTarget {
            from: "alice".into(),
            user: format!("user-{number}").into(),
            fields: Fields::default(),
        };
        let pairs: Vec<_> = (0..3000).map(target).collect();
        let source = Source::Arguments(pairs.clone());
        let start = InputState::default();
        let mut stream = PairStream::<UserId>::new(source.open().unwrap(), source.name(), start, |_| {});
        let positions = stream.positions();
        let mut cx = Context::from_waker(Waker::noop());
        for LineTarget { from, user, .. } in pairs {
            let pair = Pair { from, target: user };
            assert_eq!(Pin::new(&mut stream).poll_next(&mut cx), Poll::Ready(Some(pair)));
        }
        assert_eq!(Pin::new(&mut stream).poll_next(&mut cx), Poll::Ready(None));
        let lines: Vec<_> = (0..3001).map(|_| positions.next().position.line).collect();
        assert_eq!((lines[0], lines[2999], lines[3000]), (1, 3000, 3000));
    }
}
