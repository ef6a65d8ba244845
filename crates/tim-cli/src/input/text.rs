//! Short texts, such as a request body or a UserSig, from a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::exit::Failure;

/// The maximum length of a text in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Reads standard input to its end.
pub(crate) fn from_stdin() -> Result<String, Failure> {
    read("standard input", io::stdin().lock())
}

/// Reads a file to its end.
pub(crate) fn from_file(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| failed(&name, error))?;
    read(&name, file)
}

fn read(name: &str, source: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    source.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| failed(name, error))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(failed(name, "it is longer than 1 MiB"));
    }
    Ok(text)
}

fn failed(name: &str, problem: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("cannot read {name}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_at_most_a_mebibyte() {
        assert_eq!(read("x", io::repeat(b'a').take(MAX_BYTES)).unwrap().len() as u64, MAX_BYTES);
        let error = read("x", io::repeat(b'a')).unwrap_err();
        assert_eq!(error.message(), "cannot read x: it is longer than 1 MiB");
    }
}
