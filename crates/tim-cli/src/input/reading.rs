//! How a file of users is read.

use clap::ValueEnum;
use tim_follow::UserId;

use super::fields::Fields;
use super::retry::Retry;

/// The format of a file of users, one or two in each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// One user id per line
    Lines,
    /// Columns separated by commas or semicolons; without a header: from,to, or one column of users
    Csv,
    /// The same columns, separated by tabs
    Tsv,
    /// One JSON object per line, with the names of columns as keys: {"from":"alice","to":"bob"} or
    /// {"user":"alice"}
    Ndjson,
}

/// Whether the first line of CSV is a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Header {
    /// It is a header if one of its fields is the name of a column of users; then all columns must
    /// be known
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
    /// A user, for a command without `From_Account`. A pair of users is its `to`, or an error if
    /// the command changes data: which user is meant must not be guessed.
    Users { accepts_pairs: bool },
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
    /// The columns of lines that do not have them.
    pub(crate) defaults: Fields,
}
