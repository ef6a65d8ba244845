//! The command of the service `openim` about the online status of users.

mod query;

pub use query::{Device, Query, QueryResponse, Status, StatusError, StatusItem};
