//! The columns of a CSV file that are read.

use super::error::FormatError;
use super::names::{Column, column, normalised};
use super::reading::Kind;

/// The columns that are read, by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Columns {
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
    /// The columns of an earlier output.
    pub(super) ok: Option<usize>,
    pub(super) outcome: Option<usize>,
    pub(super) code: Option<usize>,
    /// The number of columns.
    pub(super) count: usize,
}

impl Columns {
    /// The columns of a file without a header.
    pub(super) fn by_position(kind: &Kind) -> Self {
        match kind {
            Kind::Pairs => Self { from: Some(0), to: Some(1), count: 2, ..Self::default() },
            Kind::Targets(_) => Self { to: Some(0), count: 1, ..Self::default() },
        }
    }

    /// The columns that a header names. Unknown names are an error unless `ignores_unknown`.
    pub(super) fn by_name(kind: &Kind, fields: &[String], ignores_unknown: bool) -> Result<Self, FormatError> {
        if !ignores_unknown && let Some(unknown) = fields.iter().find(|field| column(field).is_none()) {
            return Err(FormatError::UnknownColumn(unknown.clone()));
        }
        let from = only(fields, Column::From)?;
        let to = match (kind, only(fields, Column::To)?) {
            (Kind::Targets(_), None) => only(fields, Column::User)?,
            (_, to) => to,
        };
        let missing = match kind {
            _ if to.is_none() => Some("to"),
            Kind::Pairs if from.is_none() => Some("from"),
            _ => None,
        };
        if let Some(missing) = missing {
            return Err(FormatError::MissingColumn(missing));
        }
        let named = |name: &str| fields.iter().position(|field| normalised(field) == name);
        let (ok, outcome, code) = (named("ok"), named("outcome"), named("code"));
        Ok(Self { from, to, ok, outcome, code, count: fields.len() })
    }
}

/// The index of the column of this kind, if there is one.
fn only(fields: &[String], wanted: Column) -> Result<Option<usize>, FormatError> {
    let mut found = fields.iter().enumerate().filter(|(_, field)| column(field) == Some(wanted));
    match (found.next(), found.next()) {
        (Some((_, one)), Some((_, other))) => Err(FormatError::SameColumn(one.clone(), other.clone())),
        (one, _) => Ok(one.map(|(index, _)| index)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn pair_columns(line: &str) -> (usize, usize) {
        let columns = Columns::by_name(&Kind::Pairs, &fields(line), false).unwrap();
        (columns.from.unwrap(), columns.to.unwrap())
    }

    #[test]
    fn columns_are_known_in_any_order_and_notation() {
        for line in
            ["from,to", "From_Account,To_Account", "FOLLOWER,Followee", "follower-id,followed id", "Source,Target"]
        {
            assert_eq!(pair_columns(line), (0, 1), "{line}");
        }
        assert_eq!(pair_columns("To_Account,From_Account"), (1, 0));
        assert_eq!(pair_columns("id,code,to,ok,from"), (4, 2));
        for line in ["user", "UserID", "user_id", "account", "To_Account", "nick,user"] {
            let columns = Columns::by_name(&Kind::Targets(None), &fields(line), false).unwrap();
            assert_eq!((columns.from, columns.to), (None, Some(columns.count - 1)), "{line}");
        }
    }

    #[test]
    fn a_header_with_unknown_missing_or_repeated_columns_is_an_error() {
        let error = |line: &str| Columns::by_name(&Kind::Pairs, &fields(line), false).unwrap_err();
        assert_eq!(error("from,to,age"), FormatError::UnknownColumn("age".to_owned()));
        assert_eq!(error("from,user"), FormatError::MissingColumn("to"));
        assert_eq!(error("follower,following"), FormatError::MissingColumn("to"));
        assert_eq!(error("to,ok"), FormatError::MissingColumn("from"));
        assert_eq!(error("from,to,To_Account"), FormatError::SameColumn("to".to_owned(), "To_Account".to_owned()));
        assert!(Columns::by_name(&Kind::Pairs, &fields("from,to,age"), true).is_ok());
    }
}
