//! Reads the lines of a text file: decompressed, without a BOM, numbered, with a maximum length.

use std::io::{self, BufRead, BufReader, Cursor, Read as _};

use flate2::bufread::MultiGzDecoder;

use super::ImportError;

/// The maximum length of a line in bytes. It limits the memory for one line.
const MAX_LINE: u64 = 1 << 20;
/// The number of decompressed bytes that are read at once.
const BUFFER: usize = 1 << 16;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The first bytes of files that are not text, with a description of the file.
const NOT_TEXT: [(&[u8], &str); 6] = [
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"PK\x03\x04", "an archive or a spreadsheet (.zip, .xlsx)"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet (.xls)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\x1f\x8b", "compressed twice"),
];

pub(super) struct Lines<'a> {
    input: Box<dyn BufRead + 'a>,
    line: Vec<u8>,
    /// The number of the latest line, from 1.
    number: u64,
    /// Whether the latest line is returned again.
    repeated: bool,
}

impl<'a> Lines<'a> {
    /// Detects the format from the first bytes. Decompresses gzip, and skips a UTF-8 BOM.
    ///
    /// # Errors
    /// The input is not text, or cannot be read.
    pub(super) fn new(input: impl BufRead + 'a) -> Result<Self, ImportError> {
        let (head, input) = peek(Box::new(input))?;
        let (head, mut input) = if head.starts_with(b"\x1f\x8b") {
            peek(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(input))))?
        } else {
            (head, input)
        };
        if let Some((_, kind)) = NOT_TEXT.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err(not_text(1, kind));
        }
        if head.starts_with(BOM) {
            input.read_exact(&mut [0; BOM.len()])?;
        }
        Ok(Self { input, line: Vec::new(), number: 0, repeated: false })
    }

    /// Returns the next line that is not blank, with its number, without the line ending.
    ///
    /// # Errors
    /// The line is not text or too long, or the input cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &str)>, ImportError> {
        if !std::mem::take(&mut self.repeated) && !self.advance()? {
            return Ok(None);
        }
        let (number, line) = (self.number, self.line.as_slice());
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match str::from_utf8(line) {
            Ok(line) => Ok(Some((number, line))),
            Err(_) => Err(ImportError::line(number, "not UTF-8 text: save the file as UTF-8 (Excel: \"CSV UTF-8\")")),
        }
    }

    /// Makes [`next`](Self::next) return the latest line again.
    pub(super) fn repeat(&mut self) {
        self.repeated = true;
    }

    /// Reads up to the end of the next line that is not blank. Returns false at the end of the
    /// input.
    fn advance(&mut self) -> Result<bool, ImportError> {
        loop {
            self.line.clear();
            self.number += 1;
            let mut bounded = (&mut self.input).take(MAX_LINE + 1);
            let read = bounded
                .read_until(b'\n', &mut self.line)
                .map_err(|error| ImportError::line(self.number, format!("cannot read the input: {error}")))?;
            if self.line.contains(&0) {
                return Err(not_text(self.number, "binary data or UTF-16 text"));
            }
            if read as u64 > MAX_LINE {
                let info = format!("longer than {MAX_LINE} bytes: write one record on each line");
                return Err(ImportError::line(self.number, info));
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
        }
    }
}

fn not_text(line: u64, kind: &str) -> ImportError {
    ImportError::line(line, format!("the input is {kind}: expected CSV or NDJSON as UTF-8 text, or its gzip"))
}

/// Returns the first four bytes, and an input that still starts with them.
fn peek<'a>(mut input: Box<dyn BufRead + 'a>) -> io::Result<(Vec<u8>, Box<dyn BufRead + 'a>)> {
    let mut head = Vec::new();
    (&mut input).take(4).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(input))))
}
