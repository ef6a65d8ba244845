//! The program under test, and what it talks to.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use serde_json::Value;

/// The key of all tests. No output may contain it.
pub(crate) const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

/// What the program reads of the environment, which is taken from the tests.
const VARIABLES: [&str; 21] = [
    "TIM_SDKAPPID",
    "TIM_ADMIN",
    "TIM_SECRET_KEY",
    "TIM_SECRET_KEY_FILE",
    "TIM_REGION",
    "TIM_BASE_URL",
    "TIM_ROOT_CERTIFICATE",
    "TIM_RATE_LIMIT",
    "TIM_WEBHOOK_TOKEN",
    "TIM_CONFIG",
    "TIM_PROFILE",
    "HOME",
    "XDG_CONFIG_HOME",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// The program with these arguments, cut at spaces, and without settings.
pub(crate) fn tim(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tim"));
    command.args(args.split_whitespace()).stdin(Stdio::null());
    VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// The program with all settings, calling `base_url`.
pub(crate) fn tim_at(base_url: &str, args: &str) -> Command {
    let mut command = tim(args);
    command.env("TIM_BASE_URL", base_url).env("TIM_SDKAPPID", "1400000000");
    command.env("TIM_ADMIN", "administrator").env("TIM_SECRET_KEY", KEY);
    command
}

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program to its end. Whatever it does, it shows no key, no query of a URL, and does not
/// panic.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    for text in [&stdout, &stderr] {
        assert!(!text.contains(KEY) && !text.contains("usersig=") && !text.contains("panicked"), "{text}");
    }
    Run { code: output.status.code(), stdout, stderr }
}

/// Runs the program with `input` on standard input.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Run {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(input.as_bytes()).unwrap();
    drop(writer);
    run(command.stdin(reader))
}

impl Run {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Checks that a message says this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}: {}", self.stderr);
        self
    }

    /// The lines for programs.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A file in the directory that cargo gives to these tests.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

/// The names of all commands that have none below them, from the names of their manual pages.
pub(crate) fn commands() -> BTreeSet<String> {
    // Tests that run at the same time have a directory each.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let dir = file(&format!("commands-{}", NEXT.fetch_add(1, Ordering::Relaxed)), "").with_extension("dir");
    let _ = fs::remove_dir_all(&dir);
    run(tim("man --dir").arg(&dir)).exits(0);
    let pages = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The name of a page has `-` instead of spaces, and one name has a `-` of its own.
    let name = |page: String| page.trim_end_matches(".1").replace('-', " ").replace("friend group", "friend-group");
    let names: BTreeSet<String> = pages.map(name).collect();
    let has_below = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name} ")));
    names.iter().filter(|name| !has_below(name)).map(|name| name.trim_start_matches("tim ").to_owned()).collect()
}

/// `tim emulator` as a process, ended when dropped.
pub(crate) struct Emulator {
    pub(crate) child: Child,
    /// Its first line.
    pub(crate) started: Value,
    pub(crate) base_url: String,
}

impl Emulator {
    /// Starts one with [`KEY`]. `name` is that of the test: each has its own key file.
    pub(crate) fn start(name: &str) -> Self {
        let key_file = file(&format!("{name}.key"), &format!("{KEY}\n"));
        Self::spawn(tim("emulator --secret-key-file").arg(key_file))
    }

    /// It is up when its first line is there.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null())
    }

    /// The same, with its messages going to `stderr`.
    pub(crate) fn spawn_with(command: &mut Command, stderr: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let base_url = started["base_url"].as_str().unwrap().to_owned();
        Self { child, started, base_url }
    }

    /// Runs the program against it.
    #[track_caller]
    pub(crate) fn run(&self, args: &str) -> Run {
        run(&mut tim_at(&self.base_url, args))
    }

    /// Ends it with this signal, and checks that it ends in order.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn end_with(&mut self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// Imports accounts.
    #[track_caller]
    pub(crate) fn import(&self, users: &[&str]) {
        let body = serde_json::json!({ "Accounts": users }).to_string();
        run(tim_at(&self.base_url, "call im_open_login_svc/multiaccount_import --body").arg(body)).exits(0);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that sends these responses, each a status and a body, one per connection, the last one
/// again and again; its base URL.
pub(crate) fn serve(responses: &[(u16, &str)]) -> String {
    serve_with("", responses)
}

/// The same with more headers, each with its line end.
pub(crate) fn serve_with(headers: &str, responses: &[(u16, &str)]) -> String {
    let headers = headers.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let responses: Vec<(u16, String)> = responses.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    thread::spawn(move || {
        let last = responses[responses.len() - 1].clone();
        for (status, body) in responses.into_iter().chain(std::iter::repeat(last)) {
            let (mut connection, _) = listener.accept().unwrap();
            // The body of a request ends with a brace; there is none before it.
            let mut byte = [0];
            while byte != *b"}" && connection.read(&mut byte).unwrap() == 1 {}
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
            connection.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    base_url
}
