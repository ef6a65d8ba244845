//! Commands of the service `follow`: add, delete, check, list and count follows.
//!
//! They require the Pro, Pro-plus or Enterprise edition, and the feature must be turned on in the
//! console under Configuration > Friends and Relationship Chains > Follow / Fan function settings.
//! Otherwise the service rejects every call with
//! [`ErrorCode::FOLLOW_DISABLED`](crate::ErrorCode::FOLLOW_DISABLED).

mod add;
mod check;
mod counts;
mod delete;
mod list;

pub use add::Add;
pub(crate) use add::items as target_objects;
pub use check::{Check, CheckItem, CheckResponse, Relation};
pub use counts::{Counters, Counts, CountsItem, CountsResponse};
pub use delete::Delete;
pub use list::{List, ListItem, ListKind, ListResponse};
