//! Many connections at once against an emulator of its own, with slow and broken clients among them.
//!
//! `cargo run --release -p tim-emulator --example load -- [CONNECTIONS] [SECONDS]`, 1000 and 30 by default. The clients
//! share the process, so the memory that it reports is that of both. Needs an `ulimit -n` of twice the connections.

#![expect(clippy::print_stdout, reason = "it says what it measures")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tim_emulator::Emulator;
use tim_sig::Signer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const USERS: usize = 1000;
/// One in so many connections is that of a client that stops in the middle, sends garbage or goes away.
const BROKEN: usize = 20;

#[derive(Default)]
struct Counts {
    calls: AtomicU64,
    /// No answer, or another than 0.
    errors: AtomicU64,
    broken: AtomicU64,
}

struct Target {
    address: String,
    query: String,
    counts: Counts,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse());
    let connections = args.next().transpose()?.unwrap_or(1000);
    let seconds = args.next().transpose()?.unwrap_or(30);
    let emulator = Emulator::builder().start_blocking()?;
    let users: String = (0..USERS).map(|n| format!("user{n},user{}\n", (n + 1) % USERS)).collect();
    emulator.state().import(users.as_bytes())?;

    let signer = Signer::new(emulator.sdkappid().0, emulator.secret_key().clone())?;
    let sig = signer.sign(emulator.admin(), Duration::from_secs(86_400), emulator.time().now())?;
    let target = Arc::new(Target {
        address: emulator.base_url().trim_start_matches("http://").to_owned(),
        query: format!(
            "sdkappid={}&identifier={}&usersig={}&random=1&contenttype=json",
            emulator.sdkappid(),
            emulator.admin(),
            sig.expose()
        ),
        counts: Counts::default(),
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&target, connections, seconds));
    let Counts { calls, errors, broken } = &target.counts;
    println!("{} calls, {} errors, {} broken clients", calls.load(Relaxed), errors.load(Relaxed), broken.load(Relaxed));
    println!("{} calls recorded", emulator.calls().len());
    Ok(())
}

async fn run(target: &Arc<Target>, connections: usize, seconds: usize) {
    for number in 0..connections {
        let target = Arc::clone(target);
        tokio::spawn(async move {
            loop {
                match number % BROKEN {
                    0 => misbehave(&target, number / BROKEN).await,
                    _ => behave(&target, number).await,
                }
            }
        });
    }
    for second in 0..=seconds {
        if second % 5 == 0 {
            println!("after {second:>3} s: {:>8} calls, {}", target.counts.calls.load(Relaxed), memory());
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Calls one after another over one connection, until one fails.
async fn behave(target: &Target, number: usize) {
    let calls = async {
        let mut stream = TcpStream::connect(&target.address).await?;
        for round in number.. {
            let (path, body) = request(round);
            stream.write_all(target.request(path, &body).as_bytes()).await?;
            let answer = timeout(Duration::from_secs(10), read_answer(&mut stream)).await??;
            if !answer.contains("\"ErrorCode\":0") {
                return Err(io::Error::other(answer));
            }
            target.counts.calls.fetch_add(1, Relaxed);
        }
        Ok(())
    };
    if let Err(error) = calls.await
        && target.counts.errors.fetch_add(1, Relaxed) < 5
    {
        println!("error: {error}");
    }
}

fn request(round: usize) -> (&'static str, String) {
    let (from, to) = (round % USERS, (round * 7 + 1) % USERS);
    match round % 4 {
        0 => ("follow_add", format!(r#"{{"From_Account":"user{from}","FollowItem":[{{"To_Account":"user{to}"}}]}}"#)),
        1 => ("follow_delete", format!(r#"{{"From_Account":"user{from}","To_Account":["user{to}"]}}"#)),
        2 => ("follow_check", format!(r#"{{"From_Account":"user{from}","To_Account":["user{to}","user1","user2"]}}"#)),
        _ => {
            ("follow_get", format!(r#"{{"From_Account":"user{from}","FollowType":2,"StartCursor":"","WantNum":100}}"#))
        }
    }
}

impl Target {
    fn request(&self, command: &str, body: &str) -> String {
        let (query, length) = (&self.query, body.len());
        format!(
            "POST /v4/follow/{command}?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }
}

async fn read_answer(stream: &mut TcpStream) -> io::Result<String> {
    let mut answer = Vec::new();
    let mut wanted = None;
    loop {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&bytes[..read]);
        if wanted.is_none() {
            wanted = whole_length(&answer);
        }
        if wanted.is_some_and(|wanted| answer.len() >= wanted) {
            return Ok(String::from_utf8_lossy(&answer).into_owned());
        }
    }
}

/// How long an answer is with its head, once the head is there.
fn whole_length(answer: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(head.len() + 4 + length.parse::<usize>().ok()?)
}

async fn misbehave(target: &Target, kind: usize) {
    let Ok(mut stream) = TcpStream::connect(&target.address).await else { return };
    let (path, body) = request(0);
    let whole = target.request(path, &body);
    let bytes = match kind % 4 {
        // Half a request, and then nothing.
        0 => &whole.as_bytes()[..whole.len() / 2],
        // A body that does not come.
        1 => &whole.as_bytes()[..whole.len() - 10],
        2 => b"\0\0 no http\r\n\r\n",
        // An answer that nobody reads.
        _ => whole.as_bytes(),
    };
    let _ = stream.write_all(bytes).await;
    target.counts.broken.fetch_add(1, Relaxed);
    let patience = match kind % 4 {
        0 => 5000,
        _ => 100,
    };
    sleep(Duration::from_millis(patience)).await;
}

/// The memory of this process; only Linux says.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("VmRSS: not known here");
    resident.split_whitespace().collect::<Vec<_>>().join(" ")
}
