//! The thread that talks to Redis, for both kinds of clients.

use std::sync::{Arc, mpsc};
use std::{io, thread};

use redis::{Client, Connection, Pipeline, RedisResult, Script};

use super::TIMEOUT;
use super::reason::reason;
use super::round::{Message, Round};
use super::wait_list::WaitList;

/// Starts the thread, and returns where it gets its messages from. It ends when that is dropped.
pub(super) fn start(client: Client, waiting: Arc<WaitList>) -> io::Result<mpsc::Sender<Message>> {
    let (sender, inbox) = mpsc::channel();
    let script = Script::new(include_str!("acquire.lua"));
    let worker = WorkerThread { client, connection: None, script, waiting };
    thread::Builder::new().name("tim-rate-limit".to_owned()).spawn(move || worker.run(&inbox))?;
    Ok(sender)
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
            let mut round = Round::new(self.waiting.clone(), first, inbox.try_iter());
            let result = loop {
                match self.exchange(&round) {
                    Err(_) if round.repeats(self.connection.take().is_some()) => {}
                    result => break result,
                }
            };
            round.end(result.map_err(|error| reason(&error)));
        }
    }

    /// Sends all messages in one round trip. Returns the delay of each `Acquire`.
    fn exchange(&mut self, round: &Round) -> RedisResult<Vec<u64>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.client, &self.script)?),
        };
        let mut pipeline = Pipeline::new();
        for command in round.commands(self.script.get_hash()) {
            let mut words = redis::Cmd::new();
            words.arg(command.words);
            pipeline.add_command(words);
            if !command.has_delay {
                pipeline.ignore();
            }
        }
        pipeline.query(connection)
    }
}

fn connect(client: &Client, script: &Script) -> RedisResult<Connection> {
    let mut connection = client.get_connection_with_timeout(TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    script.prepare_invoke().load(&mut connection)?;
    Ok(connection)
}
