//! One line of the input as a pair of users: a user id, CSV, or a JSON object.

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::Value;
use tim_follow::{Printable, UserId};

use super::columns::{self, Columns};
use super::csv::Csv;
use super::error::FormatError;
use super::retry::{OutputRow, Retry};
use super::user::validate;
use crate::text::counted;

/// From and to.
pub(crate) type Pair = (UserId, UserId);

/// The format of a file of users, one or two in each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// One user id per line
    Lines,
    /// from,to or one column of users, separated by commas or semicolons, with a header or without
    Csv,
    /// The same, separated by tabs
    Tsv,
    /// One JSON object per line: {"from":"alice","to":"bob"}; other keys are ignored
    Ndjson,
}

/// Whether the first line of CSV is a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Header {
    /// It is a header if one of its fields is the name of a column of users; then all columns must be known
    #[default]
    Auto,
    /// It is a header; unknown columns are ignored
    Yes,
    /// It is data
    No,
}

/// What a line contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A user and its target.
    Pairs,
    /// A target of this user, or of the first target if there is none.
    Targets(Option<UserId>),
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) kind: Kind,
    /// `None` to recognise it.
    pub(crate) format: Option<InputFormat>,
    pub(crate) header: Header,
    /// Set if the file is an earlier output.
    pub(crate) retry: Option<Retry>,
}

/// Reads lines. The first line that is not empty decides about the format.
#[derive(Debug)]
pub(super) struct Parser {
    reading: Reading,
    layout: Option<Layout>,
}

/// The format and what else the first line decides.
#[derive(Debug)]
enum Layout {
    Lines,
    Ndjson,
    Csv(Csv, Columns),
}

/// The users of a line as they are written.
pub(super) struct Users {
    pub(super) from: Option<String>,
    pub(super) to: String,
}

/// A user id in JSON. Many programs write numbers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Text(String),
    Number(u64),
}

/// The outcome of a row of `tim follow list`. Without `to`, such a row says that a list is empty. A
/// row without `to` and with another outcome is a bad line, because users are missing after it.
const DONE: &str = "done";

/// Why a line has no pair.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineError {
    /// Only this line is bad.
    Bad(String),
    /// The whole file cannot be used.
    File(FormatError),
}

impl From<String> for LineError {
    fn from(why: String) -> Self {
        Self::Bad(why)
    }
}

impl From<FormatError> for LineError {
    fn from(problem: FormatError) -> Self {
        Self::File(problem)
    }
}

