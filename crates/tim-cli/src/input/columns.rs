//! The columns of a CSV file that are read.

use std::sync::Arc;

use super::error::FormatError;
use super::fields::Fields;
use super::from_line::KnownColumns;
use super::names::{Column, column, normalised};
use super::reading::Kind;

/// The columns that are read, by their index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Columns {
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
    /// The columns of an earlier output.
    pub(super) ok: Option<usize>,
    pub(super) outcome: Option<usize>,
    pub(super) code: Option<usize>,
    /// The columns beside users that the command reads.
    pub(super) fields: Vec<(usize, Arc<str>)>,
    /// The number of columns.
    pub(super) count: usize,
    /// Whether a header names the columns.
    pub(super) is_named: bool,
}

impl Columns {
    /// The columns of a file without a header.
    pub(super) fn by_position(kind: &Kind) -> Self {
        match kind {
            Kind::Pairs => Self { from: Some(0), to: Some(1), count: 2, ..Self::default() },
            Kind::Targets(_) | Kind::Users { .. } => Self { to: Some(0), count: 1, ..Self::default() },
        }
    }

    /// The columns that a header names. A name that the command knows as one of its own columns is
    /// that column. Unknown names are an error unless `ignores_unknown`.
    pub(super) fn by_name(
        kind: &Kind,
        names: &[String],
        known: KnownColumns,
        ignores_unknown: bool,
    ) -> Result<Self, FormatError> {
        let own = |name: &String| known.find(name);
        let is_unknown = |name: &&String| own(name).is_none() && column(name).is_none();
        if !ignores_unknown && let Some(unknown) = names.iter().find(is_unknown) {
            return Err(FormatError::UnknownColumn { name: unknown.clone(), known: known.describe(kind) });
        }
        let mut fields: Vec<(usize, Arc<str>)> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let Some(own) = own(name) else { continue };
            if let Some((same, _)) = fields.iter().find(|(_, found)| *found == own) {
                return Err(same_column(names, *same, name));
            }
            fields.push((index, own));
        }
        let only = |wanted| only(names, wanted, known);
        let from = only(Column::From)?;
        let to = match kind {
            Kind::Users { accepts_pairs } => match only(Column::User)? {
                None if !accepts_pairs && from.is_some() => return Err(FormatError::Pairs),
                None => only(Column::To)?,
                user => user,
            },
            Kind::Targets(_) => only(Column::To)?.map_or_else(|| only(Column::User), |to| Ok(Some(to)))?,
            Kind::Pairs => only(Column::To)?,
        };
        let missing = match kind {
            Kind::Users { .. } if to.is_none() => Some("user"),
            _ if to.is_none() => Some("to"),
            Kind::Pairs if from.is_none() => Some("from"),
            _ => None,
        };
        if let Some(missing) = missing {
            return Err(FormatError::MissingColumn(missing));
        }
        let named = |name: &str| names.iter().position(|found| normalised(found) == name);
        let (ok, outcome, code) = (named("ok"), named("outcome"), named("code"));
        Ok(Self { from, to, ok, outcome, code, fields, count: names.len(), is_named: true })
    }
}

impl Columns {
    /// Whether there are columns beside the users: their texts can contain line breaks.
    pub(super) fn has_texts(&self) -> bool {
        self.is_named && self.count > usize::from(self.from.is_some()) + usize::from(self.to.is_some())
    }

    /// The columns of the command in a line. A blank field is not a value; in an earlier output, a
    /// text of spaces is one.
    pub(super) fn values(&self, line: &[String]) -> Fields {
        let mut values = Fields::default();
        for (index, name) in &self.fields {
            if let Some(text) = line.get(*index).filter(|text| !self.is_blank(text)) {
                values.push(name.clone(), text.as_str().into());
            }
        }
        values
    }

    fn is_blank(&self, text: &str) -> bool {
        if self.ok.is_some() { text.is_empty() } else { text.trim().is_empty() }
    }
}

