//! Where a page of a list starts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Printable;

/// An opaque position in a list: `StartCursor` of a request, `NextCursor` of an answer.
///
/// How long the service accepts a cursor, and whether it survives a change of the list, is not documented.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The start of a list, on the wire an empty string.
    pub const START: Self = Self(String::new());

    /// The cursor that was written down with [`as_str`](Self::as_str).
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the cursor, to be kept and handed to [`new`](Self::new) later.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This cursor as the start of a next page; `None` for the empty cursor, with which the service ends a list.
    pub fn into_next(self) -> Option<Self> {
        if self.0.is_empty() { None } else { Some(self) }
    }
}

/// Cuts a long text, as [`Printable`] does.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&Printable(&self.0)).finish()
    }
}
