//! Commands of the service `sns`: friends.

mod check;

pub use check::{Check, CheckItem, CheckMode, CheckResponse, Relation};
