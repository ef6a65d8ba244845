//! Recognises files that are not text in UTF-8 by their first bytes.

use super::error::FormatError;

/// The number of bytes that [`recognise`] needs.
pub(super) const PREFIX: usize = 6;

/// What a file starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// Anything that has no known signature.
    Text,
    Gzip,
    /// A format that is not read.
    Unreadable(FormatError),
}

/// The signatures of common formats.
const SIGNATURES: [(&[u8], FormatError); 10] = [
    (b"\x28\xb5\x2f\xfd", FormatError::Compressed { program: "zstd" }),
    (b"\xfd7zXZ\0", FormatError::Compressed { program: "xz" }),
    (b"BZh9", FormatError::Compressed { program: "bzip2" }),
    (b"\x04\x22\x4d\x18", FormatError::Compressed { program: "lz4" }),
    (b"PK\x03\x04", FormatError::Document("a ZIP archive or an Excel workbook")),
    (b"\xd0\xcf\x11\xe0", FormatError::Document("an Excel workbook or another Office document")),
    (b"PAR1", FormatError::Document("a Parquet file")),
    (b"%PDF-", FormatError::Document("a PDF document")),
    (b"\xff\xfe", FormatError::Encoding("UTF-16")),
    (b"\xfe\xff", FormatError::Encoding("UTF-16")),
];

/// Recognises the format of a file by its first [`PREFIX`] bytes, or fewer if the file is shorter.
pub(super) fn recognise(prefix: &[u8]) -> Start {
    if prefix.starts_with(b"\x1f\x8b") {
        return Start::Gzip;
    }
    let found = SIGNATURES.into_iter().find(|(signature, _)| prefix.starts_with(signature));
    found.map_or(Start::Text, |(_, problem)| Start::Unreadable(problem))
}

/// Why a line with NUL bytes is not text: UTF-16 without a byte order mark, or a binary file.
/// `number` is that of the line.
pub(super) fn with_nul(line: &[u8], number: u64) -> FormatError {
    // In the first line, the parity of positions tells which half of each character is NUL.
    let nuls = |parity: usize| line.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    match (nuls(0), nuls(1)) {
        (0, low) if number == 1 && low > 1 => FormatError::Encoding("UTF-16LE"),
        (high, 0) if number == 1 && high > 1 => FormatError::Encoding("UTF-16BE"),
        _ => FormatError::Binary(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognised_by_their_first_bytes() {
        assert_eq!(recognise(b"\x1f\x8b\x08"), Start::Gzip);
        assert_eq!(recognise(b"a,b"), Start::Text);
        assert_eq!(recognise(b"\xef\xbb\xbfa"), Start::Text);
        assert_eq!(recognise(b""), Start::Text);
        let zstd = Start::Unreadable(FormatError::Compressed { program: "zstd" });
        assert_eq!(recognise(b"\x28\xb5\x2f\xfd\x24\x08"), zstd);
        assert_eq!(recognise(b"\xff\xfea\0"), Start::Unreadable(FormatError::Encoding("UTF-16")));
        assert!(SIGNATURES.iter().all(|(signature, _)| signature.len() <= PREFIX));
    }

    #[test]
    fn nul_bytes_are_utf_16_or_binary() {
        assert_eq!(with_nul(b"a\0,\0b\0\n", 1), FormatError::Encoding("UTF-16LE"));
        assert_eq!(with_nul(b"\0a\0,\0b\0\n", 1), FormatError::Encoding("UTF-16BE"));
        assert_eq!(with_nul(&[0; 100], 1), FormatError::Binary(1));
        assert_eq!(with_nul(b"a\0", 7), FormatError::Binary(7));
    }
}
