//! The thread that talks to Redis, for both kinds of clients.

use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{io, thread};

use redis::{Client, Connection, Pipeline, RedisResult, Script};

use super::TIMEOUT;
use super::wait_list::WaitList;
use crate::rate_limit::Notifier;
use crate::rate_limit::pace::{CUT_MEMORY, CUT_PAUSE, FIRST_CUT, FURTHER_CUT, REGAINED, SHARED_WINDOW};

/// The most messages in one round trip.
const MAX_PIPELINE: usize = 256;
/// How long Redis keeps the keys of a command that is not called.
const KEY_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A message to the thread.
pub(super) enum Message {
    /// Try to acquire a slot for a waiter.
    Acquire { number: u64, keys: Keys, limit: u32, throttled: bool, notifier: Notifier },
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

/// The handle of the thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Worker(mpsc::Sender<Message>);

impl Worker {
    pub(super) fn new(client: Client, waiting: Arc<WaitList>) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let script = Script::new(include_str!("acquire.lua"));
        let worker = WorkerThread { client, connection: None, script, waiting };
        thread::Builder::new().name("tim-rate-limit".to_owned()).spawn(move || worker.run(&inbox))?;
        Ok(Self(sender))
    }

    pub(super) fn send(&self, message: Message) {
        // The thread ends only after `self` is dropped, so there is a receiver.
        let _ = self.0.send(message);
    }
}

struct WorkerThread {
    client: Client,
    connection: Option<Connection>,
    script: Script,
    waiting: Arc<WaitList>,
}

impl WorkerThread {
    fn run(mut self, inbox: &mpsc::Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let messages: Vec<Message> =
                std::iter::once(first).chain(inbox.try_iter().take(MAX_PIPELINE - 1)).collect();
            // An idle connection may have been closed, which does not mean that Redis is
            // unavailable. A second exchange is safe after a lost response: a waiter that asks
            // twice has one slot.
            let delays = match self.exchange(&messages) {
                Err(_) if self.connection.take().is_some() => self.exchange(&messages),
                delays => delays,
            };
            match delays {
                Ok(delays) => self.waiting.on_delays(numbers(&messages).zip(delays)),
                Err(error) => {
                    self.connection = None;
                    self.waiting.mark_unavailable(&error);
                }
            }
            messages.into_iter().for_each(|message| {
                if let Message::Acquire { notifier, .. } = message {
                    notifier.notify();
                }
            });
        }
    }

    /// Sends all messages in one round trip. Returns the delay of each `Acquire`.
    fn exchange(&mut self, messages: &[Message]) -> RedisResult<Vec<Duration>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.client, &self.script)?),
        };
        let mut pipeline = Pipeline::new();
        for message in messages {
            match message {
                Message::Acquire { number, keys, limit, throttled, .. } => {
                    let command = pipeline.cmd("EVALSHA").arg(self.script.get_hash());
                    command.arg(2).arg(&keys.calls).arg(&keys.facts).arg(self.waiting.id(*number)).arg(limit);
                    command.arg(micros(SHARED_WINDOW)).arg(u8::from(*throttled)).arg(KEY_TTL.as_millis() as u64);
                    command.arg(micros(CUT_PAUSE)).arg(micros(CUT_MEMORY));
                    command.arg(FIRST_CUT).arg(FURTHER_CUT).arg(REGAINED);
                }
                Message::Cancel { number, keys } => {
                    pipeline.cmd("ZREM").arg(&keys.calls).arg(self.waiting.id(*number)).ignore();
                }
                Message::Probe => {
                    pipeline.cmd("PING").ignore();
                }
            }
        }
        let delays: Vec<u64> = pipeline.query(connection)?;
        Ok(delays.into_iter().map(Duration::from_micros).collect())
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}

/// The numbers of the waiters of the `Acquire` messages.
fn numbers(messages: &[Message]) -> impl Iterator<Item = u64> {
    messages.iter().filter_map(|message| match message {
        Message::Acquire { number, .. } => Some(*number),
        _ => None,
    })
}

fn connect(client: &Client, script: &Script) -> RedisResult<Connection> {
    let mut connection = client.get_connection_with_timeout(TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    script.prepare_invoke().load(&mut connection)?;
    Ok(connection)
}
