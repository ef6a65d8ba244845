//! Commands of the service `sns` about friends: add, import, update, check and read them.

mod add;
mod check;
mod fields;
mod get;
mod import;
mod kinds;
mod new_friend;
mod update;

pub use add::{Add, AddMode, AddOutcome};
pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use fields::{AddSource, FriendField, FriendFields, FriendTag};
pub use get::{Get, GetItem, GetResponse};
pub use import::{Import, ImportedFriend};
pub use kinds::{AddType, DeleteType};
pub use new_friend::NewFriend;
pub use update::{Update, UpdatedFriend};
