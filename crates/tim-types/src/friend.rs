//! Commands of the service `sns`: check and read friends.

mod check;
mod get;

pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
pub use get::{FriendField, FriendTag, Get, GetItem, GetResponse};
