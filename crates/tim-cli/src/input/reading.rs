//! How a file of users is read.

use clap::ValueEnum;
use tim_follow::UserId;

use super::retry::Retry;

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
