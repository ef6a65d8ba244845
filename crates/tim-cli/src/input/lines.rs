//! Lines of bounded length from a file or a pipe, gzip or not.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::mem;

use flate2::bufread::MultiGzDecoder;

use super::error::FormatError;
use super::recognise::{PREFIX, Start, recognise, with_nul};

/// No line with two user ids is near as long. A longer one is skipped without being held in memory.
pub(super) const MAX_LINE: u64 = 64 * 1024;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    Format(FormatError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<FormatError> for ReadError {
    fn from(problem: FormatError) -> Self {
        Self::Format(problem)
    }
}

/// Reads lines and counts lines and bytes. Reads nothing before the first call of
/// [`next`](Self::next), because a pipe can block.
pub(super) struct Lines {
    reader: Reader,
    line: Vec<u8>,
    /// The number of the last line, from 1.
    number: u64,
    /// The number of bytes up to the end of the last line, after decompression.
    offset: u64,
}

enum Reader {
    New(Box<dyn Read + Send>),
    Open(Box<dyn BufRead + Send>),
    Gzip(Box<dyn BufRead + Send>),
}

pub(super) enum Line<'a> {
    Text(&'a [u8]),
    TooLong,
}

impl Lines {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        Self { reader: Reader::New(Box::new(reader)), line: Vec::new(), number: 0, offset: 0 }
    }

    /// Reads on from a position in a file that is not compressed. `reader` is at that position.
    pub(super) fn at(reader: impl Read + Send + 'static, number: u64, offset: u64) -> Self {
        Self { reader: Reader::Open(buffered(reader)), line: Vec::new(), number, offset }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the input is compressed; known after the first line.
    pub(super) fn is_gzip(&self) -> bool {
        matches!(self.reader, Reader::Gzip(_))
    }

    /// The next line, with its line end.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read or is not text. NUL bytes occur in no text, so
    /// they end reading, which also makes `/dev/zero` end.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let reader = match &mut self.reader {
            Reader::Open(reader) | Reader::Gzip(reader) => reader,
            Reader::New(new) => {
                self.reader = recognised(mem::replace(new, Box::new(io::empty())))?;
                return self.next();
            }
        };
        self.line.clear();
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.offset += read as u64;
        if self.line.contains(&0) {
            return Err(with_nul(&self.line, self.number).into());
        }
        if self.line.len() as u64 == MAX_LINE && !self.line.ends_with(b"\n") {
            self.offset += skip_line(reader, self.number)?;
            return Ok(Some(Line::TooLong));
        }
        let byte_order_mark = b"\xef\xbb\xbf".as_slice();
        let first = self.number == 1;
        let text = if first { self.line.strip_prefix(byte_order_mark).unwrap_or(&self.line) } else { &self.line };
        Ok(Some(Line::Text(text)))
    }
}

/// The text of an input, decompressed if it is gzip. Reads the first bytes.
///
/// # Errors
/// Returns an error if the input cannot be read or is not text.
pub(super) fn text(reader: impl Read + Send + 'static) -> Result<Box<dyn BufRead + Send>, ReadError> {
    match recognised(Box::new(reader))? {
        Reader::New(reader) => Ok(buffered(reader)),
        Reader::Open(reader) | Reader::Gzip(reader) => Ok(reader),
    }
}

/// Recognises the format, and decompresses gzip.
fn recognised(mut new: Box<dyn Read + Send>) -> Result<Reader, ReadError> {
    let prefix = prefix(&mut new)?;
    let start = recognise(&prefix);
    let reader = buffered(Cursor::new(prefix).chain(new));
    match start {
        Start::Text => Ok(Reader::Open(reader)),
        Start::Unreadable(problem) => Err(problem.into()),
        Start::Gzip => {
            let mut text = MultiGzDecoder::new(reader);
            let prefix = self::prefix(&mut text)?;
            match recognise(&prefix) {
                Start::Text => Ok(Reader::Gzip(buffered(Cursor::new(prefix).chain(text)))),
                Start::Gzip => Err(FormatError::CompressedTwice.into()),
                Start::Unreadable(problem) => Err(problem.into()),
            }
        }
    }
}

/// Reads the bytes that show the format, but not beyond the first line: a pipe may have no more.
fn prefix(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut prefix = Vec::with_capacity(PREFIX);
    let mut byte = [0];
    while prefix.len() < PREFIX && !prefix.ends_with(b"\n") {
        match reader.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => prefix.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(prefix)
}

fn buffered(reader: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(MAX_LINE as usize, reader))
}

/// Skips the rest of a line; returns its length.
fn skip_line(reader: &mut dyn BufRead, number: u64) -> Result<u64, ReadError> {
    let mut skipped = 0;
    loop {
        let available = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        let end = available.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let length = end.unwrap_or(available.len());
        if available.iter().take(length).any(|byte| *byte == 0) {
            return Err(FormatError::Binary(number).into());
        }
        reader.consume(length);
        skipped += length as u64;
        if end.is_some() || length == 0 {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// The lines with the offset behind each, and the error that ended reading.
    fn read(bytes: Vec<u8>) -> (Vec<(String, u64)>, Option<ReadError>) {
        let mut lines = Lines::new(Cursor::new(bytes));
        let mut found = Vec::new();
        loop {
            let line = match lines.next() {
                Ok(Some(Line::Text(text))) => String::from_utf8_lossy(text).into_owned(),
                Ok(Some(Line::TooLong)) => "too long".to_owned(),
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error)),
            };
            found.push((line, lines.offset()));
        }
    }

    #[test]
    fn gzip_is_read_in_one_or_several_members() {
        let bytes = [gzip(b"\xef\xbb\xbfa\nb"), gzip(b"c\nd")].concat();
        let lines = [("a\n", 5), ("bc\n", 8), ("d", 9)].map(|(line, at)| (line.to_owned(), at));
        assert_eq!(read(bytes).0, lines);
        assert_eq!(read(gzip(b"")).0, []);
        assert!(matches!(read(gzip(b"a\nb\n")[..15].to_vec()).1, Some(ReadError::Io(_))));
        let twice = read(gzip(&gzip(b"a"))).1;
        assert!(matches!(twice, Some(ReadError::Format(FormatError::CompressedTwice))));
        let nul = read(gzip(&[0; 300_000])).1;
        assert!(matches!(nul, Some(ReadError::Format(FormatError::Binary(1)))));
    }

    #[test]
    fn nul_bytes_end_reading_in_a_line_without_an_end_too() {
        let mut zeros = Lines::new(io::repeat(0));
        assert!(matches!(zeros.next(), Err(ReadError::Format(FormatError::Binary(1)))));
        let text = Cursor::new(vec![b'x'; 100_000]);
        let mut text = Lines::new(text.chain(io::repeat(0)));
        assert!(matches!(text.next(), Err(ReadError::Format(FormatError::Binary(1)))));
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let text = [b"a\n".as_slice(), &vec![b'x'; 200_000], b"\nb\n"].concat();
        let lines = [("a\n", 2), ("too long", 200_003), ("b\n", 200_005)].map(|(line, at)| (line.to_owned(), at));
        assert_eq!(read(text.clone()).0, lines);
        assert_eq!(read(gzip(&text)).0, lines);
    }

    /// Gives one byte at a time, and fails when more is read than a pipe holds.
    struct Slow(Vec<u8>);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn the_format_is_known_without_reading_beyond_the_first_line() {
        let mut lines = Lines::new(Slow(b"a\n".to_vec()));
        assert!(matches!(lines.next(), Ok(Some(Line::Text(b"a\n")))));
    }
}
