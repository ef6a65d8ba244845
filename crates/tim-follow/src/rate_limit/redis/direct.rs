//! The rate limiter without the thread and the connection, for simulations.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::RedisRateLimiter;
use super::round::{Message, Round};
use super::wait_list::WaitList;

/// Takes the place of the thread and the connection. Not stable: it can change in any version.
pub trait DirectRedis: fmt::Debug + Send + Sync {
    /// Takes a message. It must not wait for the result, which comes with a [`DirectRound`].
    fn send(&self, message: DirectMessage);
}

/// A message of a rate limiter to Redis. Not stable: it can change in any version.
pub struct DirectMessage {
    message: Message,
    waiting: Arc<WaitList>,
}

/// The messages that are sent together. Not stable: it can change in any version.
pub struct DirectRound(Round);

/// A command of Redis. Not stable: it can change in any version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectCommand {
    /// Its name and arguments. `script` is the hash of the script.
    pub words: Vec<String>,
    /// Whether its response is a delay in microseconds. The responses to the others are ignored.
    pub has_delay: bool,
}

impl RedisRateLimiter {
    /// Creates a rate limiter that sends its messages to `redis`. `process` has to be different for
    /// each rate limiter. Not stable: it can change in any version.
    #[doc(hidden)]
    pub fn direct(redis: Arc<dyn DirectRedis>, process: u64) -> Self {
        let waiting = Arc::new(WaitList::new(process));
        let list = Arc::clone(&waiting);
        Self::with_sender(waiting, move |message| redis.send(DirectMessage { message, waiting: Arc::clone(&list) }))
    }
}

impl DirectRound {
    /// Takes the messages of one round trip from the front of the queue, which has those of one
    /// rate limiter. `None` if there are none.
    pub fn take(queue: &mut VecDeque<DirectMessage>) -> Option<Self> {
        let DirectMessage { message, waiting } = queue.pop_front()?;
        let others = std::iter::from_fn(|| queue.pop_front().map(|next| next.message));
        Some(Self(Round::new(waiting, message, others)))
    }

    /// The commands to send together.
    pub fn commands(&self) -> Vec<DirectCommand> {
        let commands = self.0.commands("script");
        commands.map(|command| DirectCommand { words: command.words, has_delay: command.has_delay }).collect()
    }

    /// Whether to send the commands again on a new connection after they failed. `was_connected` is
    /// whether they failed on a connection that had been made.
    pub fn repeats(&mut self, was_connected: bool) -> bool {
        self.0.repeats(was_connected)
    }

    /// Ends the round trip with the delays that Redis returned, in microseconds, or with why it is
    /// unavailable.
    pub fn end(self, result: Result<Vec<u64>, String>) {
        self.0.end(result);
    }
}

impl fmt::Debug for DirectMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectMessage").finish_non_exhaustive()
    }
}

impl fmt::Debug for DirectRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectRound").finish_non_exhaustive()
    }
}
