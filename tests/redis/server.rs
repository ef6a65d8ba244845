//! A `redis-server` for each test, in a directory of its own, which stores no data on the disk.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use redis::{Connection, FromRedisValue};

pub(crate) struct Redis {
    child: Child,
    dir: PathBuf,
    args: Vec<String>,
}

impl Redis {
    /// A running server on a Unix socket; `name` is that of the test.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_with(name, "", &[])
    }

    /// A server with further arguments, separated by blanks, and with these files in its directory.
    pub(crate) fn start_with(name: &str, args: &str, files: &[(&str, &str)]) -> Self {
        let dir = std::env::temp_dir().join(format!("tim-redis-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for (file, text) in files {
            std::fs::write(dir.join(file), text).unwrap();
        }
        let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
        Self { child: spawn(&dir, &args), dir, args }
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.dir.join("socket").display())
    }

    /// Kills it, as in a crash: all data is lost.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_file(self.dir.join("socket")).unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.dir, &self.args);
    }

    pub(crate) fn query<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut query = redis::cmd(words.next().unwrap());
        for word in words {
            query.arg(word);
        }
        query.query(&mut self.connect()).unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Returns when the server accepts connections.
fn spawn(dir: &Path, args: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "no"]).args(args);
    let mut child = command
        .current_dir(dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server: install the package of this name");
    let mut log = BufReader::new(child.stdout.take().unwrap()).lines();
    log.find(|line| line.as_ref().is_ok_and(|line| line.contains("eady to accept connections"))).unwrap().unwrap();
    // The rest of the log is read so that the pipe does not fill up.
    std::thread::spawn(move || log.for_each(drop));
    child
}
