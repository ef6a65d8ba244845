//! A listener as a process, an application, and a sender of raw requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tim_webhook::WebhookToken;

use crate::program::{Run, file, run, tim};

/// The token of all tests. No output may contain it.
pub(super) const TOKEN: &str = "hunter2-token";

pub(super) const APP: u32 = 1_400_000_000;

pub(super) const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

pub(super) const FOLLOW: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"alice","FollowList":[{"To_Account":"bob"}],"EventTime":1702018343678}"#;

#[expect(clippy::disallowed_methods, reason = "the program reads the clock too")]
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A file with [`TOKEN`]. `name` is that of the test.
pub(super) fn token_file(name: &str) -> PathBuf {
    file(&format!("webhook-{name}.token"), &format!("{TOKEN}\n"))
}

/// The query of an event without a signature.
pub(super) fn unsigned(command: &str) -> String {
    format!("SdkAppid={APP}&CallbackCommand={command}&contenttype=json&ClientIP=127.0.0.1&OptPlatform=RESTAPI")
}

/// The query of an event that was signed at `time`.
pub(super) fn signed(command: &str, time: u64) -> String {
    format!("{}&Sign={}&RequestTime={time}", unsigned(command), WebhookToken::new(TOKEN).sign(time))
}

/// The query of [`FOLLOW`], signed now.
pub(super) fn follow_query() -> String {
    signed("Follow.CallbackAfterFollowAdd", now())
}

/// Checks that a text has neither the token nor a signature.
#[track_caller]
pub(super) fn has_no_secret(text: &str) {
    let digits = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_sign = text.split(|c: char| !c.is_ascii_alphanumeric()).any(digits);
    assert!(!text.contains(TOKEN) && !has_sign && !text.contains("panicked"), "{text}");
}

/// Runs the program, and checks that it shows no secret.
pub(super) fn run_webhook(command: &mut Command) -> Run {
    let run = run(command);
    has_no_secret(&run.stdout);
    has_no_secret(&run.stderr);
    run
}

/// What a server returned.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

/// Sends a request over a connection of its own.
pub(super) fn send(address: SocketAddr, method: &str, query: &str, body: &str) -> Received {
    let head = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    send_raw(
        address,
        &format!("{method} /any/path?{query} HTTP/1.1\r\nhost: x\r\n{head}connection: close\r\n\r\n{body}"),
    )
}

/// Sends [`FOLLOW`], signed now.
pub(super) fn send_follow(address: SocketAddr) -> Received {
    send(address, "POST", &follow_query(), FOLLOW)
}

/// Sends these bytes, and reads until the server closes the connection.
pub(super) fn send_raw(address: SocketAddr, request: &str) -> Received {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Received { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// `tim webhook listen` as a process, ended when dropped.
pub(super) struct Listener {
    child: Child,
    pub(super) address: SocketAddr,
    /// The lines on standard output, which a thread reads.
    lines: Receiver<String>,
    messages: JoinHandle<String>,
    stdout: String,
}

impl Listener {
    /// Starts one with [`TOKEN`] and JSON on any port. `name` is that of the test.
    pub(super) fn start(name: &str, args: &str) -> Self {
        let mut command = tim(&format!("webhook listen --json --sdkappid {APP} {args} --token-file"));
        Self::spawn(command.arg(token_file(name)))
    }

    /// It is up when it reports its address.
    pub(super) fn spawn(command: &mut Command) -> Self {
        let command = command.args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended: {seen}");
            seen.push_str(&line);
            if let Some((_, rest)) = line.split_once("listening for webhooks at http://") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
        };
        let messages = thread::spawn(move || {
            stderr.read_to_string(&mut seen).unwrap();
            seen
        });
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().try_for_each(|line| sender.send(line.unwrap())));
        Self { child, address, lines, messages, stdout: String::new() }
    }

    /// The next line on standard output.
    pub(super) fn line(&mut self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
        self.stdout.push_str(&format!("{line}\n"));
        line
    }

    /// The next row.
    pub(super) fn row(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Waits for its end.
    pub(super) fn finish(mut self) -> Run {
        let rest: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        let code = self.child.wait().unwrap().code();
        let messages = std::mem::replace(&mut self.messages, thread::spawn(String::new));
        let run = Run { code, stdout: format!("{}{rest}", self.stdout), stderr: messages.join().unwrap() };
        has_no_secret(&run.stdout);
        has_no_secret(&run.stderr);
        run
    }

    /// Ends it with a signal.
    #[cfg(unix)]
    pub(super) fn end_with(self, signal: &str) -> Run {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
        self.finish()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request that an application received.
#[derive(Debug)]
pub(super) struct Request {
    /// The request line.
    pub(super) line: String,
    /// The headers, each with a name in lower case.
    pub(super) headers: Vec<String>,
    pub(super) body: String,
}

impl Request {
    /// The part of the URL behind `?`.
    pub(super) fn query(&self) -> &str {
        self.line.split(' ').nth(1).unwrap().split_once('?').unwrap().1
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| header.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// An application that sends one response to every request.
pub(super) struct App {
    pub(super) url: String,
    requests: Receiver<Request>,
}

impl App {
    /// The response is a status and, behind an empty line, a body; `SIGN` is that of the request.
    pub(super) fn start(response: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        let response = response.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that gives up is not a failure of the server.
                let _ = respond(stream.unwrap(), &response, &sender);
            }
        });
        Self { url, requests }
    }

    pub(super) fn ok() -> Self {
        Self::start(&format!("200 OK\r\ncontent-type: application/json\r\n\r\n{OK}"))
    }

    /// The next request.
    pub(super) fn request(&self) -> Request {
        self.requests.recv().unwrap()
    }

    /// How many further requests there were.
    pub(super) fn rest(&self) -> usize {
        self.requests.try_iter().count()
    }
}

fn respond(stream: TcpStream, response: &str, requests: &Sender<Request>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let line = lines.remove(0);
    let lower = |header: String| header.split_once(':').map(|(name, value)| format!("{}:{value}", name.to_lowercase()));
    let headers: Vec<String> = lines.into_iter().map(|header| lower(header).unwrap()).collect();
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    let sign = line.split_once("Sign=").map_or("", |(_, rest)| rest.split(['&', ' ']).next().unwrap());
    let response = response.replace("SIGN", sign);
    let (head, text) = response.split_once("\r\n\r\n").unwrap();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    let request = Request { line, headers, body: String::from_utf8(body).unwrap() };
    reader.get_mut().write_all((head + text).as_bytes())?;
    let _ = requests.send(request);
    Ok(())
}
