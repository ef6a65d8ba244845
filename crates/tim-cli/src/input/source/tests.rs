use std::io::{Cursor, Write};

use tim_follow::UserId;

use super::*;
use crate::input::fields::Fields;
use crate::input::reading::Header;

fn reading(kind: Kind) -> Reading {
    Reading { kind, format: None, header: Header::Auto, retry: None, defaults: Fields::default() }
}

fn records(text: &[u8]) -> Records<UserId> {
    Records::new(Lines::new(Cursor::new(text.to_vec())), reading(Kind::Pairs), "x.csv".to_owned(), "--pairs")
}

/// A record, without its fingerprint.
#[derive(Debug, PartialEq)]
enum Found {
    Pair(String, String, InputPosition),
    Bad(String),
}

fn without_fingerprint(record: Record<UserId>) -> Found {
    match record {
        Record::Target(Pair { from, target }, state) => {
            Found::Pair(from.to_string(), target.to_string(), state.position)
        }
        Record::Bad(why) => Found::Bad(why),
    }
}

fn found(text: &[u8]) -> Vec<Found> {
    records(text).map(Result::unwrap).map(without_fingerprint).collect()
}

fn pair(from: &str, to: &str, (offset, line, bad): (u64, u64, u64)) -> Found {
    Found::Pair(from.to_owned(), to.to_owned(), InputPosition { offset, line, bad })
}

fn bad(text: &str) -> Found {
    Found::Bad(text.to_owned())
}

fn argument(from: &str, user: &str) -> LineTarget {
    LineTarget { from: from.into(), user: user.into(), fields: Fields::default() }
}

#[test]
fn a_quoted_text_can_have_line_breaks() {
    let text = b"from,to,nick\na,b,\"B\n,\"\"\nob\"\nc,d,x\ne,\"f,\ng,h,\n";
    let expected = [pair("a", "b", (28, 4, 0)), pair("c", "d", (34, 5, 0)), bad("lines 6 to 7: a quote is not closed")];
    assert_eq!(found(text), expected);
    let long = [b"from,to,nick\na,b,\"".as_slice(), &b"x\n".repeat(32_800), b"c,d,\n"].concat();
    let found_in_long = found(&long);
    assert!(matches!(&found_in_long[0], Found::Bad(why) if why.ends_with("a quote is not closed")));
    assert!(matches!(found_in_long.last(), Some(Found::Pair(from, ..)) if from == "c"), "bounded");
    assert_eq!(found(b"a,\"b\nc,d\n")[0], bad("line 1: a quote is not closed"));
}

#[test]
fn a_quote_within_a_text_joins_no_lines() {
    let text = b"from,to,nick\na,b,5\" screen\nc,d,6\" screen\ne,f,\"x\ng,h,\"y\"\ni,j,\n";
    let expected = [
        pair("a", "b", (27, 2, 0)),
        pair("c", "d", (41, 3, 0)),
        bad("lines 4 to 5: text follows a closing quote; write a quote in a text twice"),
        pair("i", "j", (61, 6, 1)),
    ];
    assert_eq!(found(text), expected);
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
    let all: Vec<_> = source.open::<UserId>().unwrap().map(Result::unwrap).collect();
    let mut targets = 0;
    for (index, record) in all.iter().enumerate() {
        let Record::Target(_, state) = record else { continue };
        targets += 1;
        let mut rest = source.open_at::<UserId>(*state, targets).unwrap();
        assert_eq!(rest.bad(), state.position.bad);
        let rest: Vec<_> = rest.by_ref().map(Result::unwrap).collect();
        assert_eq!(rest, all[index + 1..]);
    }
    assert!(targets > 2);
    let start = source.open_at::<UserId>(InputState::default(), 0).unwrap();
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
    let arguments = ["bob", "carol", "dave"].map(|to| argument("alice", to));
    check_positions(&Source::Arguments(arguments.to_vec()));
}

#[test]
fn a_plain_file_is_not_read_up_to_the_position() {
    let text = ["a,b\n", &"c,d\n".repeat(100_000), "e,f\n"].concat();
    let file = Scratch::new(text.as_bytes());
    // The targets before the position are not compared: they are not read.
    let position = InputPosition { offset: text.len() as u64 - 4, line: 100_001, bad: 0 };
    let rest = file.source(Kind::Pairs).open_at(InputState { position, ..InputState::default() }, 1).unwrap();
    let rest: Vec<_> = rest.map(Result::unwrap).map(without_fingerprint).collect();
    assert_eq!(rest, [pair("e", "f", (text.len() as u64, 100_002, 0))]);
}

#[test]
fn other_first_targets_are_an_error() {
    let arguments = Source::Arguments(vec![argument("alice", "bob")]);
    let error = |targets| {
        let position = InputPosition { line: targets, ..InputPosition::default() };
        let state = InputState { position, ..InputState::default() };
        arguments.open_at::<UserId>(state, targets).err().unwrap().to_string()
    };
    assert!(error(1).contains("its first 1 target differ"), "{}", error(1));
    assert!(error(2).contains("the command line is not the input with which the journal started"), "{}", error(2));
}

#[test]
fn a_directory_is_an_error() {
    let path = std::env::temp_dir();
    let directory = Source::File(InputFile { path, flag: "--pairs", reading: reading(Kind::Pairs) });
    assert!(matches!(directory.open::<UserId>(), Err(InputError::Directory { .. })));
}
