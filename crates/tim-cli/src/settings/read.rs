//! Reads small files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest configuration file and the longest file of certificates.
pub(super) const MAX_FILE: u64 = 1 << 20;

/// Reads a text of at most [`MAX_FILE`] bytes. A device without an end, such as `/dev/zero`, is an error.
pub(super) fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
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
            text(&path).map(|text| text.len() as u64).map_err(|error| error.to_string())
        };
        assert_eq!(length(MAX_FILE), Ok(MAX_FILE));
        assert!(length(MAX_FILE + 1).unwrap_err().contains("longer than 1 MiB"));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(text(&path).unwrap_err().to_string().contains("UTF-8"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_an_end_is_an_error() {
        assert!(text(Path::new("/dev/zero")).unwrap_err().to_string().contains("longer than 1 MiB"));
    }
}
