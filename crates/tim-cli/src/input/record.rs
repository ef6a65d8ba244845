//! One line of the input as a pair of users: a bare id, CSV, or a JSON object.

use clap::ValueEnum;
use serde::Deserialize;
use tim_follow::UserId;

use crate::text::counted;

/// From and to.
pub(crate) type Pair = (UserId, UserId);

/// How targets are written, one to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// A user id
    Lines,
    /// from,to; or one column of users; a first line with the names of columns may say which they are
    Csv,
    /// A JSON object: {"from":"alice","to":"bob"}; other keys are ignored
    Ndjson,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Who is meant with whom.
    Pairs,
    /// A target of this user, or of the first target when there is none.
    Targets(Option<UserId>),
}

/// Reads lines; knows after the first one how they are written.
#[derive(Debug)]
pub(crate) struct Parser {
    kind: Kind,
    format: Option<InputFormat>,
    columns: Option<Columns>,
    csv: Csv,
}

/// Which columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    from: Option<usize>,
    to: usize,
    /// How many there are.
    count: usize,
}

/// The users of a line as they are written.
struct Users {
    from: Option<String>,
    to: String,
}

impl Parser {
    pub(crate) fn new(kind: Kind, format: Option<InputFormat>) -> Self {
        Self { kind, format, columns: None, csv: Csv::new() }
    }

    /// The pair of a line; `None` when it is empty or names columns.
    ///
    /// # Errors
    /// Why it is no pair.
    pub(crate) fn parse(&mut self, line: &[u8]) -> Result<Option<Pair>, String> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        let line = str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        let format = *self.format.get_or_insert_with(|| recognise(&self.kind, line));
        let users = match format {
            InputFormat::Lines if self.kind == Kind::Pairs => return Err("a pair has two users, as from,to".into()),
            InputFormat::Lines => Users { from: None, to: line.to_owned() },
            InputFormat::Ndjson => json(line)?,
            InputFormat::Csv => match self.record(line)? {
                Some(users) => users,
                None => return Ok(None),
            },
        };
        self.pair(users).map(Some)
    }

    fn pair(&mut self, users: Users) -> Result<Pair, String> {
        let to = UserId::from(users.to);
        validate("to", &to)?;
        let from = match (&self.kind, users.from) {
            (Kind::Pairs, None) => return Err("it names no `from`".to_owned()),
            (Kind::Pairs, Some(from)) => UserId::from(from),
            (Kind::Targets(Some(of)), Some(from)) if *of != from.as_str() => {
                return Err(format!(
                    "it is a target of {from:?}, not of {:?}; pairs of users go to --pairs",
                    of.as_str()
                ));
            }
            (Kind::Targets(Some(of)), _) => of.clone(),
            (Kind::Targets(None), _) => to.clone(),
        };
        validate("from", &from)?;
        if self.kind == Kind::Targets(None) {
            self.kind = Kind::Targets(Some(from.clone()));
        }
        Ok((from, to))
    }

    /// The users of a line of CSV; `None` for a header.
    fn record(&mut self, line: &str) -> Result<Option<Users>, String> {
        let fields = self.csv.fields(line)?;
        let columns = match self.columns {
            Some(columns) => columns,
            None => {
                let header = header(&self.kind, &fields);
                let columns = *self.columns.insert(header.unwrap_or_else(|| without_header(&self.kind)));
                if header.is_some() {
                    return Ok(None);
                }
                columns
            }
        };
        match fields.len() {
            found if found == columns.count => {
                let field = |column: usize| fields.get(column).cloned().unwrap_or_default();
                Ok(Some(Users { from: columns.from.map(field), to: field(columns.to) }))
            }
            found if columns.count == 1 => {
                Err(format!("it has {found} columns, not one user; pairs of users go to --pairs"))
            }
            found => Err(format!("it has {}, not {}", counted(found as u64, "column"), columns.count)),
        }
    }
}

/// Beside the rules of the service: what no user is called, but what files in other encodings are full of.
fn validate(name: &str, user: &UserId) -> Result<(), String> {
    user.validate(name).map_err(|error| error.to_string())?;
    match user.as_str().contains(char::is_control) {
        true => Err(format!("{name} {:?} has a control character: is it UTF-8, with LF or CRLF?", user.as_str())),
        false => Ok(()),
    }
}

fn recognise(kind: &Kind, line: &str) -> InputFormat {
    match kind {
        _ if line.starts_with('{') => InputFormat::Ndjson,
        Kind::Pairs => InputFormat::Csv,
        Kind::Targets(_) if line.contains(',') || line.starts_with('"') => InputFormat::Csv,
        Kind::Targets(_) => InputFormat::Lines,
    }
}

/// A header has a column `to`, and for pairs `from`.
fn header(kind: &Kind, fields: &[String]) -> Option<Columns> {
    let column = |name: &str| fields.iter().position(|field| field.eq_ignore_ascii_case(name));
    let (from, to) = (column("from"), column("to")?);
    (from.is_some() || *kind != Kind::Pairs).then_some(Columns { from, to, count: fields.len() })
}

fn without_header(kind: &Kind) -> Columns {
    match kind {
        Kind::Pairs => Columns { from: Some(0), to: 1, count: 2 },
        Kind::Targets(_) => Columns { from: None, to: 0, count: 1 },
    }
}

