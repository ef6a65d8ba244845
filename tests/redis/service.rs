//! A service that takes every call, and notes when it came.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"ActionStatus\":\"OK\",\"ErrorCode\":0} ";

pub(crate) struct Service {
    pub(crate) url: String,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let log = arrivals.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let log = log.clone();
                thread::spawn(move || serve(&stream.unwrap(), &log));
            }
        });
        Self { url, arrivals }
    }

    pub(crate) fn calls(&self) -> usize {
        self.arrivals.lock().unwrap().len()
    }

    /// The most calls in any second, and how many came in a second over the whole time.
    pub(crate) fn pace(&self) -> (usize, f64) {
        let mut arrivals = self.arrivals.lock().unwrap().clone();
        arrivals.sort();
        let within = |first: usize| {
            arrivals[first..].iter().take_while(|at| **at - arrivals[first] < Duration::from_secs(1)).count()
        };
        let most = (0..arrivals.len()).map(within).max().unwrap_or(0);
        let time = arrivals[arrivals.len() - 1] - arrivals[0];
        (most, (arrivals.len() - 1) as f64 / time.as_secs_f64())
    }
}

/// Answers until the client hangs up.
fn serve(mut stream: &TcpStream, log: &Mutex<Vec<Instant>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if requests.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        requests.read_exact(&mut vec![0; length]).ok()?;
        now().map(|now| log.lock().unwrap().push(now))?;
        stream.write_all(ANSWER).ok()?;
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the service")]
fn now() -> Option<Instant> {
    Some(Instant::now())
}
