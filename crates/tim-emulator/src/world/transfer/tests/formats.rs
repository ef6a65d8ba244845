//! What is read, and what is rejected.

use std::io::{BufReader, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::to_string;

use crate::world::transfer::{ImportError, read};

/// The records as JSON, one on each line, or the error.
fn lines(input: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    // A small buffer, so that no first read holds all that a detection looks at.
    let input = BufReader::with_capacity(1, input.as_ref());
    let records = read(input).map_err(|error| error.to_string())?;
    records
        .map(|record| record.map(|record| to_string(&record).unwrap()))
        .collect::<Result<_, ImportError>>()
        .map_err(|error| error.to_string())
}

/// Follows as from>to@time.
fn follows(input: impl AsRef<[u8]>) -> Vec<String> {
    let short = |line: &String| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let follow = &record["follow"];
        let at = follow["at"].as_u64().map(|at| format!("@{at}")).unwrap_or_default();
        format!("{}>{}{at}", follow["from"].as_str().unwrap(), follow["to"].as_str().unwrap())
    };
    lines(input).unwrap().iter().map(short).collect()
}

#[track_caller]
fn rejected(input: impl AsRef<[u8]>, line: u64, reason: &str) {
    let error = lines(input).unwrap_err();
    assert!(error.starts_with(&format!("line {line}: ")) && error.contains(reason), "{reason}: {error}");
    assert!(!error.contains(|c: char| c.is_control()), "{error:?}");
}

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_ref()).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn follows_need_no_header() {
    assert_eq!(follows("a,b\nb,a,7\n"), ["a>b", "b>a@7"]);
    assert_eq!(follows("\u{feff}a,b"), ["a>b"]);
    assert_eq!(follows("\r\n \na,b\r\n\r\nb,c\r\n"), ["a>b", "b>c"]);
    assert_eq!(follows("a,b,\n,,\nc,d,9\n"), ["a>b", "c>d@9"], "spreadsheets write empty cells");
    assert_eq!(follows("a,b\nfrom,to\n"), ["a>b", "from>to"], "a header is only in the first line");
    assert_eq!(follows("from,to\nfrom,to\n"), ["from>to"]);
    assert_eq!(follows("小明,bob"), ["小明>bob"]);
    assert_eq!(lines(""), Ok(vec![]));
    assert_eq!(lines("\u{feff}\n \n"), Ok(vec![]));
}

#[test]
fn blanks_and_quotes_around_a_cell_do_not_belong_to_it() {
    assert_eq!(follows(" a , b \n"), ["a>b"]);
    assert_eq!(follows("\"a,1\",\"b\"\"2\"\n"), ["a,1>b\"2"]);
    assert_eq!(follows(" \"a\" , \" b \" , 7 \r\n"), ["a> b @7"]);
    assert_eq!(follows("\"a\"\t \"b\"\t\n"), ["a>b"]);
}

#[test]
fn a_header_names_the_columns_in_any_case_and_order() {
    for (header, row) in [
        ("from,to", "a,b"),
        ("TO,From", "b,a"),
        ("\"From_Account\" , \"To_Account\"", "a,b"),
        ("follower,followee", "a,b"),
        ("Followee;Follower", "b;a"),
        ("From_Account\tTo_Account", "a\tb"),
    ] {
        assert_eq!(follows(format!("{header}\r\n{row}\r\n")), ["a>b"], "{header}");
    }
    for header in ["To_Account,FollowTime,From_Account", "to,TIME,from", "to,at,from"] {
        assert_eq!(follows(format!("{header}\nb,7,a\nc,,a\n")), ["a>b@7", "a>c"], "{header}");
    }
    assert_eq!(follows("from,to,time\na,b\n"), ["a>b"], "the time is optional");
    assert_eq!(follows("a;b;7\nc;d\n"), ["a>b@7", "c>d"], "without a header too");
    assert_eq!(follows("a\tb\nc;d\te,f\n"), ["a>b", "c;d>e,f"]);
}

#[test]
fn accounts_are_read_by_their_header() {
    let expected = [
        r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Nick":"A"}}}"#,
        r#"{"account":{"user":"b","profile":{"Tag_Profile_IM_Image":"http://b"}}}"#,
        r#"{"account":{"user":"c"}}"#,
    ];
    for header in ["user,nick,face", "UserID,Nick,FaceUrl", "IDENTIFIER,NICK,FACE"] {
        assert_eq!(lines(format!("{header}\na,A,\nb,,http://b\nc,,\n")).unwrap(), expected, "{header}");
    }
    assert_eq!(lines("UserID\nc\n").unwrap(), expected[2..]);
    assert_eq!(lines("Nick,UserID\nA,a\n").unwrap(), expected[..1]);
}

#[test]
fn a_header_that_is_not_known_is_rejected() {
    for header in ["from,user_id", "user_id,to", "from,to,created", "user_id,nick", "source,target", "follower_id,id"] {
        rejected(format!("\n{header}\na,b,7\n"), 2, "is not a known column name: expected a header of from,to");
    }
    for header in ["from,time", "to", "from,to,nick", "from,to,follower", "nick", "user,user", "from,to,time,at"] {
        rejected(format!("{header}\n"), 1, "do not make a table: expected a header of from,to");
    }
    rejected("from,bob\n", 1, "\"bob\" is not a known column name");
    rejected("x,y,z\n", 1, "the time \"z\" is not a number: write unix seconds");
}

