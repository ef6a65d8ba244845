//! The libraries that tim-sig is compared with, each in a process of its own: straightforward Rust,
//! and the official libraries for Node and Python.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::signing::{APP, KEY, SIGNATURES};

const NODE: &str = r"
const { Api } = require('tls-sig-api-v2');
const [key, app, count] = process.argv.slice(1);
const api = new Api(Number(app), key);
require('readline').createInterface({ input: process.stdin }).on('line', () => {
    const start = process.cpuUsage();
    for (let i = 0; i < Number(count); i++) api.genSig('user_' + String(i).padStart(8, '0'), 15552000);
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) * 1000);
});
";

const PYTHON: &str = r"
import sys, time
from TLSSigAPIv2 import TLSSigAPIv2
key, app, count = sys.argv[1:]
api = TLSSigAPIv2(int(app), key)
for _ in sys.stdin:
    start = time.process_time_ns()
    for i in range(int(count)):
        api.gen_sig('user_%08d' % i, 15552000)
    print(time.process_time_ns() - start, flush=True)
";

pub(crate) struct Peer {
    pub(crate) name: &'static str,
    child: Child,
    /// Each line requests a round.
    orders: Option<ChildStdin>,
    /// Each line is the CPU time of a round in nanoseconds.
    times: BufReader<ChildStdout>,
}

impl Peer {
    /// The package `naive-usersig` of this workspace. It is built separately, so that its flate2
    /// has the default backend.
    pub(crate) fn naive() -> Result<Self, String> {
        let target = folder("naive")?;
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--release", "-p", "naive-usersig", "--target-dir"]).arg(&target);
        run(cargo.current_dir(env!("CARGO_MANIFEST_DIR")))?;
        Self::start("naive Rust", &mut Command::new(target.join("release/naive-usersig")))
    }

    /// The official package on npm.
    pub(crate) fn npm() -> Result<Self, String> {
        let folder = folder("npm")?;
        if !folder.join("node_modules/tls-sig-api-v2").exists() {
            let package = ["--no-audit", "--no-fund", "--ignore-scripts", "tls-sig-api-v2@1.0.2"];
            run(Command::new("npm").arg("install").arg("--prefix").arg(&folder).args(package))?;
        }
        let mut node = Command::new("node");
        Self::start("npm tls-sig-api-v2", node.current_dir(folder).args(["-e", NODE]))
    }

    /// The official package on PyPI.
    pub(crate) fn pypi() -> Result<Self, String> {
        let folder = folder("pypi")?;
        if !folder.join("TLSSigAPIv2.py").exists() {
            let package = ["--quiet", "--disable-pip-version-check", "--no-deps", "tls-sig-api-v2==1.1"];
            run(Command::new("python3").args(["-m", "pip", "install", "--target"]).arg(&folder).args(package))?;
        }
        let mut python = Command::new("python3");
        Self::start("PyPI tls-sig-api-v2", python.env("PYTHONPATH", folder).args(["-c", PYTHON]))
    }

    fn start(name: &'static str, program: &mut Command) -> Result<Self, String> {
        program.args([KEY, &APP.to_string(), &SIGNATURES.to_string()]);
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = program.spawn().map_err(|error| format!("{name}: {error}"))?;
        let orders = child.stdin.take();
        let times = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut peer = Self { name, child, orders, times };
        peer.round("sign").map(|_| peer).ok_or_else(|| format!("{name} does not sign"))
    }

    /// Makes a round of signatures and returns the CPU time.
    pub(crate) fn sign(&mut self) -> Duration {
        self.round("sign").unwrap()
    }

    /// Verifies the signatures in a file, one per line, and returns the CPU time.
    pub(crate) fn verify(&mut self, sigs: &Path) -> Duration {
        self.round(&format!("verify {}", sigs.display())).unwrap()
    }

    /// Writes a round of signatures to a file, one per line.
    pub(crate) fn write(&mut self, sigs: &Path) {
        self.round(&format!("write {}", sigs.display())).unwrap();
    }

    fn round(&mut self, order: &str) -> Option<Duration> {
        writeln!(self.orders.as_mut()?, "{order}").ok()?;
        let mut time = String::new();
        self.times.read_line(&mut time).ok()?;
        time.trim().parse().ok().map(Duration::from_nanos)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The program ends at the end of its input.
        self.orders = None;
        let _ = self.child.wait();
    }
}

/// The folder in which a package is kept between runs.
pub(crate) fn folder(name: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("usersig-peers").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<(), String> {
    let failed = format!("{:?} does not run", command.get_program());
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{failed}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("{failed}: {error}")),
    }
}
