//! An HTTP proxy on loopback that opens tunnels or has one fault.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// How a proxy responds to `CONNECT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Opens a tunnel; responds with 502 when it cannot connect.
    Opens,
    /// Responds with 403.
    Denies,
    /// Responds with 407.
    WantsPassword,
    /// Sends something that is not HTTP.
    NotHttp,
    /// Closes the connection.
    Closes,
    /// Sends nothing.
    Silent,
    /// Does not listen on its port.
    ClosedPort,
}

pub(crate) struct Proxy {
    pub(crate) authority: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn start(behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = match behavior {
            // Nobody listens on port 1, and no other test gets it.
            Behavior::ClosedPort => "127.0.0.1:1".to_owned(),
            _ => listener.local_addr().unwrap().to_string(),
        };
        let heads = Arc::new(Mutex::new(Vec::new()));
        if behavior != Behavior::ClosedPort {
            let seen = heads.clone();
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let seen = seen.clone();
                    // A client may close the connection at any time, so errors are ignored.
                    thread::spawn(move || serve(stream.unwrap(), behavior, &seen));
                }
            });
        }
        Self { authority, heads }
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, behavior: Behavior, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    seen.lock().unwrap().push(head.clone());
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let response: &[u8] = match behavior {
        Behavior::Opens => match TcpStream::connect(target) {
            Ok(server) => return tunnel(stream, server),
            Err(_) => b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        },
        Behavior::Denies => b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        Behavior::WantsPassword => {
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
        }
        Behavior::NotHttp => b"220 ready for mail\r\n\r\n",
        Behavior::Closes => b"",
        Behavior::Silent | Behavior::ClosedPort => return io::copy(&mut stream, &mut io::sink()).map(drop),
    };
    stream.write_all(response)
}

fn tunnel(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let ended = io::copy(&mut server, &mut client).map(drop);
    let _ = client.shutdown(Shutdown::Both);
    ended
}
