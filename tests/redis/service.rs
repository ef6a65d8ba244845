//! A service that accepts every call and records when it arrived.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tim_tests::wire_server::respond_to_all;

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"ActionStatus\":\"OK\",\"ErrorCode\":0} ";

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
                thread::spawn(move || respond_to_all(&stream.unwrap(), RESPONSE, || log.lock().unwrap().push(now())));
            }
        });
        Self { url, arrivals }
    }

    pub(crate) fn calls(&self) -> usize {
        self.arrivals.lock().unwrap().len()
    }

    /// The most calls in any second, and the average per second.
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

#[expect(clippy::disallowed_methods, reason = "the clock of the service")]
fn now() -> Instant {
    Instant::now()
}
