//! The handlers of commands: from a typed request to a reply.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tim_types::webhook::Event;
use tim_types::{Effect, Envelope, ErrorCode, InvalidRequest, Response, TargetResult, UserId};

use super::Context;
use crate::command_error::{self, CommandError};
use crate::service::{self, Service};

/// A request that the emulator can process. Unknown fields are ignored; a field with a wrong type
/// is a bad parameter of the service.
pub(crate) trait Handler: DeserializeOwned + Send + 'static {
    const SERVICE: &'static Service;
    const NAME: &'static str;
    const EFFECT: Effect;
    /// The body of the response, without the envelope.
    type Response: Serialize;

    /// Checks the fields of the request. Does not read any account.
    fn validate(&self) -> Result<(), String>;

    /// Returns the user of the call: `From_Account`, or `UserID` if the command has no
    /// `From_Account`.
    fn user(&self) -> Option<&UserId> {
        None
    }

    /// Returns the users that the request names as targets.
    fn targets(&self) -> Vec<&UserId> {
        Vec::new()
    }

    /// Returns the users whose accounts the call deletes. An account can have millions of follows,
    /// so the server removes the follows in steps before the call runs.
    fn deleted_accounts(&self) -> Vec<UserId> {
        Vec::new()
    }

    /// Returns the envelope of a response. A service can reject a call and still send a body.
    fn envelope(_response: &Self::Response) -> Envelope {
        Envelope::ok()
    }

    /// Processes the request. After an error, the caller undoes all changes.
    fn run(self, context: &Context<'_>) -> Result<Outcome<Self::Response>, CommandError>;
}

/// The result of a successful call: the body of the response, and the event for webhooks.
#[derive(Debug)]
pub(crate) struct Outcome<R> {
    pub(crate) body: R,
    pub(crate) event: Option<Event>,
}

impl<R> From<R> for Outcome<R> {
    fn from(body: R) -> Self {
        Self { body, event: None }
    }
}

/// Returns the targets whose item has the code 0, for the event of a call; `None` if there are
/// none. Targets that were already in the requested state are included, because the documents name
/// "the targets that succeeded".
pub(super) fn succeeded(items: &[TargetResult]) -> Option<Vec<UserId>> {
    let done = items.iter().filter(|item| item.code == ErrorCode::OK);
    let users: Vec<_> = done.map(|item| item.target.clone()).collect();
    (!users.is_empty()).then_some(users)
}

/// The handler of a command of the catalog. tim-types has its request, validation and response.
#[diagnostic::on_unimplemented(
    message = "the emulator has no handler for `{Self}`",
    note = "each command of the catalog of tim-types needs one: add crates/tim-emulator/src/commands/<command>.rs"
)]
pub(crate) trait CatalogHandler: tim_types::Command {
    /// See [`Handler::validate`].
    fn validate(&self) -> Result<(), InvalidRequest> {
        tim_types::Endpoint::validate(self)
    }

    /// See [`Handler::user`].
    fn user(&self) -> Option<&UserId>;

    /// See [`Handler::targets`].
    fn targets(&self) -> Vec<&UserId> {
        Vec::new()
    }

    /// See [`Handler::deleted_accounts`].
    fn deleted_accounts(&self) -> Vec<UserId> {
        Vec::new()
    }

    /// See [`Handler::run`].
    fn run(self, context: &Context<'_>) -> Result<Outcome<Self::Response>, CommandError>;
}

impl<C: CatalogHandler> Handler for C {
    const SERVICE: &'static Service = service::of(C::SERVICE);
    const NAME: &'static str = C::COMMAND;
    const EFFECT: Effect = <C as tim_types::Command>::EFFECT;
    type Response = <C as tim_types::Endpoint>::Response;

    fn validate(&self) -> Result<(), String> {
        CatalogHandler::validate(self).map_err(|error| error.to_string())
    }

    fn user(&self) -> Option<&UserId> {
        CatalogHandler::user(self)
    }

    fn targets(&self) -> Vec<&UserId> {
        CatalogHandler::targets(self)
    }

    fn deleted_accounts(&self) -> Vec<UserId> {
        CatalogHandler::deleted_accounts(self)
    }

    fn run(self, context: &Context<'_>) -> Result<Outcome<Self::Response>, CommandError> {
        CatalogHandler::run(self, context)
    }
}

/// Maps a command of the catalog to its handler. This is the type itself, unless the emulator
/// accepts requests that the type cannot represent.
pub(crate) trait Handle {
    type Handler: Handler;
}

impl<C: CatalogHandler> Handle for C {
    type Handler = C;
}

/// A decoded request of any command.
pub(crate) trait Prepared: Send {
    /// See [`Handler::validate`].
    fn validate(&self) -> Result<(), String>;

    /// See [`Handler::user`].
    fn user(&self) -> Option<&UserId>;

    /// See [`Handler::targets`].
    fn targets(&self) -> Vec<&UserId>;

    /// See [`Handler::deleted_accounts`].
    fn deleted_accounts(&self) -> Vec<UserId>;

    /// See [`Handler::run`].
    fn run(self: Box<Self>, context: &Context<'_>) -> Result<Reply, CommandError>;
}

impl<H: Handler> Prepared for H {
    fn validate(&self) -> Result<(), String> {
        Handler::validate(self)
    }

    fn user(&self) -> Option<&UserId> {
        Handler::user(self)
    }

    fn targets(&self) -> Vec<&UserId> {
        Handler::targets(self)
    }

    fn deleted_accounts(&self) -> Vec<UserId> {
        Handler::deleted_accounts(self)
    }

    fn run(self: Box<Self>, context: &Context<'_>) -> Result<Reply, CommandError> {
        let Outcome { body, event } = Handler::run(*self, context)?;
        let response = Response { envelope: command_error::for_service(H::SERVICE, H::envelope(&body)), body };
        Ok(Reply {
            code: response.envelope.code,
            body: command_error::json(&response),
            item_codes: context.item_codes.take(),
            event,
        })
    }
}

/// The response to a call, with the codes for the call log and the event for webhooks.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) code: ErrorCode,
    pub(crate) body: String,
    /// The codes of the items, in their order.
    pub(crate) item_codes: Vec<ErrorCode>,
    pub(crate) event: Option<Event>,
}

impl Reply {
    /// Returns a response without items.
    pub(crate) fn error(envelope: &Envelope) -> Self {
        Self { code: envelope.code, body: command_error::json(envelope), ..Self::default() }
    }
}
