//! The commands. To add a handler, add a file and its `mod` line.
//!
//! The catalog of tim-types routes to the handlers of its commands. A second list has the commands
//! that tim-types does not have yet, and the old name of a command.

mod account_check;
mod account_delete;
mod account_import;
mod black_list_add;
mod black_list_check;
mod black_list_delete;
mod black_list_get;
mod context;
mod follow_add;
mod follow_check;
mod follow_delete;
mod follow_get;
mod follow_get_info;
mod friend_add;
mod friend_check;
mod friend_delete;
mod friend_delete_all;
mod friend_fields;
mod friend_get;
mod friend_get_list;
mod friend_groups;
mod friend_import;
mod friend_update;
mod group_add;
mod group_delete;
mod group_get;
mod handler;
mod kick;
mod multiaccount_import;
mod object;
mod page;
mod portrait_get;
mod portrait_set;
mod query_online_status;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use context::Context;
#[cfg(feature = "direct")]
pub(crate) use context::ItemFault;
pub(crate) use handler::{Prepared, Reply};

use handler::{Handle, Handler};
use object::Object;
use tim_types::Effect;

use crate::service::Service;

macro_rules! routes {
    ($($command:ty),* $(,)?) => {
        &[
            $(Route::to::<<$command as Handle>::Handler>(),)*
            Route::to::<query_online_status::OldRequest>(),
        ]
    };
}

/// The routing table. A command of the catalog without a handler does not compile.
const ROUTES: &[Route] = tim_types::for_each_command!(routes);

/// A command, its position in the path, and how to decode its requests.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) service: &'static Service,
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    decode: fn(&[u8]) -> serde_json::Result<Box<dyn Prepared>>,
}

impl Route {
    const fn to<H: Handler>() -> Self {
        Self { service: H::SERVICE, name: H::NAME, effect: H::EFFECT, decode: decode::<H> }
    }

    /// Decodes a request of this command.
    pub(crate) fn decode(&self, body: &[u8]) -> serde_json::Result<Box<dyn Prepared>> {
        (self.decode)(body)
    }
}

fn decode<H: Handler>(body: &[u8]) -> serde_json::Result<Box<dyn Prepared>> {
    Ok(Box::new(serde_json::from_slice::<Object<H>>(body)?.0))
}

/// Returns the command at `/v4/{service}/{name}`.
pub(crate) fn find(service: &str, name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.service.name == service && route.name == name)
}

/// Returns the command with this name. No two services have a command with the same name.
pub(crate) fn find_by_name(name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.name == name)
}

/// Returns the names of all commands.
pub(crate) fn all_names() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.name)
}

/// Returns the names of all services, each once.
pub(crate) fn services() -> Vec<&'static str> {
    let mut names = Vec::new();
    for route in ROUTES {
        if !names.contains(&route.service.name) {
            names.push(route.service.name);
        }
    }
    names
}

/// Returns the commands of a service; none if the service does not exist.
pub(crate) fn names(service: &str) -> Vec<&'static str> {
    ROUTES.iter().filter(|route| route.service.name == service).map(|route| route.name).collect()
}
