use tim_follow::{account, follow};

use super::*;
use crate::input::from_line::ColumnName;
use crate::input::retry::Retry;

struct Account;

impl FromLine for Account {
    const COLUMNS: &'static [ColumnName] =
        &[ColumnName { name: "nick", aliases: &["nickname"] }, ColumnName { name: "image", aliases: &[] }];

    fn from_line(_: UserId, _: &Fields) -> Result<Self, String> {
        Ok(Self)
    }
}

fn accounts(lines: &[&[u8]]) -> Vec<String> {
    parse_as::<Account>(reading(Kind::Users { accepts_pairs: false }), lines)
}

#[test]
fn users_can_have_columns() {
    assert_eq!(accounts(&[b"alice", b" bob "]), [">alice", ">bob"]);
    let csv = accounts(&[b"image,User ID,ok,Nickname", b"i.png,alice,true, A. ", b",bob,,", b"x,zoe,false,Z"]);
    assert_eq!(csv[..2], [r#">alice image="i.png" nick=" A. ""#, ">bob"]);
    assert!(csv[2].starts_with("it is a row about a failure"), "{csv:?}");
    assert_eq!(accounts(&[b"user,nick", b"alice,  "]), [">alice"]);
    assert_eq!(accounts(&[b"user,ok,nick,image", b"alice,true,  ,"]), [r#">alice nick="  ""#]);
    let json = accounts(&[
        br#"{"user":"alice","nick":"A.","image":null,"outcome":"done"}"#,
        br#"{"to":7,"nick":""}"#,
        br#"{"user":"bob","age":7}"#,
    ]);
    assert_eq!(json[..2], [r#">alice nick="A.""#, r#">7 nick="""#]);
    let twice =
        accounts(&[br#"{"user":"a","nick":"A","nickname":"B"}"#, br#"{"user":"b","nick":null,"nickname":"B"}"#]);
    assert_eq!(twice, [r#"it has two keys that mean `nick`; one of them is "nickname""#, r#">b nick="B""#]);
    assert_eq!(json[2], r#"UnknownKey { name: "age", known: "known keys: user, nick, image" }"#);
    assert_eq!(accounts(&[br#"{"from":"a","to":"b","nick":"B"}"#, b""])[0], "Pairs");
    let unknown = accounts(&[b"user,age"]);
    assert_eq!(unknown, ["unknown column age"]);
    assert_eq!(accounts(&[b"name,nickname"]), ["unknown header, known columns: user, nick, image"]);
    let without_header = accounts(&[b"alice,Alice"]);
    assert!(without_header[0].contains("needs a header with their names: user, nick, image"), "{without_header:?}");
}

#[test]
fn columns_of_an_earlier_output_are_sent_again() {
    let rows: [&[u8]; 2] = [
        br#"{"command":"multiaccount_import","user":"a","ok":false,"outcome":"unknown","nick":"A"}"#,
        br#"{"command":"multiaccount_import","user":"b","ok":true,"outcome":"done","nick":"B"}"#,
    ];
    let retry = Some(Retry::targets_of::<account::ImportMany>());
    let json = parse_as::<Account>(Reading { retry, ..reading(Kind::Users { accepts_pairs: false }) }, &rows);
    assert_eq!(json, [r#">a nick="A""#]);
    let rows: [&[u8]; 2] = [b"user,ok,outcome,nick,code", b"a,false,unknown,A,"];
    assert_eq!(parse_as::<Account>(Reading { retry, ..reading(Kind::Users { accepts_pairs: false }) }, &rows), json);
}

fn reading(kind: Kind) -> Reading {
    Reading { kind, format: None, header: Header::Auto, retry: None, defaults: Fields::default() }
}

/// The result of each line: the pair as from>to and the columns, or what is wrong.
fn parse(reading: Reading, lines: &[&[u8]]) -> Vec<String> {
    parse_as::<UserId>(reading, lines)
}

fn parse_as<T: FromLine>(reading: Reading, lines: &[&[u8]]) -> Vec<String> {
    let mut parser = Parser::new::<T>(reading);
    let results = lines.iter().map(|line| parser.parse(line).transpose());
    let text = |result| match result {
        Ok(LineTarget { from, user, fields }) => {
            let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{from}>{user}{fields}")
        }
        Err(LineError::Bad(why)) => why,
        Err(LineError::File(FormatError::UnknownColumn { name, .. })) => format!("unknown column {name}"),
        Err(LineError::File(FormatError::UnknownHeader { known, .. })) => format!("unknown header, {known}"),
        Err(LineError::File(problem)) => format!("{problem:?}"),
    };
    results.flatten().map(text).collect()
}

fn pairs(lines: &[&[u8]]) -> Vec<String> {
    parse(reading(Kind::Pairs), lines)
}

fn targets(lines: &[&[u8]]) -> Vec<String> {
    parse(reading(Kind::Targets(Some("alice".into()))), lines)
}

fn with_header(kind: Kind, header: Header, lines: &[&[u8]]) -> Vec<String> {
    parse(Reading { header, ..reading(kind) }, lines)
}

fn retry(retry: Retry, lines: &[&[u8]]) -> Vec<String> {
    parse(Reading { retry: Some(retry), ..reading(Kind::Pairs) }, lines)
}

#[test]
fn pairs_are_csv_or_json() {
    assert_eq!(pairs(&[b"a,b\r\n", b"", b" c , d \n"]), ["a>b", "c>d"]);
    assert_eq!(pairs(&[b"From,To", b"a,b"]), ["a>b"]);
    assert_eq!(pairs(&[b"id,to,from", b"1,b,a", b"2"]), ["a>b", "it has 1 column, not 3"]);
    assert_eq!(pairs(&[b"To_Account,From_Account", b"b,a"]), ["a>b"]);
    assert_eq!(pairs(&[br#""a,1","b""2""#]), ["a,1>b\"2"]);
    assert_eq!(pairs(&[br#"{"from":"a","to":7,"ok":true}"#, br#"{"to":"b"}"#]), ["a>7", "`from` is missing"]);
    assert_eq!(pairs(&["小明,bob".as_bytes()]), ["小明>bob"]);
}

#[test]
fn tabs_and_semicolons_separate_too() {
    assert_eq!(pairs(&[b"to\tnick\tfrom\n", b"b\t\ta\n", b"\t\ta"])[0], "a>b");
    assert_eq!(pairs(&[b"a\tb", b"x;y\tz"]), ["a>b", "x;y>z"]);
    assert_eq!(pairs(&[b"a;b", b"c;d"]), ["a>b", "c>d"]);
    assert_eq!(pairs(&[b"a,b;c"]), ["a>b;c"]);
    assert_eq!(targets(&[b"user;nick", b"bob;Bob"]), ["alice>bob"]);
    assert_eq!(targets(&[b"bob;x", b"carol"]), ["alice>bob;x", "alice>carol"]);
    assert_eq!(targets(&[b"nick\tuser", b"\tbob"]), ["alice>bob"]);
    let tsv = Reading { format: Some(InputFormat::Tsv), ..reading(Kind::Pairs) };
    assert_eq!(parse(tsv, &[b"a,1\tb,2"]), ["a,1>b,2"]);
}

#[test]
fn targets_are_lines_csv_or_json() {
    assert_eq!(targets(&[b"bob", b"from,to"]), ["alice>bob", "alice>from,to"]);
    assert_eq!(targets(&[b"UserID", b"bob"]), ["alice>bob"]);
    assert_eq!(targets(&[b"\"bob\"", b"\"x,y\""]), ["alice>bob", "alice>x,y"]);
    assert_eq!(targets(&[br#"{"to":"bob"}"#, br#"{"from":"alice","to":"carol"}"#]), ["alice>bob", "alice>carol"]);
    assert_eq!(targets(&[b"from,to", b"alice,bob"]), ["alice>bob"]);
    let other = targets(&[b"from,to", b"zoe,bob"]);
    assert_eq!(other, ["it is a target of \"zoe\", not of \"alice\"; use --pairs for pairs of users"]);
    assert!(targets(&[b"a,b"])[0].starts_with("it has 2 columns"));
    assert_eq!(parse(reading(Kind::Targets(None)), &[b"bob", b"carol"]), ["bob>bob", "bob>carol"]);
}

#[test]
fn a_header_is_read_by_name_unless_the_flag_decides() {
    assert_eq!(pairs(&[b"from,to,age"]), ["unknown column age"]);
    assert_eq!(pairs(&[b"alice,user"]), ["unknown column alice"]);
    assert_eq!(pairs(&[b"Owner ID,Friend ID"]), [format!("unknown header, {}", names::KNOWN_IN_PAIRS)]);
    assert_eq!(targets(&[b"name"]), [format!("unknown header, {}", names::KNOWN_IN_LISTS)]);
    let yes = |lines: &[&[u8]]| with_header(Kind::Pairs, Header::Yes, lines);
    assert_eq!(yes(&[b"age,to,from", b"7,b,a"]), ["a>b"]);
    assert_eq!(yes(&[b"Owner ID,Friend ID", b"a,b"]), ["a>b"]);
    assert_eq!(with_header(Kind::Pairs, Header::No, &[b"from,to"]), ["from>to"]);
    let one = |header| with_header(Kind::Targets(Some("alice".into())), header, &[b"user", b"bob"]);
    assert_eq!(one(Header::No), ["alice>user", "alice>bob"]);
    assert_eq!(one(Header::Yes), ["alice>bob"]);
    assert_eq!(with_header(Kind::Targets(Some("alice".into())), Header::Yes, &[b"x", b"bob"]), ["alice>bob"]);
}

#[test]
fn the_row_of_an_empty_list_is_not_a_target() {
    let csv = pairs(&[b"from,to,ok", b"a,,true", b"b,,false", b"c,d,true"]);
    assert_eq!(csv, ["to is empty: a user id has 1 to 32 bytes", "c>d"]);
    let json = pairs(&[br#"{"from":"a","to":null,"ok":true}"#, br#"{"from":"b","to":null,"ok":false}"#]);
    assert_eq!(json, [r#"it is not a JSON object like {"from":"alice","to":"bob"}"#]);
}

#[test]
fn json_over_several_lines_is_recognised() {
    for line in [&b"["[..], b"[{\"from\":\"a\"", b"[\"a\"", b"[ {\"from\":1}"] {
        assert_eq!(pairs(&[line]), ["JsonArray"], "{line:?}");
    }
    assert_eq!(targets(&[b"{", b"\"from\": \"a\","])[0], "JsonLines");
    assert_eq!(targets(&[b"[bob]"]), ["alice>[bob]"]);
}

#[test]
fn a_line_that_has_no_pair_says_why() {
    let bad = pairs(&[b"a,b", b"a", b"a,b,c", b"\"a,b", b"a,\xff", b"a,", b",b"]);
    assert_eq!(
        bad[1..],
        [
            "it has 1 column, not 2",
            "it has 3 columns, not 2",
            "a quote is not closed",
            "it is not UTF-8",
            "to is empty: a user id has 1 to 32 bytes",
            "from is empty: a user id has 1 to 32 bytes",
        ]
    );
    assert_eq!(pairs(&[b"a,b\rc,d"]), ["it has 3 columns, not 2"]);
    for line in [&b"a,b\rc"[..], b"a\x1bb,c", b"{\"from\":\"a\",\"to\":\"b\\u0000\"}"] {
        assert!(pairs(&[line])[0].contains("contains a control character"), "{line:?}");
    }
    assert_eq!(targets(&[b"b\rc"]), [r#"to "b\rc" contains a control character"#]);
    let long = pairs(&[format!("a,{}", "x".repeat(40)).as_bytes()]);
    assert!(long[0].ends_with("has 40 bytes: a user id has at most 32"), "{long:?}");
    assert_eq!(pairs(&[b"{\"from\":1}"]), [r#"it is not a JSON object like {"from":"alice","to":"bob"}"#]);
    let lines = Reading { format: Some(InputFormat::Lines), ..reading(Kind::Pairs) };
    assert_eq!(parse(lines, &[b"a"]), ["`from` is missing"]);
}

#[test]
fn failed_targets_of_an_earlier_output_are_sent_again() {
    let row = |to: &str, rest: &str| format!(r#"{{"command":"follow_check","from":"a","to":"{to}",{rest}}}"#);
    let rows = [
        row("done", r#""ok":true"#),
        row("rejected", r#""ok":false,"outcome":"rejected","code":30003"#),
        row("transient", r#""ok":false,"outcome":"rejected","code":30006,"info":"x""#),
        row("limited", r#""ok":false,"outcome":"rejected","code":60007"#),
        row("without-code", r#""ok":false,"outcome":"rejected","code":null"#),
        row("unsent", r#""ok":false,"outcome":"not_attempted","code":null"#),
        row("unknown", r#""ok":false,"outcome":"unknown","code":null"#),
        row("other", r#""ok":false,"outcome":"later""#),
    ];
    let lines: Vec<_> = rows.iter().map(|row| row.as_bytes()).collect();
    let check = Retry::targets_of::<follow::Check>();
    let expected =
        ["a>transient", "a>limited", "a>without-code", "a>unsent", "a>unknown", r#"the outcome "later" is unknown"#];
    assert_eq!(retry(check, &lines), expected);
    let other = retry(Retry::targets_of::<follow::Add>(), &lines[..1]);
    assert_eq!(other, [r#"OtherCommand { found: "follow_check", wanted: "follow_add" }"#]);
    let csv: [&[u8]; 4] = [
        b"from,to,ok,relation,follow_type,outcome,code,meaning,info",
        b"a,done,true,none,0,,,,",
        b"a,rejected,false,,,rejected,30003,x,",
        b"a,unsent,false,,,not_attempted,,x,\"y, z\"",
    ];
    assert_eq!(retry(check, &csv), ["a>unsent"]);
    assert_eq!(retry(check, &[b"a,b"]), ["NotOutput"]);
    assert_eq!(retry(check, &[b"from,to"]), ["NotOutput"]);
    assert_eq!(retry(check, &[br#"{"from":"a","to":"b"}"#]), ["`ok` is missing"]);
}

#[test]
fn lists_that_failed_are_read_again() {
    let rows: [&[u8]; 5] = [
        br#"{"command":"follow_get","from":"a","kind":"following","to":"x","ok":true}"#,
        br#"{"command":"follow_get","from":"b","to":"y","ok":false,"code":null,"info":"unreadable"}"#,
        br#"{"command":"follow_get","from":"c","ok":false,"cursor":"7","code":null}"#,
        br#"{"command":"follow_get","from":"d","ok":false,"cursor":"","code":30003}"#,
        br#"{"command":"follow_get","from":"e","to":null,"ok":false,"outcome":"rejected","code":30006}"#,
    ];
    assert_eq!(retry(Retry::lists_of::<follow::List>(), &rows), ["c>c", "e>e"]);
}
