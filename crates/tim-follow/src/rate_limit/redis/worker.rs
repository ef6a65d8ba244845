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
    let mut worker = WorkerThread { client, connection: None, script, waiting };
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
    fn run(&mut self, inbox: &mpsc::Receiver<Message>) {
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use super::super::round::Keys;
    use super::*;
    use crate::rate_limit::Pending;

    /// A server that grants each slot, and closes each connection after a round trip with a grant.
    /// Returns its URL.
    fn server(script: &Script) -> String {
        let loaded = format!("$40\r\n{}\r\n", script.get_hash());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap(), &loaded)));
        url
    }

    fn serve(mut stream: TcpStream, loaded: &str) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let mut has_granted = false;
        // A command is `*` and the number of its words; each is `$`, its length, and the word.
        while let Some(count) = lines.next().and_then(|line| line.strip_prefix('*')?.parse::<usize>().ok()) {
            let words: Vec<String> = (0..count).filter_map(|_| lines.by_ref().nth(1)).collect();
            let response = match words[0].to_uppercase().as_str() {
                "EVALSHA" => {
                    has_granted = true;
                    ":0\r\n"
                }
                "ZREM" => ":1\r\n",
                "SCRIPT" => loaded,
                _ => "+OK\r\n",
            };
            stream.write_all(response.as_bytes()).unwrap();
            // `PING` is the last message of a round in this test.
            if has_granted && words[0] == "PING" {
                return;
            }
        }
    }

    #[test]
    fn each_message_has_its_response_and_a_closed_connection_is_opened_again() {
        let waiting = Arc::new(WaitList::new(7));
        let script = Script::new("return 0");
        let client = Client::open(server(&script)).unwrap();
        let mut worker = WorkerThread { client, connection: None, script, waiting: Arc::clone(&waiting) };
        let keys = || Keys { calls: "calls".to_owned(), facts: "facts".to_owned() };
        for _ in 0..2 {
            let number = waiting.lock().enqueue();
            let (notifier, pending) = Pending::new();
            let (sender, inbox) = mpsc::channel();
            sender.send(Message::Cancel { number: 99, keys: keys() }).unwrap();
            sender.send(Message::Acquire { number, keys: keys(), limit: 5, throttled: None, notifier }).unwrap();
            sender.send(Message::Probe).unwrap();
            drop(sender);
            worker.run(&inbox);
            pending.wait(Duration::from_secs(10));
            assert_eq!(waiting.lock().waiting(number).delay, Some(Duration::ZERO));
        }
    }
}
