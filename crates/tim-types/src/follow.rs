//! Commands of the service `follow`: who follows whom.
//!
//! They need the Pro, Pro-plus or Enterprise edition and the Follow/Fan switch in the console; without them every call
//! is refused with [`ErrorCode::FOLLOW_DISABLED`](crate::ErrorCode::FOLLOW_DISABLED).

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
