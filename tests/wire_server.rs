//! A minimal HTTP server, which sends the same response to every request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// Responds to each request on a connection with `response`, which has head and body. Calls
/// `arrived` before each response. Returns when the client closes the connection.
pub fn respond_to_all(mut stream: &TcpStream, response: &[u8], mut arrived: impl FnMut()) -> Option<()> {
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
        stream.write_all(response).ok()?;
    }
}
