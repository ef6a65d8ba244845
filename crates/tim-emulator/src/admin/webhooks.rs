//! What became of webhooks.

use super::request::Request;
use super::{AdminError, Reply};
use crate::server::Server;

pub(super) fn list(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    Reply::json(server.webhooks.status())
}
