//! What was sent, what the service received and did, and what was reported to the client.

use std::collections::HashMap;
use std::time::Duration;

use tim_follow::transport::TransportErrorKind;

use crate::wire::{Request, Target};

/// What a response says about one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// No connection was made.
    NotSent,
    /// The request may have reached the service, but its response was not received or is not one of
    /// the service.
    NoResponse,
    /// The service rejected the call with this code.
    Call(i64),
    /// The target is done, with the relation that follow_check returns.
    Done(Option<i64>),
    /// The service rejected the target with this code.
    Item(i64),
    /// The target is only in the list of failed targets.
    NoCode,
    Missing,
    Contradiction,
    Unreadable,
}

impl Seen {
    pub(crate) fn code(self) -> Option<i64> {
        match self {
            Self::Call(code) | Self::Item(code) => Some(code),
            Self::NoCode => Some(0),
            _ => None,
        }
    }
}

/// How a request ended for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Failed(TransportErrorKind),
    /// A response with an HTTP status other than 200, and the time in `Retry-After`.
    Status(u16, Option<Duration>),
    /// A body with the status 200.
    Body,
}

/// A signature of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Equal signatures have equal numbers.
    pub(crate) number: usize,
    /// When it was made, according to the wall clock of the process.
    pub(crate) unix: u64,
}

/// How a process sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) host: usize,
    pub(crate) signed: Signed,
    pub(crate) at: Duration,
}

/// One request, as a process sent it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) body: Vec<u8>,
    pub(crate) signed: Signed,
    pub(crate) host: usize,
    /// The number of the attempt, from 1.
    pub(crate) number: u32,
    pub(crate) at: Duration,
    /// When the client stopped waiting for the response.
    pub(crate) ended: Option<Duration>,
    pub(crate) end: End,
    /// What the client saw, for each target; one for a command without targets.
    pub(crate) seen: Vec<Seen>,
    /// How often the service received the request.
    pub(crate) received: u32,
    /// Whether the service did what was asked, according to its tables, for each target.
    pub(crate) done: Vec<bool>,
}

type Key = (u32, String, Target);

/// All requests of a run, in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct History {
    sent: Vec<Sent>,
    by_task: HashMap<u32, Vec<usize>>,
    /// The requests with a target, with its position in the request.
    by_target: HashMap<Key, Vec<(usize, usize)>>,
}

impl History {
    /// Adds a request, and returns its number.
    pub(crate) fn push(&mut self, task: u32, request: Request, body: &[u8], attempt: Attempt) -> usize {
        let index = self.sent.len();
        for (position, target) in request.targets.iter().enumerate() {
            let key = (task, request.from.clone(), target.clone());
            self.by_target.entry(key).or_default().push((index, position));
        }
        self.by_task.entry(task).or_default().push(index);
        let count = request.targets.len().max(1);
        self.sent.push(Sent {
            body: body.to_vec(),
            signed: attempt.signed,
            host: attempt.host,
            end: End::Failed(TransportErrorKind::Timeout),
            number: attempt.number,
            at: attempt.at,
            ended: None,
            seen: vec![Seen::NoResponse; count],
            received: 0,
            done: vec![false; count],
            request,
        });
        index
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Sent> {
        self.sent.get(index)
    }

    /// The client stopped waiting for the response. `seen` is what it saw.
    pub(crate) fn end(&mut self, index: usize, at: Duration, seen: Option<(End, Vec<Seen>)>) {
        if let Some(sent) = self.sent.get_mut(index) {
            sent.ended = Some(at);
            if let Some((end, seen)) = seen {
                (sent.end, sent.seen) = (end, seen);
            }
        }
    }

    /// The service received the request, and did this.
    pub(crate) fn receive(&mut self, index: usize, done: &[bool]) {
        if let Some(sent) = self.sent.get_mut(index) {
            sent.received += 1;
            sent.done.iter_mut().zip(done).for_each(|(before, now)| *before |= now);
        }
    }

    /// The requests of a task.
    pub(crate) fn of_task(&self, task: u32) -> impl DoubleEndedIterator<Item = &Sent> {
        self.by_task.get(&task).into_iter().flatten().filter_map(|index| self.sent.get(*index))
    }

    /// The requests of a task with a target, each with what it says about the target.
    pub(crate) fn of_target(&self, task: u32, from: &str, target: &Target) -> Vec<Record> {
        let places = self.by_target.get(&(task, from.to_owned(), target.clone()));
        let record = |(index, position): &(usize, usize)| {
            let sent = self.sent.get(*index)?;
            let (seen, done) = (*sent.seen.get(*position)?, *sent.done.get(*position)?);
            Some(Record { seen, done, received: sent.received > 0, ended: sent.ended })
        };
        places.into_iter().flatten().filter_map(record).collect()
    }

    /// The number of requests of a task with a target.
    pub(crate) fn count(&self, task: u32, from: &str, target: &Target) -> usize {
        self.by_target.get(&(task, from.to_owned(), target.clone())).map_or(0, Vec::len)
    }

    pub(crate) fn len(&self) -> usize {
        self.sent.len()
    }
}

/// What is known about one target of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) seen: Seen,
    pub(crate) done: bool,
    pub(crate) received: bool,
    pub(crate) ended: Option<Duration>,
}