/// Each line is read on its own, so that a quote that is never closed spoils its line and not the rest of the file. That is
/// why the parser beneath the crate `csv` is used and not its reader.
#[derive(Debug)]
struct Csv {
    reader: Box<csv_core::Reader>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Csv {
    fn new() -> Self {
        // A lone CR ends no line: what comes after it would be lost.
        let reader = csv_core::ReaderBuilder::new().terminator(csv_core::Terminator::Any(b'\n')).build();
        Self { reader: Box::new(reader), text: Vec::new(), ends: Vec::new() }
    }

    fn fields(&mut self, line: &str) -> Result<Vec<String>, String> {
        if line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return Err("a quote is not closed".to_owned());
        }
        self.text.resize(line.len(), 0);
        self.ends.resize(line.bytes().filter(|byte| *byte == b',').count() + 1, 0);
        self.reader.reset();
        let (_, _, text, ends) = self.reader.read_record(line.as_bytes(), &mut self.text, &mut self.ends);
        let (_, _, _, last) = self.reader.read_record(&[], &mut self.text[text..], &mut self.ends[ends..]);
        let mut start = 0;
        let field = |end: &usize| {
            let bytes = &self.text[std::mem::replace(&mut start, *end)..*end];
            String::from_utf8_lossy(bytes).trim().to_owned()
        };
        Ok(self.ends[..ends + last].iter().map(field).collect())
    }
}

fn json(line: &str) -> Result<Users, String> {
    #[derive(Deserialize)]
    struct Object {
        from: Option<Id>,
        to: Id,
    }
    /// Many apps write numbers.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(u64),
    }
    let text = |id: Id| match id {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    };
    let Object { from, to } =
        serde_json::from_str(line).map_err(|_| r#"it is no object like {"from":"alice","to":"bob"}"#)?;
    Ok(Users { from: from.map(text), to: text(to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each line comes to: the pair as from>to, or what is wrong.
    fn parse(kind: Kind, format: Option<InputFormat>, lines: &[&[u8]]) -> Vec<String> {
        let mut parser = Parser::new(kind, format);
        let results = lines.iter().map(|line| parser.parse(line).transpose());
        results.flatten().map(|result| result.map_or_else(|why| why, |(from, to)| format!("{from}>{to}"))).collect()
    }

    fn pairs(lines: &[&[u8]]) -> Vec<String> {
        parse(Kind::Pairs, None, lines)
    }

    fn targets(lines: &[&[u8]]) -> Vec<String> {
        parse(Kind::Targets(Some("alice".into())), None, lines)
    }

    #[test]
    fn pairs_are_csv_or_json() {
        assert_eq!(pairs(&[b"a,b\r\n", b"", b" c , d \n"]), ["a>b", "c>d"]);
        assert_eq!(pairs(&[b"From,To", b"a,b"]), ["a>b"]);
        assert_eq!(pairs(&[b"id,to,from", b"1,b,a", b"2"]), ["a>b", "it has 1 column, not 3"]);
        assert_eq!(pairs(&[br#""a,1","b""2""#]), ["a,1>b\"2"]);
        assert_eq!(pairs(&[br#"{"from":"a","to":7,"ok":true}"#, br#"{"to":"b"}"#]), ["a>7", "it names no `from`"]);
        assert_eq!(pairs(&["小明,bob".as_bytes()]), ["小明>bob"]);
    }

    #[test]
    fn targets_are_lines_csv_or_json() {
        assert_eq!(targets(&[b"bob", b"from,to"]), ["alice>bob", "alice>from,to"]);
        assert_eq!(targets(&[b"\"bob\"", b"\"x,y\""]), ["alice>bob", "alice>x,y"]);
        assert_eq!(targets(&[br#"{"to":"bob"}"#, br#"{"from":"alice","to":"carol"}"#]), ["alice>bob", "alice>carol"]);
        assert_eq!(targets(&[b"from,to", b"alice,bob"]), ["alice>bob"]);
        let other = targets(&[b"from,to", b"zoe,bob"]);
        assert_eq!(other, ["it is a target of \"zoe\", not of \"alice\"; pairs of users go to --pairs"]);
        assert!(targets(&[b"a,b"])[0].starts_with("it has 2 columns"));
        assert_eq!(parse(Kind::Targets(None), None, &[b"bob", b"carol"]), ["bob>bob", "bob>carol"]);
    }

    #[test]
    fn a_line_that_is_no_pair_says_why() {
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
        for line in [&b"a,b\rc"[..], b"a\0b,c", b"{\"from\":\"a\",\"to\":\"b\\u0000\"}"] {
            assert!(pairs(&[line])[0].contains("has a control character"), "{line:?}");
        }
        assert!(targets(&[b"b\rc"])[0].starts_with("to \"b\\rc\" has a control character"));
        let long = pairs(&[format!("a,{}", "x".repeat(40)).as_bytes()]);
        assert!(long[0].ends_with("has 40 bytes: a user id has at most 32"), "{long:?}");
        assert_eq!(pairs(&[b"{\"from\":1}"]), [r#"it is no object like {"from":"alice","to":"bob"}"#]);
        let lines = parse(Kind::Pairs, Some(InputFormat::Lines), &[b"a"]);
        assert_eq!(lines, ["a pair has two users, as from,to"]);
    }
}
