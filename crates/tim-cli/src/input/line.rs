//! What a line of the input contains.

use serde::Deserialize;
use tim_follow::UserId;

use super::error::FormatError;

/// From and to.
pub(crate) type Pair = (UserId, UserId);

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
