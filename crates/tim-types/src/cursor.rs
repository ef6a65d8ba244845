//! A position in a list as an opaque text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Printable;

/// An opaque position in a list: `StartCursor` of a request, `NextCursor` of a response.
///
/// `Display` writes the text as the service sent it, and `FromStr` reads it back. Before you print
/// it, wrap it in [`Printable`], because it is a text of the service. How long the service accepts
/// a cursor, and whether it stays valid when the list changes, is not documented.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The start of a list: an empty string on the wire.
    pub const START: Self = Self(String::new());

    /// Creates a cursor from its text, for example from [`as_str`](Self::as_str).
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text of the cursor, which can be stored and passed to [`new`](Self::new) later.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns this cursor as the start of the next page; `None` for the empty cursor, which the
    /// service sends with the last page.
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

/// Escapes and cuts the text as [`Printable`] does.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&Printable(&self.0)).finish()
    }
}
