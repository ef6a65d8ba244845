//! Where targets come from: the command line, a file or standard input, read line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec;

use tim_follow::UserId;

use super::record::{InputFormat, Kind, Pair, Parser};

/// No line with two user ids is near as long. A longer one is skipped without being held in memory.
const MAX_LINE: u64 = 64 * 1024;

/// Where the targets of a command come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The command line.
    Arguments(Vec<Pair>),
    /// A file, or `-` for standard input.
    File { path: PathBuf, kind: Kind, format: Option<InputFormat> },
}

/// Something in the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Pair(UserId, UserId),
    /// A line that is none, and why.
    Bad(String),
}

/// The input, record by record.
pub(crate) enum Records {
    Arguments(vec::IntoIter<Pair>),
    Lines(Lines, Parser),
}

impl Source {
    /// Whether it can be read twice: a pipe cannot.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Arguments(_) => true,
            Self::File { path, .. } => !is_stdin(path) && path.metadata().is_ok_and(|data| data.is_file()),
        }
    }

    /// Whether it is a list that somebody typed.
    pub(crate) fn is_arguments(&self) -> bool {
        matches!(self, Self::Arguments(_))
    }

    /// Whether each record brings a `from` of its own.
    pub(crate) fn names_from(&self) -> bool {
        matches!(self, Self::File { kind: Kind::Pairs, .. })
    }

    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } if !is_stdin(path) => Some(path),
            _ => None,
        }
    }

    /// How messages name it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Arguments(_) => "the command line".to_owned(),
            Self::File { path, .. } if is_stdin(path) => "standard input".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }

    /// Starts to read it.
    pub(crate) fn open(&self) -> io::Result<Records> {
        match self {
            Self::Arguments(pairs) => Ok(Records::Arguments(pairs.clone().into_iter())),
            Self::File { path, kind, format } => {
                let reader: Box<dyn Read + Send> =
                    if is_stdin(path) { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
                let lines = Lines::new(Box::new(BufReader::with_capacity(MAX_LINE as usize, reader)));
                Ok(Records::Lines(lines, Parser::new(kind.clone(), *format)))
            }
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

impl Iterator for Records {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let (lines, parser) = match self {
            Self::Arguments(pairs) => return pairs.next().map(|(from, to)| Ok(Record::Pair(from, to))),
            Self::Lines(lines, parser) => (lines, parser),
        };
        loop {
            let parsed = match lines.next() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(Line::TooLong)) => Err(format!("it has more than {MAX_LINE} bytes")),
                Ok(Some(Line::Text(line))) => parser.parse(line),
            };
            match parsed {
                Ok(None) => {}
                Ok(Some((from, to))) => return Some(Ok(Record::Pair(from, to))),
                Err(why) => return Some(Ok(Record::Bad(format!("line {}: {why}", lines.number)))),
            }
        }
    }
}

/// Lines of bounded length.
pub(crate) struct Lines {
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    /// Of the line that was read last, from 1.
    number: u64,
}

enum Line<'a> {
    Text(&'a [u8]),
    TooLong,
}

impl Lines {
    fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, line: Vec::new(), number: 0 }
    }

    fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        if self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.len() as u64 == MAX_LINE && !self.line.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Line::TooLong));
        }
        let mark = b"\xef\xbb\xbf".as_slice();
        let text = if self.number == 1 { self.line.strip_prefix(mark).unwrap_or(&self.line) } else { &self.line };
        Ok(Some(Line::Text(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &[u8]) -> Vec<Record> {
        let lines = Lines::new(Box::new(io::Cursor::new(text.to_vec())));
        Records::Lines(lines, Parser::new(Kind::Pairs, None)).map(Result::unwrap).collect()
    }

    fn pair(from: &str, to: &str) -> Record {
        Record::Pair(from.into(), to.into())
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let found = records(b"\xef\xbb\xbffrom,to\r\na,b\r\n\r\nc\r\nd,e");
        let bad = Record::Bad("line 4: it has 1 column, not 2".to_owned());
        assert_eq!(found, [pair("a", "b"), bad, pair("d", "e")]);
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let text = [b"a,b\n".as_slice(), &vec![b'x'; 200_000], b"\nc,d\n"].concat();
        let bad = Record::Bad("line 2: it has more than 65536 bytes".to_owned());
        assert_eq!(records(&text), [pair("a", "b"), bad, pair("c", "d")]);
    }
}
