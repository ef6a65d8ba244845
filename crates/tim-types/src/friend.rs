//! Commands of the service `sns`: delete, list, read and check friends.

mod check;
mod delete;
mod delete_all;
mod fields;
mod get;
mod kinds;
mod list;

pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use delete::{Delete, DeleteOutcome};
pub use delete_all::DeleteAll;
pub use fields::{AddSource, FriendField, FriendFields, FriendTag};
pub use get::{Get, GetItem, GetResponse};
pub use kinds::{AddType, DeleteType};
pub use list::{List, ListItem, ListResponse};
