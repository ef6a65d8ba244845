//! One line of the input as a target: a user id, CSV, or a JSON object.

use serde::Deserialize;
use serde_json::{Map, Value};
use tim_follow::{Printable, UserId};

use super::columns::Columns;
use super::csv::{Csv, Quotes};
use super::error::FormatError;
use super::fields::Fields;
use super::from_line::{FromLine, KnownColumns};
use super::line::{Id, LineError, LineTarget, Written};
use super::names;
use super::reading::{Header, InputFormat, Kind, Reading};
use super::retry::OutputRow;
use super::user::validate;
use crate::text::counted;

/// Reads lines. The first line that is not empty decides about the format.
#[derive(Debug)]
pub(super) struct Parser {
    reading: Reading,
    known: KnownColumns,
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
    /// A parser of lines with the columns of `T`.
    pub(super) fn new<T: FromLine>(reading: Reading) -> Self {
        Self { reading, known: KnownColumns::of::<T>(), layout: None }
    }

    /// Whether the lines so far have decided everything that the meaning of later lines depends on.
    pub(super) fn is_settled(&self) -> bool {
        self.layout.is_some() && self.reading.kind != Kind::Targets(None)
    }

    /// Whether a line ends within a quoted field that can continue in the next line: a text, and
    /// not a user id. `starts_open` if it starts within such a field.
    pub(super) fn continues(&self, line: &[u8], starts_open: bool) -> bool {
        match &self.layout {
            Some(Layout::Csv(csv, columns)) => columns.has_texts() && csv.quotes(line, starts_open) == Quotes::Open,
            _ => false,
        }
    }

    /// The target of a line; `None` if the line is empty, a header, or a target that is not
    /// retried.
    ///
    /// # Errors
    /// Returns why the line has no target, or why the file cannot be used.
    pub(super) fn parse(&mut self, line: &[u8]) -> Result<Option<LineTarget>, LineError> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let line = str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        // Tabs stay: they can separate empty columns. Spaces at the end can belong to a text.
        let line = line.trim_start_matches([' ', '\r', '\n']).trim_end_matches(['\r', '\n']);
        if self.layout.is_none() {
            let (layout, is_header) = recognise(&self.reading, self.known, line.trim_end_matches(' '))?;
            self.layout = Some(layout);
            if is_header {
                return Ok(None);
            }
        }
        let Some(layout) = &mut self.layout else { return Ok(None) };
        let known = self.known;
        let written = match (layout, &self.reading.retry) {
            (Layout::Ndjson, None) => json(line, &self.reading.kind, known)?,
            (Layout::Csv(csv, columns), None) => csv_target(csv, columns, &self.reading.kind, known, line)?,
            (Layout::Ndjson, Some(retry)) => {
                retry.target(json_row(line)?, json_fields(line, &self.reading.kind, known)?)?
            }
            (Layout::Csv(csv, columns), Some(retry)) => {
                let fields = fields(csv, columns, &self.reading.kind, known, line)?;
                retry.target(csv_row(columns, &fields)?, columns.values(&fields))?
            }
            (Layout::Lines, _) => Some(Written { from: None, to: line.trim().to_owned(), fields: Fields::default() }),
        };
        Ok(written.map(|written| self.target(written)).transpose()?)
    }

    fn target(&mut self, written: Written) -> Result<LineTarget, String> {
        let user = UserId::from(written.to);
        validate(if matches!(self.reading.kind, Kind::Users { .. }) { "user" } else { "to" }, &user)?;
        let fields = written.fields.or(&self.reading.defaults);
        let from = match (&self.reading.kind, written.from) {
            (Kind::Users { .. }, _) => return Ok(LineTarget { from: "".into(), user, fields }),
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
            (Kind::Targets(None), _) => user.clone(),
        };
        validate("from", &from)?;
        if self.reading.kind == Kind::Targets(None) {
            self.reading.kind = Kind::Targets(Some(from.clone()));
        }
        Ok(LineTarget { from, user, fields })
    }
}

