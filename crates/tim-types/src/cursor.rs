//! A position in a list as an opaque text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Printable;

/// An opaque position in a list: `StartCursor` of a request, `NextCursor` of a response.
///
/// `Display` writes the text as the service sent it, and `FromStr` reads it back. Show it with
/// [`Printable`], since it is a text of the service. How long the service accepts a cursor, and
/// whether it survives a change of the list, is not documented.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The start of a list, on the wire an empty string.
    pub const START: Self = Self(String::new());

    /// The cursor with this text, for example from [`as_str`](Self::as_str).
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the cursor. It can be stored and passed to [`new`](Self::new) later.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This cursor as the start of a next page; `None` for the empty cursor, with which the
    /// service ends a list.
    pub fn into_next(self) -> Option<Self> {
        if self.0.is_empty() { None } else { Some(self) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Cursor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

/// Cuts a long text, as [`Printable`] does.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&Printable(&self.0)).finish()
    }
}
