//! Tables of follows and of accounts as CSV.

use serde_json::Map;
use tim_types::{Printable, ProfileTag};

use super::Record;
use super::record::AccountRecord;

/// A column that is known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    From,
    To,
    Time,
    User,
    Nick,
    Face,
}

/// The names of columns in lower case, of this project and of the wire.
const NAMES: [(&str, Column); 15] = [
    ("from", Column::From),
    ("from_account", Column::From),
    ("follower", Column::From),
    ("to", Column::To),
    ("to_account", Column::To),
    ("followee", Column::To),
    ("time", Column::Time),
    ("at", Column::Time),
    ("followtime", Column::Time),
    ("user", Column::User),
    ("userid", Column::User),
    ("identifier", Column::User),
    ("nick", Column::Nick),
    ("face", Column::Face),
    ("faceurl", Column::Face),
];

/// Names of columns in other programs, without `_`, `-` and blanks. A first line with two of them
/// is a header too, but its meaning is unknown.
const FOREIGN: &[&str] = &[
    "account",
    "created",
    "createdat",
    "date",
    "dst",
    "followed",
    "followedat",
    "followedid",
    "followeeid",
    "followerid",
    "following",
    "friend",
    "friendid",
    "fromid",
    "fromuser",
    "fromuserid",
    "id",
    "name",
    "owner",
    "source",
    "src",
    "target",
    "targetid",
    "timestamp",
    "toid",
    "touser",
    "touserid",
    "uid",
    "username",
];

const EXPECTED: &str = "expected a header of from,to or from,to,time (also From_Account, To_Account, FollowTime, \
    follower, followee, at), or of user, nick, face (also UserID, Identifier, FaceUrl)";

/// Reads lines as records. The first line determines the delimiter and the columns. A line can omit
/// optional cells at its end.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    header: bool,
    cells: Cells,
}

impl Table {
    /// Determines the format from the first line. If the table has no [header](Self::has_header),
    /// this line is also data.
    ///
    /// # Errors
    /// The line looks like a header, but the meaning of a column is not known.
    pub(super) fn new(first: &str) -> Result<Self, String> {
        let mut cells = Cells::new(delimiter(first));
        cells.split(first)?;
        let columns = header(&cells.iter().collect::<Vec<_>>())?;
        let header = columns.is_some();
        Ok(Self { columns: columns.unwrap_or(vec![Column::From, Column::To, Column::Time]), header, cells })
    }

    pub(super) fn has_header(&self) -> bool {
        self.header
    }

    /// Returns the record of a line; `None` if all its cells are empty. Spreadsheets write such
    /// lines below a table.
    ///
    /// # Errors
    /// What was found and what is expected.
    pub(super) fn parse(&mut self, line: &str) -> Result<Option<Record>, String> {
        if line.trim_ascii_start().starts_with('{') {
            return Err("a JSON record in a CSV file: use only one format in a file".to_owned());
        }
        self.cells.split(line)?;
        if self.cells.iter().all(str::is_empty) {
            return Ok(None);
        }
        let (found, count) = (self.cells.len(), self.columns.len());
        let optional = |column: &&Column| matches!(column, Column::Time | Column::Nick | Column::Face);
        let optional = self.columns.iter().rev().take_while(optional).count();
        if !(count - optional..=count).contains(&found) {
            let expected = match self.header {
                true => format!("expected {count}, like the header"),
                false => "expected from,to or from,to,time, or a JSON record on each line".to_owned(),
            };
            let cells = if found == 1 { "cell" } else { "cells" };
            return Err(format!("{:?} has {found} {cells}: {expected}", Printable(line)));
        }
        let cell = |column| {
            let position = self.columns.iter().position(|known| *known == column);
            position.and_then(|position| self.cells.iter().nth(position))
        };
        if self.columns.contains(&Column::User) {
            let fields = [(ProfileTag::NICK, Column::Nick), (ProfileTag::IMAGE, Column::Face)];
            let fields = fields.into_iter().filter_map(|(tag, column)| Some((tag, cell(column)?)));
            let set = fields.filter(|(_, value)| !value.is_empty());
            let profile: Map<_, _> = set.map(|(tag, value)| (tag.as_str().to_owned(), value.into())).collect();
            let user = cell(Column::User).unwrap_or_default().into();
            return Ok(Some(Record::Account(AccountRecord::new(user, profile))));
        }
        let at = cell(Column::Time).filter(|at| !at.is_empty()).map(time).transpose()?;
        let user = |column| cell(column).unwrap_or_default().into();
        Ok(Some(Record::Follow { from: user(Column::From), to: user(Column::To), at }))
    }
}

fn time(cell: &str) -> Result<u64, String> {
    cell.parse().map_err(|_| format!("the time {:?} is not a number: write unix seconds", Printable(cell)))
}

/// Returns the delimiter: a comma, unless the line has no comma outside quotes. In some countries,
/// spreadsheets write `;` or a tab.
fn delimiter(line: &str) -> u8 {
    let mut quoted = false;
    let outside = |c: &char| {
        quoted ^= *c == '"';
        !quoted
    };
    let outside: Vec<_> = line.chars().filter(outside).filter(|c| matches!(c, ',' | '\t' | ';')).collect();
    match outside.first() {
        Some('\t') if !outside.contains(&',') => b'\t',
        Some(';') if !outside.contains(&',') => {
            if outside.contains(&'\t') {
                b'\t'
            } else {
                b';'
            }
        }
        _ => b',',
    }
}

