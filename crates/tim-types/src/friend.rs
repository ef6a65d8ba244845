//! Commands of the service `sns`: check and read friends.

mod check;
mod fields;
mod get;
mod kinds;

pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use fields::{AddSource, FriendField, FriendFields, FriendTag};
pub use get::{Get, GetItem, GetResponse};
pub use kinds::{AddType, DeleteType};
