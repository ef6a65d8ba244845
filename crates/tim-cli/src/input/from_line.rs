//! The targets that a command reads from lines, and its columns beside users.

use std::sync::Arc;

use tim_follow::UserId;

use super::fields::Fields;
use super::names::{KNOWN_IN_LISTS, KNOWN_IN_PAIRS, normalised};
use super::reading::Kind;

/// A column that a command reads beside users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnName {
    /// The name in rows, in CSV and in NDJSON.
    pub(crate) name: &'static str,
    /// Other names, in lower case and without `_`, `-` and spaces.
    pub(crate) aliases: &'static [&'static str],
}

/// A target that a line of the input describes: a user, and the columns of the command.
pub(crate) trait FromLine: Send + Sized + 'static {
    /// The columns beside users.
    const COLUMNS: &'static [ColumnName] = &[];
    /// The start of the names of further columns, which the app defines.
    const CUSTOM: Option<&'static str> = None;

    /// Creates the target.
    ///
    /// # Errors
    /// Returns which column is invalid, and why.
    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String>;

    /// Returns whether a successful row of an output with these columns describes a target. For
    /// example, the row of an empty list does not.
    fn is_in_row(_: &Fields) -> bool {
        true
    }
}

impl FromLine for UserId {
    fn from_line(user: UserId, _: &Fields) -> Result<Self, String> {
        Ok(user)
    }
}

/// The columns of a type that implements [`FromLine`].
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownColumns {
    columns: &'static [ColumnName],
    custom: Option<&'static str>,
    is_in_row: fn(&Fields) -> bool,
}

impl KnownColumns {
    pub(super) const fn of<T: FromLine>() -> Self {
        Self { columns: T::COLUMNS, custom: T::CUSTOM, is_in_row: T::is_in_row }
    }

    /// Whether a successful row of an output with these columns describes a target.
    pub(super) fn is_in_row(self, fields: &Fields) -> bool {
        (self.is_in_row)(fields)
    }

    pub(super) fn is_empty(self) -> bool {
        self.columns.is_empty()
    }

    /// The known columns, for an error message.
    pub(super) fn describe(self, kind: &Kind) -> String {
        match kind {
            _ if !self.is_empty() => format!("known columns: {}", self.names(kind)),
            Kind::Pairs => KNOWN_IN_PAIRS.to_owned(),
            Kind::Targets(_) | Kind::Users { .. } => KNOWN_IN_LISTS.to_owned(),
        }
    }

    /// The name of the column that a header or a key names.
    pub(super) fn find(self, name: &str) -> Option<Arc<str>> {
        let normal = normalised(name);
        let is_same =
            |column: &&ColumnName| normalised(column.name) == normal || column.aliases.contains(&normal.as_str());
        let column = self.columns.iter().find(is_same).map(|column| column.name.into());
        column.or_else(|| self.custom.filter(|start| name.starts_with(start)).map(|_| name.into()))
    }

    /// The names of all columns, those of users first.
    pub(super) fn names(self, kind: &Kind) -> String {
        let users: &[&str] = match kind {
            Kind::Pairs => &["from", "to"],
            Kind::Targets(_) => &["to"],
            Kind::Users { .. } => &["user"],
        };
        let own = self.columns.iter().map(|column| column.name);
        let custom = self.custom.map(|start| format!(", {start}...")).unwrap_or_default();
        users.iter().copied().chain(own).collect::<Vec<_>>().join(", ") + &custom
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Example;

    impl FromLine for Example {
        const COLUMNS: &'static [ColumnName] =
            &[ColumnName { name: "nick", aliases: &["nickname"] }, ColumnName { name: "self_signature", aliases: &[] }];
        const CUSTOM: Option<&'static str> = Some("Tag_X_");

        fn from_line(_: UserId, _: &Fields) -> Result<Self, String> {
            Ok(Self)
        }
    }

    #[test]
    fn columns_are_found_in_any_notation_and_those_of_the_app_exactly() {
        let known = KnownColumns::of::<Example>();
        let find = |name: &str| known.find(name).map(|name| name.to_string());
        assert_eq!(find("Nick Name").as_deref(), Some("nick"));
        assert_eq!(find("selfSignature").as_deref(), Some("self_signature"));
        assert_eq!(find("Tag_X_Team").as_deref(), Some("Tag_X_Team"));
        assert_eq!([find("tag_x_team"), find("age")], [None, None]);
        assert_eq!(known.names(&Kind::Pairs), "from, to, nick, self_signature, Tag_X_...");
    }
}
