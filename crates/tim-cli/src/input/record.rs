//! One line of the input as a pair of users: a user id, CSV, or a JSON object.

use serde::Deserialize;
use tim_follow::{Printable, UserId};

use super::columns::Columns;
use super::csv::Csv;
use super::error::FormatError;
use super::line::{Id, LineError, Pair, Users};
use super::names;
use super::reading::{Header, InputFormat, Kind, Reading};
use super::retry::OutputRow;
use super::user::validate;
use crate::text::counted;

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

impl Parser {
    pub(super) fn new(reading: Reading) -> Self {
        Self { reading, layout: None }
    }

    /// Whether the lines so far have decided everything that the meaning of later lines depends on.
    pub(super) fn is_settled(&self) -> bool {
        self.layout.is_some() && self.reading.kind != Kind::Targets(None)
    }

    /// The pair of a line; `None` if the line is empty, a header, or a target that is not retried.
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
            reading.header != Header::No && (names::is_header(&fields) || names::looks_like_header(&fields))
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
        Header::Auto if names::is_header(fields) => Columns::by_name(&reading.kind, fields, false)?,
        Header::Yes if names::is_header(fields) => Columns::by_name(&reading.kind, fields, true)?,
        _ if reading.retry.is_some() => return Err(FormatError::NotOutput),
        Header::Auto if names::looks_like_header(fields) => return Err(FormatError::UnknownHeader),
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

/// The users of a line; `None` for the row of an empty list in an output of this program.
fn csv_users(csv: &mut Csv, columns: &Columns, line: &str) -> Result<Option<Users>, String> {
    let fields = fields(csv, columns, line)?;
    let field = |column: usize| fields.get(column).cloned();
    let (from, to) = (columns.from.and_then(field), columns.to.and_then(field).unwrap_or_default());
    let is_empty_list = to.is_empty() && columns.ok.and_then(field).is_some_and(|ok| ok == "true");
    Ok((!is_empty_list).then_some(Users { from, to }))
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

/// The users of a line; `None` for the row of an empty list in an output of this program.
fn json(line: &str) -> Result<Option<Users>, String> {
    #[derive(Deserialize)]
    struct Object {
        from: Option<Id>,
        to: Option<Id>,
        ok: Option<serde_json::Value>,
    }
    let invalid = || r#"it is not a JSON object like {"from":"alice","to":"bob"}"#.to_owned();
    match serde_json::from_str(line).map_err(|_| invalid())? {
        Object { from, to: Some(to), .. } => Ok(Some(Users { from: from.map(Id::into_string), to: to.into_string() })),
        Object { ok: Some(serde_json::Value::Bool(true)), .. } => Ok(None),
        _ => Err(invalid()),
    }
}

fn json_row(line: &str) -> Result<OutputRow, String> {
    serde_json::from_str(line).map_err(|_| "it is not a line of an output of tim".to_owned())
}

#[cfg(test)]
mod tests;
