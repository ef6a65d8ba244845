//! Commands of the service `sns` about friends: add, import, update, delete, list, read and check
//! them.

mod add;
mod check;
mod delete;
mod delete_all;
mod fields;
mod get;
mod import;
mod kinds;
mod list;
mod new_friend;
mod update;

pub use add::{Add, AddMode, AddOutcome};
pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use delete::{Delete, DeleteOutcome};
pub use delete_all::DeleteAll;
pub use fields::{AddSource, FriendField, FriendFields, FriendTag};
pub use get::{Get, GetItem, GetResponse};
pub use import::{Import, ImportedFriend};
pub use kinds::{AddType, DeleteType};
pub use list::{List, ListItem, ListResponse};
pub use new_friend::NewFriend;
pub use update::{Update, UpdatedFriend};
