//! A `redis-server` of its own for each test, on a socket in a directory of its own, without anything on the disk.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use redis::{Connection, FromRedisValue};

pub(crate) struct Redis {
    child: Child,
    dir: PathBuf,
}

impl Redis {
    /// A running server; `name` is that of the test.
    pub(crate) fn start(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("tim-redis-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self { child: spawn(&dir), dir }
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.dir.join("socket").display())
    }

    /// Kills it as a crash would: all that it knew is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_file(self.dir.join("socket")).unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.dir);
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

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Returns when the server takes connections.
fn spawn(dir: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "no"]).current_dir(dir);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("redis-server: install the package of this name");
    let mut log = BufReader::new(child.stdout.take().unwrap()).lines();
    log.find(|line| line.as_ref().is_ok_and(|line| line.contains("eady to accept connections"))).unwrap().unwrap();
    // What it says from now on goes nowhere, but the pipe must not fill up.
    std::thread::spawn(move || log.for_each(drop));
    child
}
