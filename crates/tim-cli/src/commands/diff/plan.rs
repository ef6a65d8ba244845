//! Which columns identify a row, and which are compared.

use std::borrow::Cow;

use serde_json::Value;
use tim_follow::Printable;

use super::rows::{Content, join};
use crate::exit::Failure;
use crate::input::error::InputError;
use crate::input::export::Export;
use crate::input::fields::Fields;

/// The columns that identify a row, in the order of preference.
const KEYS: [&[&str]; 3] = [&["from", "to"], &["user", "group"], &["user"]];
/// Part of a key of `from` and `to`, if both exports have it.
const KIND: &str = "kind";

/// How the call ended, and what the service sets by itself.
const NOT_COMPARED: [&str; 11] = [
    "command",
    "ok",
    "outcome",
    "result",
    "code",
    "meaning",
    "info",
    "cursor",
    "profile_sequence",
    "followed_at",
    "blocked_at",
];

/// How two exports are compared.
pub(super) struct Plan {
    /// The names of the key columns.
    pub(super) key: Vec<&'static str>,
    /// The names of the compared columns.
    pub(super) compared: Vec<String>,
    pub(super) a: Columns,
    pub(super) b: Columns,
    /// The columns that only A or only B has.
    only: [Vec<String>; 2],
}

/// The indexes of the columns of an export.
pub(super) struct Columns {
    key: Vec<usize>,
    compared: Vec<(usize, Form)>,
    ok: Option<usize>,
    outcome: Option<usize>,
}

impl Plan {
    /// Compares `columns`, or without them all columns that both exports have except those in
    /// `ignored`.
    pub(super) fn new(a: &Export, b: &Export, columns: Option<&[String]>, ignored: &[String]) -> Result<Self, Failure> {
        let key = key(a, b)?;
        let has = |export: &Export, column: &str| index(export, column).is_some();
        let unknown = ignored.iter().find(|column| !has(a, column) && !has(b, column));
        if let Some(unknown) = unknown {
            return Err(Failure::usage(format!("--ignore: no export has the column {:?}", Printable(unknown))));
        }
        for column in columns.into_iter().flatten() {
            if let Some(without) = [a, b].into_iter().find(|export| !has(export, column)) {
                return Err(Failure::usage(format!(
                    "--columns: {} does not have the column {:?}; its columns are {}",
                    without.name(),
                    Printable(column),
                    Printable(&without.columns().join(", "))
                )));
            }
        }
        let is_data = |column: &&String| {
            let column = column.as_str();
            !key.contains(&column) && !NOT_COMPARED.contains(&column) && !ignored.iter().any(|name| name == column)
        };
        let only = |one: &Export, other: &Export| match columns {
            Some(_) => Vec::new(),
            None => one.columns().iter().filter(is_data).filter(|column| !has(other, column)).cloned().collect(),
        };
        let compared: Vec<String> = match columns {
            Some(columns) => columns.to_vec(),
            None => a.columns().iter().filter(is_data).filter(|column| has(b, column)).cloned().collect(),
        };
        let columns = |export: &Export| Columns {
            key: key.iter().filter_map(|column| index(export, column)).collect(),
            compared: compared.iter().filter_map(|name| Some((index(export, name)?, Form::of(name)))).collect(),
            ok: index(export, "ok"),
            outcome: index(export, "outcome"),
        };
        let (only, a, b) = ([only(a, b), only(b, a)], columns(a), columns(b));
        Ok(Self { a, b, only, key, compared })
    }

    /// Messages about the columns that are not compared because only one export has them.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |(name, columns): (&str, &Vec<String>)| {
            let columns = Printable(&columns.join(", ")).to_string();
            format!("tim: not compared, because only {name} has these columns: {columns}")
        };
        ["A", "B"].into_iter().zip(&self.only).filter(|(_, columns)| !columns.is_empty()).map(note).collect()
    }
}

impl Columns {
    /// Reads the key and the content of the row that `export` is at. Returns false if the row has
    /// no data: the row of an empty list.
    pub(super) fn read(&self, export: &Export, key: &mut Vec<u8>, content: &mut Vec<u8>) -> Result<bool, InputError> {
        let first = self.key.first().map_or("", |column| export.cell(*column));
        if first.is_empty() {
            return Err(export.problem("it does not name a user; write the export again"));
        }
        join(key, self.key.iter().map(|column| export.cell(*column)));
        let last = self.key.last().map_or("", |column| export.cell(*column));
        match self.ok.map_or("true", |column| export.cell(column)) {
            "true" if last.is_empty() => return Ok(false),
            "true" => {
                let cells = self.compared.iter().map(|(column, form)| form.value(export.cell(*column)));
                Content::data(content, cells);
            }
            "false" => Content::not_done(content, self.outcome.map_or("unknown", |column| export.cell(column))),
            _ => return Err(export.problem("`ok` is neither true nor false; write the export again")),
        }
        Ok(true)
    }
}

/// What the cells of a column contain.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A list whose order has no meaning.
    List,
    /// An object.
    Object,
    /// Something that is compared as text.
    Text,
}

impl Form {
    fn of(column: &str) -> Self {
        match column {
            "groups" | "friends" => Self::List,
            "custom" => Self::Object,
            _ => Self::Text,
        }
    }

    /// The value of a cell as it is compared: lists are sorted, and an empty list or object is an
    /// empty cell.
    fn value(self, cell: &str) -> Cow<'_, str> {
        let list = || Fields::default().with("list", Some(cell)).list("list").ok();
        match self {
            Self::List => list().map_or(cell.into(), |mut list| {
                list.sort_unstable();
                if list.is_empty() { "".into() } else { Value::from(list).to_string().into() }
            }),
            Self::Object if cell == "{}" => "".into(),
            Self::Object | Self::Text => cell.into(),
        }
    }
}

fn index(export: &Export, column: &str) -> Option<usize> {
    export.columns().iter().position(|name| name == column)
}

/// The key of both exports.
fn key(a: &Export, b: &Export) -> Result<Vec<&'static str>, Failure> {
    let (key, other) = (key_of(a)?, key_of(b)?);
    if key != other {
        return Err(Failure::usage(format!(
            "cannot compare {} with {}: rows of the first are identified by {}, and those of the second by {}; give \
             two exports of the same kind",
            a.name(),
            b.name(),
            key.join(" and "),
            other.join(" and ")
        )));
    }
    let has_kind = [a, b].iter().all(|export| index(export, KIND).is_some());
    Ok(match key {
        [from, to] if *from == "from" && has_kind => vec![*from, KIND, *to],
        key => key.to_vec(),
    })
}

fn key_of(export: &Export) -> Result<&'static [&'static str], Failure> {
    let has_all = |key: &&&[&str]| key.iter().all(|column| index(export, column).is_some());
    KEYS.iter().find(has_all).copied().ok_or_else(|| {
        Failure::usage(format!(
            "cannot compare {}: it is not an export, because it has neither the columns `from` and `to` nor `user`; \
             give a file that --out, --json or --output-format csv of a command wrote",
            export.name()
        ))
    })
}
