//! The connection to Redis: one thread, which both kinds of clients ask.

use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{io, thread};

use redis::{Client, Connection, Pipeline, RedisResult, Script};

use super::Notifier;
use super::wait_list::{TIMEOUT, WaitList};
use crate::rate_limit::pace::{CUT_MEMORY, CUT_PAUSE, FIRST_CUT, FURTHER_CUT, REGAINED, WINDOW};

/// So many questions go over the wire together.
const MAX_PIPELINE: usize = 256;
/// How long Redis keeps what it knows about a command that nobody calls.
const KEY_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A message to the thread.
pub(super) enum Message {
    /// Whether the turn of a call has come.
    Acquire { place: u64, lane: Keys, limit: u32, complaint: bool, answered: Notifier },
    /// A call that waited is gone.
    Cancel { place: u64, lane: Keys },
    /// Whether Redis is back.
    Probe,
}

/// The keys of the calls of one command.
pub(super) struct Keys {
    pub(super) calls: String,
    pub(super) facts: String,
}

/// The thread lives as long as this.
#[derive(Debug)]
pub(super) struct Worker(mpsc::Sender<Message>);

impl Worker {
    pub(super) fn new(client: Client, line: Arc<WaitList>) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let script = Script::new(include_str!("acquire.lua"));
        let worker = WorkerThread { client, connection: None, script, line };
        thread::Builder::new().name("tim-quota".to_owned()).spawn(move || worker.run(&inbox))?;
        Ok(Self(sender))
    }

    pub(super) fn send(&self, message: Message) {
        // The thread ends when this end is gone, not before.
        let _ = self.0.send(message);
    }
}

struct WorkerThread {
    client: Client,
    connection: Option<Connection>,
    script: Script,
    line: Arc<WaitList>,
}

impl WorkerThread {
    fn run(mut self, inbox: &mpsc::Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let messages: Vec<Message> =
                std::iter::once(first).chain(inbox.try_iter().take(MAX_PIPELINE - 1)).collect();
            // A connection may have been closed while nobody called: that alone does not mean that Redis is away. An
            // answer that was lost does no harm: who asks again has one place, not two.
            let waits = match self.exchange(&messages) {
                Err(_) if self.connection.take().is_some() => self.exchange(&messages),
                waits => waits,
            };
            match waits {
                Ok(waits) => self.line.granted(places(&messages).zip(waits)),
                Err(error) => {
                    self.connection = None;
                    self.line.mark_unavailable(&error);
                }
            }
            messages.into_iter().for_each(|message| {
                if let Message::Acquire { answered, .. } = message {
                    answered.notify();
                }
            });
        }
    }

    /// Sends all of it in one go; returns the wait of each question.
    fn exchange(&mut self, messages: &[Message]) -> RedisResult<Vec<Duration>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.client, &self.script)?),
        };
        let mut pipeline = Pipeline::new();
        for message in messages {
            match message {
                Message::Acquire { place, lane, limit, complaint, .. } => {
                    let ask = pipeline.cmd("EVALSHA").arg(self.script.get_hash());
                    ask.arg(2).arg(&lane.calls).arg(&lane.facts).arg(self.line.id(*place)).arg(limit);
                    ask.arg(micros(WINDOW)).arg(u8::from(*complaint)).arg(KEY_TTL.as_millis() as u64);
                    ask.arg(micros(CUT_PAUSE)).arg(micros(CUT_MEMORY)).arg(FIRST_CUT).arg(FURTHER_CUT).arg(REGAINED);
                }
                Message::Cancel { place, lane } => {
                    pipeline.cmd("ZREM").arg(&lane.calls).arg(self.line.id(*place)).ignore();
                }
                Message::Probe => {
                    pipeline.cmd("PING").ignore();
                }
            }
        }
        let waits: Vec<u64> = pipeline.query(connection)?;
        Ok(waits.into_iter().map(Duration::from_micros).collect())
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}

/// The places of the questions among these.
fn places(messages: &[Message]) -> impl Iterator<Item = u64> {
    messages.iter().filter_map(|message| match message {
        Message::Acquire { place, .. } => Some(*place),
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
