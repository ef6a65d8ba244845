//! A server with one fault per connection, which responds normally after all faults.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What the server does with a connection.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// Closes it at once.
    Close,
    /// Waits for the request, then resets the connection.
    Reset,
    /// Reads the request and sends nothing.
    Silence,
    /// Sends the head of a response, then one byte per second.
    Drip,
    /// Sends half of the announced body, then closes the connection.
    Half,
    /// Responds normally to every request and keeps the connection open.
    Keep,
    /// Sends a response with this status, these further headers and this body.
    Response(&'static str, &'static str, &'static str),
    /// Sends an endless body without a length.
    Endless,
    /// Announces and sends a body of this many bytes.
    Announced(usize),
}

/// A rejection with HTTP 200.
macro_rules! code {
    ($code:literal) => {
        Fault::Response("200 OK", "", concat!(r#"{"ActionStatus":"FAIL","ErrorCode":"#, $code, r#","ErrorInfo":""}"#))
    };
}
pub(super) use code;

const OK: Fault =
    Fault::Response("200 OK", "", r#"{"ResultItem":[],"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);

pub(super) struct Server {
    pub(super) url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Applies `faults` in order, one per connection, then responds normally.
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

    /// The number of connections; each serves one request.
    pub(super) fn attempts(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn act(fault: Fault, mut stream: TcpStream) -> std::io::Result<()> {
    match fault {
        Fault::Close => return Ok(()),
        // Closing a socket that has unread data resets the connection.
        Fault::Reset => return stream.peek(&mut [0]).map(drop),
        _ => read_request(&mut stream)?,
    }
    match fault {
        Fault::Keep => loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"ErrorCode\":0}")?;
            read_request(&mut stream)?;
        },
        // Returns when the client closes the connection.
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
        Fault::Response(status, headers, body) => {
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

/// Reads a complete request: closing the socket before its end would reset the connection.
fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&received).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
            if body.len() >= length.trim().parse().unwrap() {
                return Ok(());
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => received.extend_from_slice(&chunk[..read]),
        }
    }
}