/// Decides by the first line how the file is read, and whether that line is a header.
fn recognise(reading: &Reading, known: KnownColumns, line: &str) -> Result<(Layout, bool), LineError> {
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
            let names: Vec<_> = csv.fields(line)?.iter().map(|name| name.trim().to_owned()).collect();
            let (columns, is_header) = header(reading, known, &names)?;
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
        Kind::Targets(_) | Kind::Users { .. } if line.contains(',') || line.starts_with('"') => true,
        // A user id can contain a semicolon, so only a header shows that it separates columns.
        Kind::Targets(_) | Kind::Users { .. } => {
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
fn header(reading: &Reading, known: KnownColumns, fields: &[String]) -> Result<(Columns, bool), FormatError> {
    let by_position = Columns::by_position(&reading.kind);
    let columns = match reading.header {
        Header::Auto if names::is_header(fields) => Columns::by_name(&reading.kind, fields, known, false)?,
        Header::Yes if names::is_header(fields) => Columns::by_name(&reading.kind, fields, known, true)?,
        _ if reading.retry.is_some() => return Err(FormatError::NotOutput),
        Header::Auto if names::looks_like_header(fields) => {
            return Err(FormatError::UnknownHeader {
                known: known.describe(&reading.kind),
                has_own: !known.is_empty(),
            });
        }
        header => return Ok((by_position, header == Header::Yes)),
    };
    if reading.retry.is_some() && columns.ok.is_none() {
        return Err(FormatError::NotOutput);
    }
    Ok((columns, true))
}

/// The fields of a line with the right number of columns.
fn fields(
    csv: &mut Csv,
    columns: &Columns,
    kind: &Kind,
    known: KnownColumns,
    line: &str,
) -> Result<Vec<String>, String> {
    let fields = csv.fields(line)?;
    match fields.len() {
        found if found == columns.count => Ok(fields),
        found if !columns.is_named && !known.is_empty() => {
            let found = counted(found as u64, "column");
            Err(format!(
                "it has {found}, not {}; a file with more columns needs a header with their names: {}",
                columns.count,
                known.names(kind)
            ))
        }
        found if columns.count == 1 => {
            Err(format!("it has {found} columns, not one user; use --pairs for pairs of users"))
        }
        found => Err(format!("it has {}, not {}", counted(found as u64, "column"), columns.count)),
    }
}

/// The target of a line; `None` for a row of an output of this program without a target, for
/// example that of an empty list.
fn csv_target(
    csv: &mut Csv,
    columns: &Columns,
    kind: &Kind,
    known: KnownColumns,
    line: &str,
) -> Result<Option<Written>, String> {
    let fields = fields(csv, columns, kind, known, line)?;
    let field = |column: Option<usize>| fields.get(column?).map(|field| field.trim());
    let (from, to) = (field(columns.from), field(columns.to).unwrap_or_default());
    let (ok, values) = (field(columns.ok), columns.values(&fields));
    check_row(known, ok == Some("false"))?;
    if ok == Some("true") && (to.is_empty() || !known.is_in_row(&values)) {
        return Ok(None);
    }
    Ok(Some(Written { from: from.map(str::to_owned), to: to.to_owned(), fields: values }))
}

/// Checks the row of an output of this program that is used as a target.
fn check_row(known: KnownColumns, failed: bool) -> Result<(), String> {
    if failed && !known.is_empty() {
        return Err("it is a row about a failure (`ok` is false), so its columns have no data".to_owned());
    }
    Ok(())
}

fn csv_row(columns: &Columns, fields: &[String]) -> Result<OutputRow, String> {
    let field = |column: Option<usize>| fields.get(column?).map(|field| field.trim()).filter(|field| !field.is_empty());
    let (ok, code) = (field(columns.ok), field(columns.code));
    let code = code.map(|code| code.parse().map_err(|_| "`code` is not a number".to_owned())).transpose()?;
    Ok(OutputRow {
        from: field(columns.from).map(|from| Id::Text(from.to_owned())),
        to: field(columns.to).map(|to| Id::Text(to.to_owned())),
        ok: ok.map(|ok| ok.parse().map_err(|_| "`ok` is neither true nor false".to_owned())).transpose()?,
        outcome: field(columns.outcome).map(str::to_owned),
        code,
        ..OutputRow::default()
    })
}

/// The target of a line; `None` for a row of an output of this program without a target, for
/// example that of an empty list.
fn json(line: &str, kind: &Kind, known: KnownColumns) -> Result<Option<Written>, LineError> {
    #[derive(Deserialize)]
    struct Object {
        from: Option<Id>,
        to: Option<Id>,
        user: Option<Id>,
        ok: Option<Value>,
    }
    let example =
        if matches!(kind, Kind::Users { .. }) { r#"{"user":"alice"}"# } else { r#"{"from":"alice","to":"bob"}"# };
    let invalid = || format!("it is not a JSON object like {example}");
    let object: Object = serde_json::from_str(line).map_err(|_| invalid())?;
    let ok = object.ok.and_then(|ok| ok.as_bool());
    check_row(known, ok == Some(false))?;
    let to = match kind {
        Kind::Pairs => object.to,
        Kind::Targets(_) => object.to.or(object.user),
        Kind::Users { accepts_pairs: false } if object.from.is_some() && object.user.is_none() => {
            return Err(FormatError::Pairs.into());
        }
        Kind::Users { .. } => object.user.or(object.to),
    };
    let fields = json_fields(line, kind, known)?;
    match to {
        Some(_) if ok == Some(true) && !known.is_in_row(&fields) => Ok(None),
        Some(to) => Ok(Some(Written { from: object.from.map(Id::into_string), to: to.into_string(), fields })),
        None if ok == Some(true) => Ok(None),
        None => Err(invalid().into()),
    }
}

/// The columns of a command in an object. All other keys must be known too.
fn json_fields(line: &str, kind: &Kind, known: KnownColumns) -> Result<Fields, LineError> {
    let mut fields = Fields::default();
    if known.is_empty() {
        return Ok(fields);
    }
    let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    for (name, value) in object {
        match known.find(&name) {
            Some(own) if fields.get(&own).is_some() && !value.is_null() => {
                return Err(format!("it has two keys that mean `{own}`; one of them is {:?}", Printable(&name)).into());
            }
            Some(own) => fields.push(own, value),
            None if names::column(&name).is_some() => {}
            None => {
                return Err(
                    FormatError::UnknownKey { name, known: format!("known keys: {}", known.names(kind)) }.into()
                );
            }
        }
    }
    Ok(fields)
}

fn json_row(line: &str) -> Result<OutputRow, String> {
    serde_json::from_str(line).map_err(|_| "it is not a line of an output of tim".to_owned())
}

#[cfg(test)]
mod tests;
