//! Commands of the service `im_open_login_svc`: check and delete accounts.

mod check;
mod delete;
mod items;
mod objects;

pub use check::{Check, CheckItem, CheckResponse, Status};
pub use delete::{Delete, DeleteItem, DeleteResponse};
pub use items::ItemsResponse;