/// Returns the columns of a header; `None` for a line of data.
fn header(cells: &[&str]) -> Result<Option<Vec<Column>>, String> {
    let known = |cell: &str| NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(cell)).map(|(_, column)| *column);
    let columns: Vec<_> = cells.iter().filter_map(|cell| known(cell)).collect();
    if columns.is_empty() {
        let foreign: Vec<_> = cells.iter().filter(|cell| is_foreign(cell)).collect();
        return match foreign.first() {
            Some(name) if foreign.len() > 1 => Err(unknown_name(name)),
            _ => Ok(None),
        };
    }
    if let Some(name) = cells.iter().find(|cell| known(cell).is_none()) {
        return Err(unknown_name(name));
    }
    let has = |column| columns.iter().filter(|known| **known == column).count();
    let twice = columns.iter().any(|column| has(*column) > 1);
    let follows = has(Column::From) + has(Column::To) == 2 && columns.len() == 2 + has(Column::Time);
    let accounts = has(Column::User) == 1 && columns.len() == 1 + has(Column::Nick) + has(Column::Face);
    if twice || !(follows || accounts) {
        return Err(format!("the columns {:?} do not make a table: {EXPECTED}", Printable(&cells.join(","))));
    }
    Ok(Some(columns))
}

fn is_foreign(cell: &str) -> bool {
    let plain: String = cell.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    let plain = plain.to_ascii_lowercase();
    FOREIGN.contains(&plain.as_str()) || NAMES.iter().any(|(name, _)| name.replace('_', "") == plain)
}

fn unknown_name(name: &str) -> String {
    let name = Printable(name);
    format!("{name:?} is not a known column name: {EXPECTED}. If {name:?} is a user, put the header from,to above it")
}

/// The cells of one line, in reused buffers. Each line is parsed separately, so that an error about
/// a quote that is not closed has the right line number. The crate `csv` cannot do this, so this
/// type uses its parser, `csv_core`.
#[derive(Debug)]
struct Cells {
    parser: Box<csv_core::Reader>,
    delimiter: u8,
    text: String,
    ends: Vec<usize>,
    /// A decoded cell, before it is checked to be UTF-8.
    bytes: Vec<u8>,
}

impl Cells {
    fn new(delimiter: u8) -> Self {
        // Only a line feed ends a line, so that no text after a single carriage return is lost.
        let terminator = csv_core::Terminator::Any(b'\n');
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).terminator(terminator).build();
        Self { parser: Box::new(parser), delimiter, text: String::new(), ends: Vec::new(), bytes: Vec::new() }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| self.text.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default())
    }

    /// Splits a line into cells. Removes blanks around a cell, but not inside quotes.
    fn split(&mut self, line: &str) -> Result<(), String> {
        self.text.clear();
        self.ends.clear();
        if line.contains('"') {
            self.split_quoted(line)?;
        } else {
            for cell in line.split(char::from(self.delimiter)) {
                self.text.push_str(cell.trim_ascii());
                self.ends.push(self.text.len());
            }
        }
        if self.text.contains(char::is_control) {
            return Err(format!("{:?} has a control character: lines end with LF or CRLF", Printable(line)));
        }
        Ok(())
    }

    fn split_quoted(&mut self, line: &str) -> Result<(), String> {
        let malformed = |reason| Err(format!("{:?} {reason}", Printable(line)));
        if line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return malformed(
                "has a quote that is not closed: double a quote inside a cell, and keep a cell on one line",
            );
        }
        let blank = |byte: &u8| byte.is_ascii_whitespace() && *byte != self.delimiter;
        let mut rest = line.as_bytes();
        self.bytes.resize(line.len(), 0);
        self.parser.reset();
        loop {
            rest = rest.get(rest.iter().take_while(|byte| blank(byte)).count()..).unwrap_or_default();
            let (_, read, written) = self.parser.read_field(rest, &mut self.bytes);
            let (raw, after) = rest.split_at_checked(read).unwrap_or((rest, &[]));
            let more = raw.last() == Some(&self.delimiter);
            let raw = if more { raw.split_last().map_or(raw, |(_, raw)| raw) } else { raw };
            let cell = self.bytes.get(..written).unwrap_or_default();
            let padding = raw.iter().rev().take_while(|byte| blank(byte)).count();
            let cell = cell.get(..written.saturating_sub(padding)).unwrap_or_default();
            if raw.contains(&b'"') && !is_quoted(raw) {
                return malformed(
                    "has a quote in the middle of a cell: put the whole cell in quotes, and double the quote",
                );
            }
            self.text.push_str(&String::from_utf8_lossy(cell));
            self.ends.push(self.text.len());
            rest = after;
            if !more {
                return Ok(());
            }
        }
    }
}

/// Whether the cell is in quotes, and each quote inside is doubled.
fn is_quoted(raw: &[u8]) -> bool {
    let inner = raw.trim_ascii().strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\""));
    inner.is_some_and(|inner| {
        let mut quotes = inner.split(|byte| *byte != b'"');
        quotes.all(|run| run.len() % 2 == 0)
    })
}
