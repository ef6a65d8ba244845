//! Reads the secret key when a command needs it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tim_follow::SecretKey;
use tim_follow::sig::KeyError;

use super::secret::HINT;
use super::{Resolved, SettingsError, Source};

/// The time limit of a key command, in which a user may have to type a passphrase.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes that a key command may print.
const MAX_KEY: u64 = 4096;

/// What contains the secret key.
#[derive(Debug, Clone)]
pub(crate) enum KeySource {
    Variable(SecretKey),
    File(PathBuf),
    /// A program and its arguments.
    Command(Vec<String>),
}

impl Resolved<KeySource> {
    /// Reads the file or runs the command.
    pub(crate) fn load(&self) -> Result<SecretKey, SettingsError> {
        match &self.value {
            KeySource::Variable(key) => Ok(key.clone()),
            KeySource::File(path) => key_file(path).map_err(|error| self.file_error(error)),
            KeySource::Command(words) => key_of_command(words, TIMEOUT)
                .map_err(|problem| SettingsError::KeyCommand { named_by: self.source.clone(), problem }),
        }
    }

    /// No error quotes a value of the configuration file, so the path in it is left out.
    fn file_error(&self, error: SettingsError) -> SettingsError {
        let named_by = self.source.clone();
        match (&self.source, error) {
            (Source::Flag(_), error) => error,
            (_, SettingsError::Key(KeyError::LooksLikeKey)) => {
                SettingsError::SecretKeyFile { named_by, problem: HINT.into() }
            }
            (Source::Profile { .. }, SettingsError::Key(error)) => {
                let problem = match error {
                    KeyError::Unreadable { error, .. } => format!("cannot read it: {error}"),
                    KeyError::Empty { .. } => "it is empty".to_owned(),
                    _ => "it is not the file of a key".to_owned(),
                };
                SettingsError::SecretKeyFile { named_by, problem }
            }
            (_, error) => error,
        }
    }
}

/// The key in a file, without whitespace around it. Other users may be able to read the file; `tim
/// doctor` warns about that.
pub(crate) fn key_file(path: &Path) -> Result<SecretKey, SettingsError> {
    Ok(SecretKey::from_shared_file(path)?)
}

/// The key that a program prints. The program runs without a shell, and its standard error is that
/// of `tim`. Errors contain neither its name and arguments nor its output.
fn key_of_command(words: &[String], timeout: Duration) -> Result<SecretKey, String> {
    let (program, arguments) = words.split_first().ok_or("it is empty")?;
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start it: {error}"))?;
    let output = output(&mut child, timeout).ok_or_else(|| {
        let _ = child.kill();
        let _ = child.wait();
        format!("it was still running after {} s", timeout.as_secs())
    })?;
    let status = child.wait().map_err(|error| format!("cannot wait for its end: {error}"))?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    match str::from_utf8(&output).map(str::trim) {
        Err(_) => Err("its output is not UTF-8".to_owned()),
        Ok("") => Err("it printed nothing".to_owned()),
        Ok(_) if output.len() as u64 > MAX_KEY => Err("it printed more than a key".to_owned()),
        Ok(key) if key.contains(['\n', '\r']) => Err("it printed several lines; a key is one line".to_owned()),
        Ok(key) => Ok(SecretKey::new(key)),
    }
}

/// The output of a child until its end; `None` if the child is still running after `timeout`.
fn output(child: &mut Child, timeout: Duration) -> Option<Vec<u8>> {
    let stdout = child.stdout.take()?;
    let (done, end) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.take(MAX_KEY + 1).read_to_end(&mut output);
        let _ = done.send(read.map(|_| output).unwrap_or_default());
    });
    end.recv_timeout(timeout).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration) -> Result<String, String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        key_of_command(&words, timeout).map(|key| key.expose().to_owned())
    }

    #[test]
    fn a_command_prints_the_key() {
        assert_eq!(run("printf ' hunter2 \\n'", TIMEOUT).unwrap(), "hunter2");
    }

    #[test]
    fn the_error_about_a_command_has_neither_its_words_nor_its_output() {
        for (script, problem) in [
            ("echo hunter2; exit 3", "ended with exit status: 3"),
            ("true", "printed nothing"),
            ("echo hunter2; echo user: me", "several lines"),
            ("printf 'hunter2\\377'", "not UTF-8"),
            ("yes hunter2 | tr -d '\\n' | head -c 5000", "more than a key"),
        ] {
            let error = run(script, TIMEOUT).unwrap_err();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
        let error = key_of_command(&["/no/hunter2".to_owned()], TIMEOUT).unwrap_err();
        assert!(error.contains("cannot start") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let error = run("exec sleep 600", Duration::from_millis(20)).unwrap_err();
        assert!(error.contains("still running after"), "{error}");
    }
}
