//! The server: sends the same response to every request. It is a process of its own, so that its
//! CPU time is not measured.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tim_tests::wire_server::respond_to_all;

use crate::wire;

/// The argument with which this program is the server.
pub(crate) const SERVE: &str = "--serve";

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program).arg(SERVE).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim_end().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves for ever.
pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let body = wire::check_response(100);
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    for stream in listener.incoming() {
        let response = response.clone();
        std::thread::spawn(move || respond_to_all(&stream.unwrap(), response.as_bytes(), || ()));
    }
}
