//! The least of an HTTP server: it answers every request on a connection alike.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// Sends `answer`, head and body, to each request; tells `arrived` of each first. Returns when the client hangs up.
pub fn answer_all(mut stream: &TcpStream, answer: &[u8], mut arrived: impl FnMut()) -> Option<()> {
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
        arrived();
        stream.write_all(answer).ok()?;
    }
}
