//! One round trip with Redis, without the connection: what is sent, and what follows from the
//! result.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use super::wait_list::{ThrottleKey, WaitList};
use crate::rate_limit::Notifier;
use crate::rate_limit::pace::{CUT_MEMORY, CUT_PAUSE, FIRST_CUT, FURTHER_CUT, REGAINED, SHARED_WINDOW};

/// The most messages in one round trip.
const MAX_PIPELINE: usize = 256;
/// How long Redis keeps the keys of a command that is not called.
const KEY_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A message of the rate limiter to Redis.
pub(super) enum Message {
    /// Try to acquire a slot for a waiter.
    Acquire { number: u64, keys: Keys, limit: u32, throttled: Option<ThrottleKey>, notifier: Notifier },
    /// Remove a waiter.
    Cancel { number: u64, keys: Keys },
    /// Check whether Redis is available again.
    Probe,
}

/// The keys of the calls of one command.
pub(super) struct Keys {
    pub(super) calls: String,
    pub(super) facts: String,
}

/// The messages of one round trip. Calls that wait for it are woken at its end, or when it is
/// dropped.
pub(super) struct Round {
    messages: Vec<Message>,
    waiting: Arc<WaitList>,
    is_repeated: bool,
}

/// A command of Redis.
pub(super) struct Command {
    /// Its name and arguments.
    pub(super) words: Vec<String>,
    /// Whether it returns a delay in microseconds. The responses to the others are ignored.
    pub(super) has_delay: bool,
}

impl Round {
    /// Takes the first message and those behind it, as many as fit into one round trip.
    pub(super) fn new(waiting: Arc<WaitList>, first: Message, others: impl Iterator<Item = Message>) -> Self {
        let messages = iter::once(first).chain(others.take(MAX_PIPELINE - 1)).collect();
        Self { messages, waiting, is_repeated: false }
    }

    /// The commands to send together. `script` is the hash of the script.
    pub(super) fn commands(&self, script: &str) -> impl Iterator<Item = Command> {
        self.messages.iter().map(|message| match message {
            Message::Acquire { number, keys, limit, throttled, .. } => {
                let words = ["EVALSHA", script, "2", &keys.calls, &keys.facts, &self.waiting.id(*number)];
                let numbers = [
                    u64::from(*limit),
                    micros(SHARED_WINDOW),
                    u64::from(throttled.is_some()),
                    KEY_TTL.as_millis() as u64,
                    micros(CUT_PAUSE),
                    micros(CUT_MEMORY),
                    FIRST_CUT.into(),
                    FURTHER_CUT.into(),
                    REGAINED.into(),
                ];
                let words = words.map(str::to_owned).into_iter().chain(numbers.map(|number| number.to_string()));
                Command { words: words.collect(), has_delay: true }
            }
            Message::Cancel { number, keys } => without_delay(&["ZREM", &keys.calls, &self.waiting.id(*number)]),
            Message::Probe => without_delay(&["PING"]),
        })
    }

    /// Whether to send the commands again on a new connection after they failed. An idle connection
    /// may have been closed, which does not mean that Redis is unavailable. A second exchange is
    /// safe after a lost response: if that granted a slot, the slot stays counted.
    pub(super) fn repeats(&mut self, was_connected: bool) -> bool {
        was_connected && !std::mem::replace(&mut self.is_repeated, true)
    }

    /// Ends with the delays that Redis returned, in microseconds, or with why it is unavailable.
    pub(super) fn end(mut self, result: Result<Vec<u64>, String>) {
        match result {
            Ok(delays) => {
                let numbers = self.messages.iter().filter_map(|message| match message {
                    Message::Acquire { number, .. } => Some(*number),
                    _ => None,
                });
                self.waiting.on_delays(numbers.zip(delays.into_iter().map(Duration::from_micros)));
            }
            Err(reason) => {
                let throttled = self.messages.iter_mut().filter_map(|message| match message {
                    Message::Acquire { throttled, .. } => throttled.take(),
                    _ => None,
                });
                self.waiting.mark_unavailable(reason, throttled);
            }
        }
        for message in self.messages {
            if let Message::Acquire { notifier, .. } = message {
                notifier.notify();
            }
        }
    }
}

fn without_delay(words: &[&str]) -> Command {
    Command { words: words.iter().map(|word| (*word).to_owned()).collect(), has_delay: false }
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}

#[cfg(test)]
mod tests {
    use tim_types::SdkAppId;

    use super::*;
    use crate::rate_limit::Pending;

    fn round() -> Round {
        let keys = || Keys { calls: "calls".to_owned(), facts: "facts".to_owned() };
        let cancel = |number| Message::Cancel { number, keys: keys() };
        let (notifier, _) = Pending::new();
        let first = Message::Acquire { number: 1, keys: keys(), limit: 5, throttled: None, notifier };
        Round::new(Arc::new(WaitList::new(7)), first, (2..1000).map(cancel))
    }

    #[test]
    fn a_round_has_at_most_256_messages() {
        let commands: Vec<Command> = round().commands("hash").collect();
        assert_eq!(commands.len(), 256);
        assert!(
            commands[0]
                .words
                .join(" ")
                .starts_with("EVALSHA hash 2 calls facts 0000000000000007-1 5 1020000 0 86400000 ")
        );
        assert_eq!(commands[1].words.join(" "), "ZREM calls 0000000000000007-2");
        assert_eq!(commands.iter().filter(|command| command.has_delay).count(), 1);
    }

    /// A list with one waiter, and a round that asks for its slot and reports throttling.
    fn waiting() -> (Arc<WaitList>, Round, Pending) {
        let waiting = Arc::new(WaitList::new(7));
        let number = waiting.lock().enqueue();
        let keys = Keys { calls: "calls".to_owned(), facts: "facts".to_owned() };
        let (notifier, pending) = Pending::new();
        let throttled = Some((SdkAppId(1), "follow_add".to_owned()));
        let message = Message::Acquire { number, keys, limit: 5, throttled, notifier };
        let round = Round::new(Arc::clone(&waiting), message, iter::empty());
        (waiting, round, pending)
    }

    #[test]
    fn the_delays_of_a_round_are_for_its_waiters() {
        let (waiting, round, pending) = waiting();
        round.end(Ok(vec![1500]));
        pending.wait(Duration::from_secs(10));
        let mut state = waiting.lock();
        assert_eq!(state.waiting(1).delay, Some(Duration::from_micros(1500)));
        assert_eq!(state.throttled.len(), 0, "Redis knows it");
        assert_eq!([state.enqueue(), state.enqueue()], [2, 3]);
    }

    #[test]
    fn throttling_that_redis_may_not_know_is_reported_again() {
        let (waiting, round, _) = waiting();
        round.end(Err("away".to_owned()));
        let mut state = waiting.lock();
        assert_eq!((state.waiting(1).delay, state.throttled.len()), (None, 1));
    }

    #[test]
    fn a_round_is_repeated_once_and_only_if_there_was_a_connection() {
        assert!(!round().repeats(false));
        let mut round = round();
        assert!(round.repeats(true));
        assert!(!round.repeats(true));
    }
}
