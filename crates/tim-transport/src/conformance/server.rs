//! A server on loopback that sends the same reply to every request.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The body of every request.
pub(super) const BODY: &str = r#"{"From_Account":"conformance"}"#;
pub(super) const PATH: &str = "/v4/conformance/check";
/// The query of every URL. No error may show it.
pub(super) const SECRET: &str = "usersig=conformance-secret";
/// The server closes a silent connection after this time, so that no check hangs.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);
/// A piece of an endless body. The server stops after [`MAX_PIECES`], which is 64 MiB.
const PIECE: &[u8] = &[b'x'; 64 << 10];
const MAX_PIECES: usize = 1024;

#[derive(Debug, Clone, Copy)]
pub(super) enum Reply {
    /// This status and a body of this many bytes with `Content-Length`.
    Length(u16, usize),
    /// A chunked body of this many bytes.
    Chunked(usize),
    /// A body of this many bytes that ends when the connection is closed.
    UntilClose(usize),
    /// Status 503 with `Retry-After` and `Date`.
    Busy,
    /// This status with the address of another server in `Location`.
    Redirect(u16),
    /// An endless body, optionally with this `Content-Length`.
    Endless(Option<u64>),
    /// Sends nothing and keeps the connection open.
    Silence,
    /// A body that is sent one byte every 20 ms.
    Drip,
    /// Resets the connection.
    Reset,
    /// Closes the connection.
    Close,
    /// Sends half of the announced body, then closes the connection.
    Half,
    /// Sends half of a chunk, then closes the connection.
    HalfChunked,
    /// Responds to the first request and keeps the connection open. Closes it after the second one.
    CloseSecond,
    /// The server does not listen.
    ClosedPort,
    /// The URL is invalid.
    BrokenUrl,
}

pub(super) struct Server {
    address: SocketAddr,
    reply: Reply,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    /// Whether a client connected.
    reached: AtomicBool,
    /// Whether the server sent all pieces of an endless body.
    sent_everything: AtomicBool,
    stopped: AtomicBool,
}

impl Seen {
    fn requests(&self) -> MutexGuard<'_, Vec<String>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    pub(super) fn start(reply: Reply, redirect_target: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut address = listener.local_addr()?;
        let seen = Arc::<Seen>::default();
        if matches!(reply, Reply::ClosedPort) {
            // Nobody listens on port 1, and no other test gets it.
            address.set_port(1);
        } else {
            let (shared, redirect_target) = (seen.clone(), redirect_target.to_owned());
            thread::spawn(move || listen(&listener, reply, &redirect_target, &shared));
        }
        Ok(Self { address, reply, seen })
    }

    pub(super) fn url(&self) -> String {
        match self.reply {
            Reply::BrokenUrl => format!("http://[::1{PATH}?{SECRET}"),
            _ => format!("http://{}{PATH}?{SECRET}", self.address),
        }
    }

    /// The requests so far, each with head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests().clone()
    }

    pub(super) fn was_reached(&self) -> bool {
        self.seen.reached.load(Ordering::SeqCst)
    }

    pub(super) fn sent_everything(&self) -> bool {
        self.seen.sent_everything.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.seen.stopped.store(true, Ordering::SeqCst);
        // Wakes the listening thread.
        let _ = TcpStream::connect(self.address);
    }
}

fn listen(listener: &TcpListener, reply: Reply, redirect_target: &str, seen: &Arc<Seen>) {
    for stream in listener.incoming() {
        if seen.stopped.load(Ordering::SeqCst) {
            return;
        }
        seen.reached.store(true, Ordering::SeqCst);
        let (seen, redirect_target) = (seen.clone(), redirect_target.to_owned());
        // A client may close the connection at any time, so errors are ignored.
        thread::spawn(move || stream.and_then(|stream| serve(stream, reply, &redirect_target, &seen)));
    }
}

fn serve(mut stream: TcpStream, reply: Reply, redirect_target: &str, seen: &Seen) -> io::Result<()> {
    stream.set_read_timeout(Some(SHUTDOWN_TIMEOUT))?;
    stream.set_write_timeout(Some(SHUTDOWN_TIMEOUT))?;
    if matches!(reply, Reply::CloseSecond) {
        return close_second(stream, seen);
    }
    // A connection that is closed with unread bytes is reset. The last byte stays unread for
    // `Reply::Reset`.
    let (almost, last) = BODY.split_at(BODY.len() - 1);
    let mut request = read_until(&mut stream, almost)?;
    request.push_str(last);
    seen.requests().push(request);
    if matches!(reply, Reply::Reset) {
        return stream.peek(&mut [0]).map(drop);
    }
    stream.read_exact(&mut [0])?;
    send(&mut stream, reply, redirect_target, seen)?;
    // The rest of the request, such as the end of a chunked one, must not reset the connection.
    stream.shutdown(Shutdown::Write)?;
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

fn close_second(mut stream: TcpStream, seen: &Seen) -> io::Result<()> {
    loop {
        let request = read_until(&mut stream, BODY)?;
        let count = {
            let mut requests = seen.requests();
            requests.push(request);
            requests.len()
        };
        if count > 1 {
            return Ok(());
        }
        stream.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 1\r\n\r\nx")?;
    }
}

fn send(stream: &mut TcpStream, reply: Reply, redirect_target: &str, seen: &Seen) -> io::Result<()> {
    let head = |status: u16, headers: &str| format!("HTTP/1.1 {status} x\r\nConnection: close\r\n{headers}\r\n");
    let body = |bytes: usize| "x".repeat(bytes);
    let response = match reply {
        Reply::Length(status, bytes) => head(status, &format!("Content-Length: {bytes}\r\n")) + &body(bytes),
        Reply::Chunked(bytes) => {
            head(200, "Transfer-Encoding: chunked\r\n")
                + &format!("1\r\nx\r\n{:x}\r\n{}\r\n0\r\n\r\n", bytes - 1, body(bytes - 1))
        }
        Reply::UntilClose(bytes) => head(200, "") + &body(bytes),
        Reply::Busy => head(503, "Content-Length: 0\r\nRetry-After: 7\r\nDate: Fri, 20 Nov 2026 00:00:00 GMT\r\n"),
        Reply::Redirect(status) => head(status, &format!("Content-Length: 0\r\nLocation: {redirect_target}\r\n")),
        Reply::Half => head(200, "Content-Length: 100\r\n") + &body(50),
        Reply::HalfChunked => head(200, "Transfer-Encoding: chunked\r\n") + "64\r\n" + &body(50),
        Reply::Endless(length) => {
            let length = length.map(|length| format!("Content-Length: {length}\r\n")).unwrap_or_default();
            stream.write_all(head(200, &length).as_bytes())?;
            (0..MAX_PIECES).try_for_each(|_| stream.write_all(PIECE))?;
            seen.sent_everything.store(true, Ordering::SeqCst);
            return Ok(());
        }
        Reply::Drip => {
            stream.write_all(head(200, "Content-Length: 900\r\n").as_bytes())?;
            for _ in 0..SHUTDOWN_TIMEOUT.as_millis() / 20 {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(20));
            }
            return Ok(());
        }
        Reply::Silence => return io::copy(stream, &mut io::sink()).map(drop),
        Reply::Close | Reply::CloseSecond | Reply::Reset | Reply::ClosedPort | Reply::BrokenUrl => return Ok(()),
    };
    stream.write_all(response.as_bytes())
}

/// Reads up to the end of `text`.
fn read_until(stream: &mut TcpStream, text: &str) -> io::Result<String> {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(text.as_bytes()) {
        stream.read_exact(&mut byte)?;
        read.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}
