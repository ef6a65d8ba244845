//! The commands. Each is one file and its `mod` line; the catalog of tim-types routes to it.

mod account_check;
mod account_delete;
mod account_import;
mod black_list_add;
mod black_list_check;
mod black_list_delete;
mod black_list_get;
mod follow_add;
mod follow_check;
mod follow_delete;
mod follow_get;
mod follow_get_info;
mod friend_add;
mod friend_check;
mod friend_delete;
mod friend_delete_all;
mod friend_get;
mod friend_get_list;
mod multiaccount_import;
mod portrait_get;
mod portrait_set;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tim_types::{Envelope, ErrorCode, Response};

use crate::command_error::{self, CommandError};
use crate::service::Service;
use crate::world::Call;

/// The handler of a built-in command: the type itself, unless the emulator accepts more than it.
pub(crate) trait Handle {
    type Handler: Command;
}

impl<C: Command> Handle for C {
    type Handler = C;
}

macro_rules! routes {
    ($($command:ty),* $(,)?) => {
        &[
            $(Route::to::<<$command as Handle>::Handler>(),)*
            Route::to::<friend_add::Request>(),
            Route::to::<friend_delete::Request>(),
            Route::to::<friend_delete_all::Request>(),
            Route::to::<friend_get::Request>(),
            Route::to::<black_list_add::Request>(),
            Route::to::<black_list_delete::Request>(),
            Route::to::<black_list_get::Request>(),
            Route::to::<black_list_check::Request>(),
            Route::to::<account_import::Request>(),
            Route::to::<multiaccount_import::Request>(),
            Route::to::<account_check::Request>(),
            Route::to::<account_delete::Request>(),
            Route::to::<portrait_get::Request>(),
            Route::to::<portrait_set::Request>(),
        ]
    };
}

/// The routing table: every built-in command, which does not compile without a handler, and the
/// commands that tim-types does not have yet.
const ROUTES: &[Route] = tim_types::for_each_command!(routes);

/// A request that the emulator can do. Unknown fields of it are ignored.
#[diagnostic::on_unimplemented(
    message = "the emulator has no handler for `{Self}`",
    note = "each command of the catalog of tim-types needs one: add crates/tim-emulator/src/commands/<command>.rs"
)]
pub(crate) trait Command: DeserializeOwned {
    const SERVICE: &'static Service;
    const NAME: &'static str;
    /// What it answers beside the envelope.
    type Response: Serialize;

    /// Says what is wrong with the request as it stands, before any account is looked up.
    fn check(&self) -> Result<(), String>;

    /// Does it. A refusal undoes all of it.
    fn run(self, call: &Call<'_>) -> Result<Self::Response, CommandError>;
}

/// A command and its place in the path.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) service: &'static Service,
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Call<'_>, &[u8]) -> Result<String, CommandError>,
}

impl Route {
    const fn to<C: Command>() -> Self {
        Self { service: C::SERVICE, name: C::NAME, run: run::<C> }
    }
}

fn run<C: Command>(call: &Call<'_>, body: &[u8]) -> Result<String, CommandError> {
    if C::SERVICE.is_follow() && !call.settings.follow_feature {
        let info = "the app has no follow feature: turn it on where the emulator is set up";
        return Err(CommandError::Target(ErrorCode::FOLLOW_DISABLED, info.to_owned()));
    }
    let request: C = serde_json::from_slice(body)
        .map_err(|error| call.bad_parameter(format!("the body is no {} request: {error}", C::NAME)))?;
    request.check().map_err(|info| call.bad_parameter(info))?;
    let body = request.run(call)?;
    Ok(command_error::json(&Response { body, envelope: command_error::for_service(C::SERVICE, Envelope::ok()) }))
}

/// The command at this place in the path.
pub(crate) fn find(service: &str, name: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.service.name == service && route.name == name)
}

/// The names of all commands.
pub(crate) fn all_names() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.name)
}

/// The names of all services.
pub(crate) fn services() -> Vec<&'static str> {
    let mut names = Vec::new();
    for route in ROUTES {
        if !names.contains(&route.service.name) {
            names.push(route.service.name);
        }
    }
    names
}

/// The commands of a service, none when there is no such service.
pub(crate) fn names(service: &str) -> Vec<&'static str> {
    ROUTES.iter().filter(|route| route.service.name == service).map(|route| route.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literals on purpose: the paths of built-in commands come from the types that clients use
    /// too.
    #[test]
    fn a_command_is_found_at_its_documented_path() {
        for path in ["follow/follow_add", "sns/friend_check", "sns/black_list_get", "profile/portrait_get"] {
            let (service, name) = path.split_once('/').unwrap();
            assert!(find(service, name).is_some(), "{path}");
        }
        assert!(find("follow", "friend_check").is_none());
        assert_eq!(names("im_open_login_svc").first(), Some(&"account_import"));
        for (at, route) in ROUTES.iter().enumerate() {
            let same = |other: &Route| (other.service.name, other.name) == (route.service.name, route.name);
            assert_eq!(ROUTES.iter().position(same), Some(at), "{}", route.name);
        }
    }
}
