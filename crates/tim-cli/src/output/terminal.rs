//! The only module that writes to standard output and standard error. Messages are always escaped;
//! data is escaped on a terminal only, see [`Output`](super::Output).

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressDrawTarget;

use super::escape;

/// Standard output.
pub(super) fn stdout() -> io::Stdout {
    io::stdout()
}

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Where a progress is drawn. It may show only text of this program.
pub(crate) fn progress_target() -> ProgressDrawTarget {
    ProgressDrawTarget::stderr()
}

/// Prints a message of one line on standard error. Line ends in it are escaped too, so that text
/// from outside cannot look like another message.
pub(crate) fn note(text: impl Display) {
    print(&escape::line(&text.to_string()), "\n");
}

/// Prints a message that has line ends of its own on standard error.
pub(crate) fn note_lines(text: impl Display) {
    print(&escape::lines(&text.to_string()), "\n");
}

/// Prints a question on standard error. The user types on the same line.
pub(crate) fn prompt(text: impl Display) {
    print(&escape::line(&text.to_string()), "");
}

/// Set when a message could not be printed.
static MESSAGE_LOST: AtomicBool = AtomicBool::new(false);

/// Whether a message could not be printed, because standard error is broken.
pub(crate) fn lost_messages() -> bool {
    MESSAGE_LOST.load(Ordering::Relaxed)
}

/// Prints a message of one line on standard output, where no data goes.
pub(crate) fn note_on_stdout(text: impl Display) {
    let _ = writeln!(io::stdout(), "{}", escape::line(&text.to_string()));
}

fn print(text: &str, end: &str) {
    if io::stderr().lock().write_all(format!("{text}{end}").as_bytes()).is_err() {
        MESSAGE_LOST.store(true, Ordering::Relaxed);
    }
}

/// Prints help, a version or a usage error with its styles. It quotes arguments as they are, so
/// they must not have unsafe characters.
pub(crate) fn print_usage(error: &clap::Error) -> io::Result<()> {
    error.print()?;
    io::stdout().flush()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn look_at(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look_at(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("output/terminal.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let uses = ["io::stdout", "io::stderr", "ProgressDrawTarget::std", ".print()", "/dev/tty"];
                found.extend(uses.iter().filter(|name| text.contains(**name)).map(|name| format!("{path:?}: {name}")));
            }
        }
    }

    #[test]
    fn no_other_module_writes_to_the_terminal() {
        let mut found = Vec::new();
        look_at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.is_empty(), "use output::terminal instead: {found:#?}");
    }
}
