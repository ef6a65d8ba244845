//! Reads short texts from files and standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The maximum length of a text in bytes.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// Reads a file of at most [`MAX_BYTES`] bytes. A device without an end, such as `/dev/zero`, is an
/// error.
pub(crate) fn file(path: &Path) -> io::Result<String> {
    text(File::open(path)?)
}

/// Reads standard input, of at most [`MAX_BYTES`] bytes, to its end.
pub(crate) fn stdin() -> io::Result<String> {
    text(io::stdin().lock())
}

fn text(source: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is longer than 1 MiB; check that it is the right file"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text");
        let length = |length: u64| {
            std::fs::write(&path, "x".repeat(length as usize)).unwrap();
            file(&path).map(|text| text.len() as u64).map_err(|error| error.to_string())
        };
        assert_eq!(length(MAX_BYTES), Ok(MAX_BYTES));
        assert!(length(MAX_BYTES + 1).unwrap_err().contains("longer than 1 MiB"));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(file(&path).unwrap_err().to_string().contains("UTF-8"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_an_end_is_an_error() {
        assert!(file(Path::new("/dev/zero")).unwrap_err().to_string().contains("longer than 1 MiB"));
    }
}