/// The index of the column of this kind, if there is one. The command's own columns are not of a
/// kind.
fn only(names: &[String], wanted: Column, known: KnownColumns) -> Result<Option<usize>, FormatError> {
    let is_wanted = |name: &String| known.find(name).is_none() && column(name) == Some(wanted);
    let mut found = names.iter().enumerate().filter(|(_, name)| is_wanted(name));
    match (found.next(), found.next()) {
        (Some((one, _)), Some((_, other))) => Err(same_column(names, one, other)),
        (one, _) => Ok(one.map(|(index, _)| index)),
    }
}

fn same_column(names: &[String], one: usize, other: &str) -> FormatError {
    FormatError::SameColumn(names.get(one).cloned().unwrap_or_default(), other.to_owned())
}

#[cfg(test)]
mod tests {
    use tim_follow::UserId;

    use super::*;
    use crate::input::from_line::{ColumnName, FromLine};
    use crate::input::names::KNOWN_IN_PAIRS;

    fn fields(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn pair_columns(line: &str) -> (usize, usize) {
        let columns = Columns::by_name(&Kind::Pairs, &fields(line), KnownColumns::of::<UserId>(), false).unwrap();
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
            let columns =
                Columns::by_name(&Kind::Targets(None), &fields(line), KnownColumns::of::<UserId>(), false).unwrap();
            assert_eq!((columns.from, columns.to), (None, Some(columns.count - 1)), "{line}");
        }
    }

    struct Friend;

    impl FromLine for Friend {
        const COLUMNS: &'static [ColumnName] =
            &[ColumnName { name: "source", aliases: &["addsource"] }, ColumnName { name: "remark", aliases: &[] }];

        fn from_line(_: UserId, _: &Fields) -> Result<Self, String> {
            Ok(Self)
        }
    }

    #[test]
    fn the_columns_of_a_command_come_before_those_of_users() {
        let by_name = |line: &str| Columns::by_name(&Kind::Pairs, &fields(line), KnownColumns::of::<Friend>(), false);
        let columns = by_name("to,source,from,ok,Remark").unwrap();
        assert_eq!((columns.from, columns.to, columns.ok), (Some(2), Some(0), Some(3)));
        assert_eq!(columns.fields, [(1, "source".into()), (4, "remark".into())]);
        let unknown = FormatError::UnknownColumn {
            name: "age".to_owned(),
            known: "known columns: from, to, source, remark".to_owned(),
        };
        assert_eq!(by_name("from,to,age").unwrap_err(), unknown);
        let same = FormatError::SameColumn("source".to_owned(), "Add_Source".to_owned());
        assert_eq!(by_name("from,to,source,Add_Source").unwrap_err(), same);
    }

    #[test]
    fn a_file_of_users_needs_a_column_of_users() {
        let by_name = |line: &str, accepts_pairs| {
            Columns::by_name(&Kind::Users { accepts_pairs }, &fields(line), KnownColumns::of::<UserId>(), false)
        };
        assert_eq!(by_name("ok,user", false).unwrap().to, Some(1));
        assert_eq!(by_name("from,to", true).unwrap().to, Some(1));
        assert_eq!(by_name("from,to", false).unwrap_err(), FormatError::Pairs);
        assert_eq!(by_name("nick,to", false).unwrap().to, Some(1));
        assert_eq!(by_name("from,to,user", false).unwrap().to, Some(2));
        assert_eq!(by_name("nick,ok", true).unwrap_err(), FormatError::MissingColumn("user"));
    }

    #[test]
    fn a_header_with_unknown_missing_or_repeated_columns_is_an_error() {
        let error = |line: &str| {
            Columns::by_name(&Kind::Pairs, &fields(line), KnownColumns::of::<UserId>(), false).unwrap_err()
        };
        assert_eq!(
            error("from,to,age"),
            FormatError::UnknownColumn { name: "age".to_owned(), known: KNOWN_IN_PAIRS.to_owned() }
        );
        assert_eq!(error("from,user"), FormatError::MissingColumn("to"));
        assert_eq!(error("follower,following"), FormatError::MissingColumn("to"));
        assert_eq!(error("to,ok"), FormatError::MissingColumn("from"));
        assert_eq!(error("from,to,To_Account"), FormatError::SameColumn("to".to_owned(), "To_Account".to_owned()));
        assert!(Columns::by_name(&Kind::Pairs, &fields("from,to,age"), KnownColumns::of::<UserId>(), true).is_ok());
    }
}
