//! An HTTP connection that sends one request after another.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use tim_emulator::Emulator;
use tim_sig::Signer;

pub(super) struct Connection {
    reader: BufReader<TcpStream>,
    query: String,
}

impl Connection {
    pub(super) fn open(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(emulator.base_url().trim_start_matches("http://")).unwrap();
        stream.set_nodelay(true).unwrap();
        let signer = Signer::new(emulator.sdkappid().0, emulator.secret_key().clone()).unwrap();
        let sig = signer.sign(emulator.admin(), Duration::from_secs(86_400), emulator.time().now()).unwrap();
        let (app, admin, sig) = (emulator.sdkappid(), emulator.admin(), sig.expose());
        let query = format!("sdkappid={app}&identifier={admin}&usersig={sig}&random=1&contenttype=json");
        Self { reader: BufReader::new(stream), query }
    }

    /// Sends a call and returns the body of the response.
    pub(super) fn call(&mut self, path: &str, body: &str) -> String {
        let target = format!("/v4/{path}?{}", self.query);
        self.request("POST", &target, body).unwrap()
    }

    /// Sends a request to the admin API and returns the body of the response.
    pub(super) fn admin(&mut self, path: &str) -> String {
        self.request("GET", &format!("/_emulator/{path}"), "").unwrap()
    }

    fn request(&mut self, method: &str, target: &str, body: &str) -> io::Result<String> {
        let length = body.len();
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
        self.reader.get_mut().write_all(request.as_bytes())?;
        self.response()
    }

    /// Posts a body that is made while it is sent.
    pub(super) fn post(&mut self, path: &str, length: u64, write: impl FnOnce(&mut TcpStream)) -> String {
        let head = format!("POST /_emulator/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        let stream = self.reader.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        write(stream);
        self.response().unwrap()
    }

    fn response(&mut self) -> io::Result<String> {
        let (mut length, mut chunked) = (0, false);
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().map_err(io::Error::other)?;
            }
            chunked |= line == "transfer-encoding: chunked";
            if line.is_empty() {
                break;
            }
        }
        if chunked {
            return self.chunks();
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        String::from_utf8(body).map_err(io::Error::other)
    }

    /// Reads a body of unknown length, and keeps its first chunk.
    fn chunks(&mut self) -> io::Result<String> {
        let mut first = String::new();
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(first);
            }
            if first.is_empty() {
                first = String::from_utf8_lossy(&chunk[..size]).into_owned();
            }
        }
    }
}