impl Id {
    pub(super) fn into_string(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Parser {
    pub(super) fn new(reading: Reading) -> Self {
        Self { reading, layout: None }
    }

    /// Whether the lines so far have decided everything that the meaning of later lines depends on.
    pub(super) fn is_settled(&self) -> bool {
        self.layout.is_some() && self.reading.kind != Kind::Targets(None)
    }

    /// The pair of a line; `None` if the line is empty, a header, about an empty list, or a target that
    /// is not retried.
    ///
    /// # Errors
    /// Returns why the line is not a pair of users, or why the file cannot be used.
    pub(super) fn parse(&mut self, line: &[u8]) -> Result<Option<Pair>, LineError> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let line = str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        // Tabs stay: they can separate empty columns.
        let line = line.trim_matches([' ', '\r', '\n']);
        if self.layout.is_none() {
            let (layout, is_header) = recognise(&self.reading, line)?;
            self.layout = Some(layout);
            if is_header {
                return Ok(None);
            }
        }
        let Some(layout) = &mut self.layout else { return Ok(None) };
        let users = match (layout, &self.reading.retry) {
            (Layout::Ndjson, None) => json(line)?,
            (Layout::Csv(csv, columns), None) => csv_users(csv, columns, line)?,
            (Layout::Ndjson, Some(retry)) => retry.users(json_row(line)?)?,
            (Layout::Csv(csv, columns), Some(retry)) => retry.users(csv_row(csv, columns, line)?)?,
            (Layout::Lines, _) => Some(Users { from: None, to: line.trim().to_owned() }),
        };
        Ok(users.map(|users| self.pair(users)).transpose()?)
    }

    fn pair(&mut self, users: Users) -> Result<Pair, String> {
        let to = UserId::from(users.to);
        validate("to", &to)?;
        let from = match (&self.reading.kind, users.from) {
            (Kind::Pairs, None) => return Err("`from` is missing".to_owned()),
            (Kind::Pairs, Some(from)) => UserId::from(from),
            (Kind::Targets(Some(of)), Some(from)) if *of != from.as_str() => {
                return Err(format!(
                    "it is a target of {:?}, not of {:?}; use --pairs for pairs of users",
                    Printable(&from),
                    Printable(of.as_str())
                ));
            }
            (Kind::Targets(Some(of)), _) => of.clone(),
            (Kind::Targets(None), _) => to.clone(),
        };
        validate("from", &from)?;
        if self.reading.kind == Kind::Targets(None) {
            self.reading.kind = Kind::Targets(Some(from.clone()));
        }
        Ok((from, to))
    }
}

/// Decides by the first line how the file is read, and whether that line is a header.
fn recognise(reading: &Reading, line: &str) -> Result<(Layout, bool), LineError> {
    let format = match reading.format {
        Some(format) => format,
        None => guess(reading, line)?,
    };
    match format {
        InputFormat::Ndjson => Ok((Layout::Ndjson, false)),
        InputFormat::Lines => Ok((Layout::Lines, reading.header == Header::Yes)),
        InputFormat::Csv | InputFormat::Tsv => {
            let separator = if format == InputFormat::Tsv { b'\t' } else { separator(line) };
            let mut csv = Csv::new(separator);
            let fields = csv.fields(line)?;
            let (columns, is_header) = header(reading, &fields)?;
            Ok((Layout::Csv(csv, columns), is_header))
        }
    }
}

fn guess(reading: &Reading, line: &str) -> Result<InputFormat, FormatError> {
    match line.as_bytes() {
        [b'{'] => return Err(FormatError::JsonLines),
        [b'{', ..] => return Ok(InputFormat::Ndjson),
        [b'['] | [b'[', b'{' | b'"' | b'[', ..] => return Err(FormatError::JsonArray),
        [b'[', b' ', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => return Err(FormatError::JsonArray),
        // No user id contains a tab.
        line if line.contains(&b'\t') => return Ok(InputFormat::Tsv),
        _ => {}
    }
    let is_csv = match reading.kind {
        Kind::Pairs => true,
        Kind::Targets(_) if line.contains(',') || line.starts_with('"') => true,
        // A user id can contain a semicolon, so only a header shows that it separates columns.
        Kind::Targets(_) => {
            let fields: Vec<_> = line.split(';').map(|field| field.trim().to_owned()).collect();
            reading.header != Header::No && (columns::is_header(&fields) || columns::looks_like_header(&fields))
        }
    };
    Ok(if is_csv { InputFormat::Csv } else { InputFormat::Lines })
}

fn separator(line: &str) -> u8 {
    if !line.contains(',') && line.contains(';') { b';' } else { b',' }
}

/// The columns, and whether the first line is a header.
fn header(reading: &Reading, fields: &[String]) -> Result<(Columns, bool), FormatError> {
    let by_position = Columns::by_position(&reading.kind);
    let columns = match reading.header {
        Header::Auto if columns::is_header(fields) => Columns::by_name(&reading.kind, fields, false)?,
        Header::Yes if columns::is_header(fields) => Columns::by_name(&reading.kind, fields, true)?,
        _ if reading.retry.is_some() => return Err(FormatError::NotOutput),
        Header::Auto if columns::looks_like_header(fields) => return Err(FormatError::UnknownHeader),
        header => return Ok((by_position, header == Header::Yes)),
    };
    if reading.retry.is_some() && columns.ok.is_none() {
        return Err(FormatError::NotOutput);
    }
    Ok((columns, true))
}

/// The fields of a line with the right number of columns.
fn fields(csv: &mut Csv, columns: &Columns, line: &str) -> Result<Vec<String>, String> {
    let fields = csv.fields(line)?;
    match fields.len() {
        found if found == columns.count => Ok(fields),
        found if columns.count == 1 => {
            Err(format!("it has {found} columns, not one user; use --pairs for pairs of users"))
        }
        found => Err(format!("it has {}, not {}", counted(found as u64, "column"), columns.count)),
    }
}

fn csv_users(csv: &mut Csv, columns: &Columns, line: &str) -> Result<Option<Users>, String> {
    let fields = fields(csv, columns, line)?;
    let field = |column: usize| fields.get(column).cloned();
    let (to, outcome) = (columns.to.and_then(field).unwrap_or_default(), columns.outcome.and_then(field));
    if to.is_empty() && outcome.as_deref() == Some(DONE) {
        return Ok(None);
    }
    Ok(Some(Users { from: columns.from.and_then(field), to }))
}

fn csv_row(csv: &mut Csv, columns: &Columns, line: &str) -> Result<OutputRow, String> {
    let fields = fields(csv, columns, line)?;
    let field = |column: Option<usize>| fields.get(column?).filter(|field| !field.is_empty());
    let (ok, code) = (field(columns.ok), field(columns.code));
    let code = code.map(|code| code.parse().map_err(|_| "`code` is not a number".to_owned())).transpose()?;
    Ok(OutputRow {
        from: field(columns.from).cloned().map(Id::Text),
        to: field(columns.to).cloned().map(Id::Text),
        ok: ok.map(|ok| ok.parse().map_err(|_| "`ok` is neither true nor false".to_owned())).transpose()?,
        outcome: field(columns.outcome).cloned(),
        code,
        ..OutputRow::default()
    })
}

fn json(line: &str) -> Result<Option<Users>, String> {
    #[derive(Deserialize)]
    struct Object {
        from: Option<Id>,
        to: Option<Id>,
        outcome: Option<Value>,
    }
    const NOT_A_PAIR: &str = r#"it is not a JSON object like {"from":"alice","to":"bob"}"#;
    let Object { from, to, outcome } = serde_json::from_str(line).map_err(|_| NOT_A_PAIR)?;
    match to {
        Some(to) => Ok(Some(Users { from: from.map(Id::into_string), to: to.into_string() })),
        None if outcome.is_some_and(|outcome| outcome == DONE) => Ok(None),
        None => Err(NOT_A_PAIR.to_owned()),
    }
}

fn json_row(line: &str) -> Result<OutputRow, String> {
    serde_json::from_str(line).map_err(|_| "it is not a line of an output of tim".to_owned())
}

#[cfg(test)]
mod tests;
