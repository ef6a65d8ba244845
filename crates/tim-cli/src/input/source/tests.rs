use std::io::{Cursor, Write};

use super::*;
use crate::input::reading::Header;

fn reading(kind: Kind) -> Reading {
    Reading { kind, format: None, header: Header::Auto, retry: None }
}

fn records(text: &[u8]) -> Records {
    let (lines, parser) = (Lines::new(Cursor::new(text.to_vec())), Parser::new(reading(Kind::Pairs)));
    Records::Lines(Box::new(LineRecords::new(lines, parser, "x.csv".to_owned(), "--pairs")))
}

fn found(text: &[u8]) -> Vec<Record> {
    records(text).map(Result::unwrap).collect()
}

fn pair(from: &str, to: &str, (offset, line, bad): (u64, u64, u64)) -> Record {
    Record::Pair(from.into(), to.into(), InputPosition { offset, line, bad })
}

fn bad(text: &str) -> Record {
    Record::Bad(text.to_owned())
}

#[test]
fn a_record_carries_the_position_behind_it() {
    let text = b"\xef\xbb\xbffrom,to\r\na,b\r\n\r\nc\r\nd,e";
    let expected = [pair("a", "b", (17, 2, 0)), bad("line 4: it has 1 column, not 2"), pair("d", "e", (25, 5, 1))];
    assert_eq!(found(text), expected);
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let text = [b"a,b\n".as_slice(), &vec![b'x'; 200_000], b"\nc,d\n"].concat();
    let long = bad("line 2: it has more than 65536 bytes");
    assert_eq!(found(&text), [pair("a", "b", (4, 1, 0)), long, pair("c", "d", (200_009, 3, 1))]);
}

#[test]
fn a_file_whose_first_thousand_lines_are_bad_is_the_wrong_one() {
    let text = "x\n".repeat(1001);
    let mut wrong = records(text.as_bytes());
    assert_eq!(wrong.by_ref().take_while(Result::is_ok).count(), 999);
    assert!(wrong.next().is_none() && wrong.bad() == 1000);
    let error = records(text.as_bytes()).find_map(Result::err).unwrap().to_string();
    assert!(error.contains("the first 1000 lines of x.csv are bad"), "{error}");
    assert!(error.contains("line 1: it has 1 column, not 2"), "{error}");
    let one_good = ["a,b\n", &text].concat();
    assert_eq!(found(one_good.as_bytes()).len(), 1002);
}

/// A file of this test, which is removed when dropped.
struct Scratch(tempfile::NamedTempFile);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Self(file)
    }

    fn source(&self, kind: Kind) -> Source {
        Source::File(InputFile { path: self.0.path().to_owned(), flag: "--pairs", reading: reading(kind) })
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Reads a source from each of its positions, and compares with what was read from the start.
#[track_caller]
fn check_positions(source: &Source) {
    let all: Vec<_> = source.open().unwrap().map(Result::unwrap).collect();
    let (mut targets, mut fingerprint) = (0, Fingerprint::default());
    for (index, record) in all.iter().enumerate() {
        let Record::Pair(from, to, position) = record else { continue };
        targets += 1;
        fingerprint.add(from, to);
        let mut rest = source.open_at(*position, targets, fingerprint).unwrap();
        assert_eq!(rest.bad(), position.bad);
        let rest: Vec<_> = rest.by_ref().map(Result::unwrap).collect();
        assert_eq!(rest, all[index + 1..]);
    }
    assert!(targets > 2);
    let start = source.open_at(InputPosition::default(), 0, Fingerprint::default()).unwrap();
    assert_eq!(start.map(Result::unwrap).collect::<Vec<_>>(), all);
}

#[test]
fn reading_continues_at_each_position() {
    let pairs: &[u8] = b"\xef\xbb\xbf\n\nnick;to;from\nx\nB;b;a\n\n;\"d;1\";c\nD;f;e";
    check_positions(&Scratch::new(pairs).source(Kind::Pairs));
    check_positions(&Scratch::new(&gzip(pairs)).source(Kind::Pairs));
    // The user of all targets is the first target.
    let users: &[u8] = b"\xff\nbob\ncarol\n\xff\ndave\n";
    check_positions(&Scratch::new(users).source(Kind::Targets(None)));
    let arguments = ["bob", "carol", "dave"].map(|to| ("alice".into(), to.into()));
    check_positions(&Source::Arguments(arguments.to_vec()));
}

#[test]
fn a_plain_file_is_not_read_up_to_the_position() {
    let text = ["a,b\n", &"c,d\n".repeat(100_000), "e,f\n"].concat();
    let file = Scratch::new(text.as_bytes());
    // The targets before the position are not compared: they are not read.
    let position = InputPosition { offset: text.len() as u64 - 4, line: 100_001, bad: 0 };
    let rest = file.source(Kind::Pairs).open_at(position, 1, Fingerprint::default()).unwrap();
    let rest: Vec<_> = rest.map(Result::unwrap).collect();
    assert_eq!(rest, [pair("e", "f", (text.len() as u64, 100_002, 0))]);
}

#[test]
fn other_first_targets_are_an_error() {
    let arguments = Source::Arguments(vec![("alice".into(), "bob".into())]);
    let error = |targets| {
        let position = InputPosition { line: targets, ..InputPosition::default() };
        arguments.open_at(position, targets, Fingerprint::default()).err().unwrap().to_string()
    };
    assert!(error(1).contains("its first 1 target differ"), "{}", error(1));
    assert!(error(2).contains("the command line is not the input with which the journal started"), "{}", error(2));
}

#[test]
fn a_directory_is_an_error() {
    let path = std::env::temp_dir();
    let directory = Source::File(InputFile { path, flag: "--pairs", reading: reading(Kind::Pairs) });
    assert!(matches!(directory.open(), Err(InputError::Directory { .. })));
}
