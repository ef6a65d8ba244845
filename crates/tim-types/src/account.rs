//! Commands of the service `im_open_login_svc`: check accounts.

mod check;
mod items;
mod objects;

pub use check::{Check, CheckItem, CheckResponse, Status};
pub use items::ItemsResponse;
