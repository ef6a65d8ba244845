//! An item of a response that cannot be decoded.

use std::fmt;

use crate::UserId;

/// An item of a response that cannot be decoded. The other items of the response are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UnreadableItem {
    /// The key of the list on the wire, for example `FollowItem`.
    pub field: &'static str,
    /// The position of the item in the list, counted from 0.
    pub index: usize,
    /// The user id in the item, if it can be read; also if it was sent as an integer.
    pub target: Option<UserId>,
    /// Why the item cannot be decoded. Names keys and types, and never quotes a text of the
    /// response.
    pub reason: String,
}

impl fmt::Display for UnreadableItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] of the response cannot be read: {}", self.field, self.index, self.reason)
    }
}
