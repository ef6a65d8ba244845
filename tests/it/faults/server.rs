//! A server that does one wrong thing a connection, and then answers as it should.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What a server does with a connection.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// Closes it at once.
    Close,
    /// Waits for the request and resets the connection instead of answering.
    Reset,
    /// Reads the request and says nothing.
    Silence,
    /// Sends the head of an answer, then a byte a second.
    Drip,
    /// Sends half of the body that it announced, then closes.
    Half,
    /// Answers every request well and keeps the connection.
    Keep,
    /// Answers with this status, these further headers and this body.
    Answer(&'static str, &'static str, &'static str),
    /// Sends a body without a length, for ever.
    Endless,
    /// Announces so many bytes, and sends them.
    Announced(usize),
}

/// A refusal with HTTP 200.
macro_rules! code {
    ($code:literal) => {
        Fault::Answer("200 OK", "", concat!(r#"{"ActionStatus":"FAIL","ErrorCode":"#, $code, r#","ErrorInfo":""}"#))
    };
}
pub(super) use code;

const OK: Fault = Fault::Answer("200 OK", "", r#"{"ResultItem":[],"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);

pub(super) struct Server {
    pub(super) url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Does `faults` in turn, one a connection, then answers well.
    pub(super) fn start(faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, faults) = (connections.clone(), faults.to_vec());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let fault = faults.get(count.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or(OK);
                thread::spawn(move || drop(act(fault, stream.unwrap())));
            }
        });
        Self { url, connections }
    }

    /// How many connections there were; each serves one request.
    pub(super) fn attempts(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn act(fault: Fault, mut stream: TcpStream) -> std::io::Result<()> {
    match fault {
        Fault::Close => return Ok(()),
        // Closing while there is something unread resets a connection.
        Fault::Reset => return stream.peek(&mut [0]).map(drop),
        _ => read_request(&mut stream)?,
    }
    match fault {
        Fault::Keep => loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"ErrorCode\":0}")?;
            read_request(&mut stream)?;
        },
        // Until the client gives up.
        Fault::Silence => stream.read_to_end(&mut Vec::new()).map(drop)?,
        Fault::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            loop {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_secs(1));
            }
        }
        Fault::Half => stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ActionStatus\":\"OK\",\"ErrorCode\":0")?,
        Fault::Answer(status, headers, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all((head + body).as_bytes())?;
        }
        Fault::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 65536])?;
            }
        }
        Fault::Announced(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n")?;
            for _ in 0..bytes / 65536 {
                stream.write_all(&[b' '; 65536])?;
            }
        }
        Fault::Close | Fault::Reset => {}
    }
    Ok(())
}

/// Reads a request whole: an answer before its end could be taken for a reset.
fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
            if body.len() >= length.trim().parse().unwrap() {
                return Ok(());
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => seen.extend_from_slice(&piece[..read]),
        }
    }
}
