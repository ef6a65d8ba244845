//! The secret key: where it is, and getting it from there when a command needs it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tim_follow::SecretKey;

use super::SettingsError;

/// How long a key command may take: somebody may have to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);

/// A key command that says more than this says something else.
const MAX_KEY: u64 = 4096;

/// Where the secret key is.
#[derive(Debug, Clone)]
pub(crate) enum KeyFrom {
    Variable(SecretKey),
    File(PathBuf),
    /// A program and its arguments.
    Command(Vec<String>),
}

impl KeyFrom {
    /// Reads the file or runs the command.
    pub(crate) fn load(&self) -> Result<SecretKey, SettingsError> {
        match self {
            Self::Variable(key) => Ok(key.clone()),
            Self::File(path) => key_file(path),
            Self::Command(words) => key_of_command(words, PATIENCE),
        }
    }
}

/// The key in a file, without the white space around it, whoever else can read it: `tim doctor` warns about that.
pub(crate) fn key_file(path: &Path) -> Result<SecretKey, SettingsError> {
    Ok(SecretKey::from_shared_file(path)?)
}

/// The key that a program prints. It runs without a shell; what it says on standard error is seen by the user.
fn key_of_command(words: &[String], patience: Duration) -> Result<SecretKey, SettingsError> {
    let (program, arguments) = words.split_first().ok_or_else(|| failed("", "it is empty"))?;
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(program, format!("it cannot be started: {error}")))?;
    let said = said(&mut child, patience).ok_or_else(|| {
        let _ = child.kill();
        let _ = child.wait();
        failed(program, format!("it is not done after {} s", patience.as_secs()))
    })?;
    let status = child.wait().map_err(|error| failed(program, format!("it is lost: {error}")))?;
    if !status.success() {
        return Err(failed(program, format!("it ended with {status}")));
    }
    match str::from_utf8(&said).map(str::trim) {
        Err(_) => Err(failed(program, "what it printed is not UTF-8")),
        Ok("") => Err(failed(program, "it printed nothing")),
        Ok(_) if said.len() as u64 > MAX_KEY => Err(failed(program, "it printed more than a key")),
        Ok(key) if key.contains(['\n', '\r']) => Err(failed(program, "it printed several lines, the key is one")),
        Ok(key) => Ok(SecretKey::new(key)),
    }
}

/// What a child prints up to its end; `None` when that does not come in time.
fn said(child: &mut Child, patience: Duration) -> Option<Vec<u8>> {
    let stdout = child.stdout.take()?;
    let (done, end) = mpsc::channel();
    thread::spawn(move || {
        let mut said = Vec::new();
        let read = stdout.take(MAX_KEY + 1).read_to_end(&mut said);
        let _ = done.send(read.map(|_| said).unwrap_or_default());
    });
    end.recv_timeout(patience).ok()
}

/// The arguments are not shown: they may name more than a place.
fn failed(program: &str, problem: impl Into<String>) -> SettingsError {
    SettingsError::KeyCommand { program: program.to_owned(), problem: problem.into() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, patience: Duration) -> Result<String, String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let key = key_of_command(&words, patience);
        key.map(|key| key.expose().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_prints_the_key() {
        assert_eq!(run("printf ' hunter2 \\n'", PATIENCE).unwrap(), "hunter2");
    }

    #[test]
    fn a_command_that_prints_no_key_is_named_without_what_it_printed() {
        for (script, problem) in [
            ("echo hunter2; exit 3", "ended with exit status: 3"),
            ("true", "printed nothing"),
            ("echo hunter2; echo user: me", "several lines"),
            ("printf 'hunter2\\377'", "not UTF-8"),
            ("yes hunter2 | tr -d '\\n' | head -c 5000", "more than a key"),
        ] {
            let error = run(script, PATIENCE).unwrap_err();
            assert!(error.contains("`sh`") && error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
        let error = key_of_command(&["/no/such/program".to_owned()], PATIENCE).unwrap_err().to_string();
        assert!(error.contains("/no/such/program") && error.contains("cannot be started"), "{error}");
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let error = run("exec sleep 600", Duration::from_millis(20)).unwrap_err();
        assert!(error.contains("not done after"), "{error}");
    }
}
