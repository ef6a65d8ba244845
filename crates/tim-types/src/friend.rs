//! Commands of the service `sns`: check and read friends.

mod check;
mod get;
mod items;

pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use get::{FriendField, FriendTag, Get, GetItem, GetResponse};
pub use items::ItemsResponse;
