//! What became of webhooks.

use super::request::Request;
use super::{Answer, Refused};
use crate::server::Server;

pub(super) fn list(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    Answer::json(server.webhooks.status())
}
