//! Commands of the service `im_open_login_svc`: import, check and delete accounts, and
//! end sessions.

mod check;
mod delete;
mod import;
mod import_many;
mod items;
mod kick;
mod objects;

pub use check::{Check, CheckItem, CheckResponse, Status};
pub use delete::{Delete, DeleteItem, DeleteOutcome, DeleteResponse};
pub use import::Import;
pub use import_many::{ImportMany, ImportManyResponse};
pub use items::ItemsResponse;
pub use kick::Kick;