#[test]
fn a_line_that_is_not_a_record_is_rejected() {
    for (line, reason) in [
        ("a", "\"a\" has 1 cell: expected from,to"),
        ("a,b,1,2", "\"a,b,1,2\" has 4 cells: expected from,to"),
        (",b", "from is empty"),
        ("a,", "to is empty"),
        ("a,a", "the same user"),
        ("a,b,1702262118000", "looks like milliseconds"),
        ("a,b,1.7E+09", "\"1.7E+09\" is not a number"),
        ("a,b,-1", "\"-1\" is not a number"),
        ("\"a,b", "has a quote that is not closed"),
        ("a\"b\",c", "has a quote in the middle of a cell"),
        ("\"a\"b\"c\",d", "has a quote in the middle of a cell"),
        ("\"a\"b,c", "has a quote in the middle of a cell"),
        ("a,b\rc,d", "has a control character"),
        ("\u{1b}[2J,b", r#""\u{1b}[2J,b" has a control character"#),
        ("{\"account\":{\"user\":\"x\"}}", "a JSON record in a CSV file"),
    ] {
        rejected(format!("x,y\n\n{line}\nc,d\n"), 3, reason);
    }
    rejected("from,to\na,b,1\n", 2, "has 3 cells: expected 2, like the header");
    rejected("time,from,to\n1,a\n", 2, "has 2 cells: expected 3, like the header");
    rejected(format!("x,y\na,{}\n", "b".repeat(33)), 2, "has 33 bytes");
    rejected(format!("x,y\na,{}\n", "b".repeat(2 << 20)), 2, "longer than 1048576 bytes");
    rejected(b"x,y\na,\xb9\xd8\n", 2, "not UTF-8 text");
    rejected(b"x,y\na,b\0\n", 2, "binary data");
}

#[test]
fn ndjson_is_read_line_by_line() {
    let records = [
        r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Level":7}}}"#,
        r#"{"account":{"user":"b","groups":["Work","Chess"],"logins":{"Web":"PushOnline","iPhone":"Online"},"kicked_at":7}}"#,
        r#"{"follow":{"from":"a","to":"b","at":7}}"#,
        r#"{"friend":{"owner":"a","friend":"b","source":"AddSource_Type_Web","remark":"r","at":7}}"#,
        r#"{"friend":{"owner":"b","friend":"a","wording":"w","groups":["Work"],"custom":{"Tag_SNS_Custom_Level":7},"at":7}}"#,
        r#"{"friend_request":{"from":"a","to":"b","source":"AddSource_Type_Web","remark":"r","wording":"w","group":"g","both_ways":false,"at":7}}"#,
        r#"{"block":{"owner":"a","user":"b","at":7}}"#,
    ];
    assert_eq!(lines(records.join("\r\n \n  ")).unwrap(), records);
    for (line, reason) in [
        ("{\"account\":{}}", "missing field `user` at column"),
        ("{\"accounts\":{\"user\":\"x\"}}", "unknown variant `accounts`"),
        ("{\"accounts\\u001b\":{\"user\":\"x\"}}", r"unknown variant `accounts\u{1b}`"),
        ("{\"follow\":{\"from\":\"a\",\"to\":\"b\",\"time\":1}}", "unknown field `time`"),
        ("{\"friend\":{\"owner\":\"a\",\"friend\":\"b\",\"group\":\"g\"}}", "unknown field `group`"),
        ("{\"follow\":{\"from\":\"a\",\"to\":\"b\",\"at\":99999999999999999999}}", "invalid type: floating point"),
        ("{\"follow\":{\"from\":\"a\",\"to\":\"b\",\"at\":-1}}", "invalid value: integer `-1`"),
        ("{", "EOF"),
        ("{\"account\":{\"user\":\"a\"}} {}", "trailing characters"),
        ("a,b", "\"a,b\" is not a JSON record"),
    ] {
        rejected(format!("{}\n\n{line}\n", records[0]), 3, reason);
    }
    rejected("\n[{\"account\":{\"user\":\"a\"}}]", 2, "a JSON array: expected NDJSON");
}

#[test]
fn gzip_is_decompressed() {
    assert_eq!(follows(gzip("\u{feff}a,b\r\nb,c")), ["a>b", "b>c"]);
    assert_eq!(follows([gzip("a,b\n"), gzip("b,c\n")].concat()), ["a>b", "b>c"], "as concatenated files");
    assert_eq!(lines(gzip("")), Ok(vec![]));
    rejected(gzip("a,b\na\n"), 2, "has 1 cell");
    rejected(gzip(gzip("a,b\n")), 1, "compressed twice");
    let whole = gzip((0..10_000).map(|n| format!("a{n},b\n")).collect::<String>());
    let error = lines(&whole[..whole.len() - 10]).unwrap_err();
    assert!(error.contains("cannot read the input"), "{error}");
}

#[test]
fn other_kinds_of_files_are_rejected() {
    let utf16: Vec<u8> = "a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    rejected([b"\xff\xfe", utf16.as_slice()].concat(), 1, "UTF-16 text: expected CSV or NDJSON as UTF-8 text");
    rejected(utf16, 1, "binary data or UTF-16 text");
    rejected(b"\xfe\xff\0a", 1, "UTF-16 text");
    rejected(b"PK\x03\x04\x14\0", 1, "spreadsheet (.zip, .xlsx)");
    rejected(b"\x28\xb5\x2f\xfd\x04", 1, "compressed with zstd");
    rejected(b"\x7fELF\x02\x01\x01\0", 1, "binary data");
}
