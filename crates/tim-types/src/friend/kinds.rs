//! The friend lists that a command changes.

use crate::open_string::open_string;

open_string! {
    /// The friend lists to which friends are added: `AddType` on the wire.
    AddType {
        /// The list of `from` and the list of the target. The default.
        BOTH = "Add_Type_Both",
        /// Only the list of `from`.
        SINGLE = "Add_Type_Single",
    }
}

impl Default for AddType {
    fn default() -> Self {
        Self::BOTH
    }
}

open_string! {
    /// The friend lists from which friends are removed: `DeleteType` on the wire.
    DeleteType {
        /// Only the list of `from`.
        SINGLE = "Delete_Type_Single",
        /// The list of `from` and the lists of the others.
        BOTH = "Delete_Type_Both",
    }
}

/// [`SINGLE`](DeleteType::SINGLE), the documented default of friend_delete_all.
impl Default for DeleteType {
    fn default() -> Self {
        Self::SINGLE
    }
}
