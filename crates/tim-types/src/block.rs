//! Commands of the service `sns` about blocklists: block and unblock users, list and check blocks.

mod add;
mod check;
mod delete;
mod list;

pub use add::{Add, AddOutcome};
pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use delete::Delete;
pub use list::{List, ListItem, ListResponse};
