//! POST v4/openim/query_online_status, and its old name v4/openim/querystate

use serde::{Deserialize, Serialize};
use tim_types::status::{Device, Query, QueryResponse, Status, StatusError, StatusItem};
use tim_types::{Effect, Endpoint, Envelope, ErrorCode, InvalidRequest, UserId};

use super::Context;
use super::handler::{Handle, Handler, Outcome};
use crate::command_error::CommandError;
use crate::service::{self, Service};
use crate::world::logins;

/// A request to the old or the new name.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Request<const OLD: bool>(Query);

pub(super) type OldRequest = Request<true>;

/// The response, and the code of the first user if all failed.
#[derive(Serialize)]
pub(crate) struct Response {
    #[serde(flatten)]
    body: Body,
    #[serde(skip)]
    failed: Option<ErrorCode>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    WithStatus(QueryResponse),
    WithState {
        #[serde(rename = "QueryResult")]
        items: Vec<StateItem>,
        #[serde(rename = "ErrorList", skip_serializing_if = "Vec::is_empty")]
        errors: Vec<StatusError>,
    },
}

/// An item with the older key of the status.
#[derive(Serialize)]
struct StateItem {
    #[serde(rename = "To_Account")]
    user: UserId,
    #[serde(rename = "State")]
    status: Status,
    #[serde(rename = "Detail", skip_serializing_if = "Option::is_none")]
    devices: Option<Vec<Device>>,
}

impl Handle for Query {
    type Handler = Request<false>;
}

impl<const OLD: bool> Handler for Request<OLD> {
    const SERVICE: &'static Service = service::of(Query::SERVICE);
    const NAME: &'static str = if OLD { "querystate" } else { Query::COMMAND };
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    /// Accepts too many users here: [`run`](Self::run) rejects them with another code.
    fn validate(&self) -> Result<(), String> {
        match self.0.validate() {
            Err(InvalidRequest::TooManyTargets { .. }) => Ok(()),
            result => result.map_err(|error| error.to_string()),
        }
    }

    fn targets(&self) -> Vec<&UserId> {
        self.0.users.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let Self(query) = self;
        query.validate().map_err(|error| CommandError::Call(ErrorCode::STATUS_TOO_MANY_USERS, error.to_string()))?;
        let status = |user: &UserId| item(call, user, query.with_devices);
        let found =
            call.items(query.users, status, |_, item| Ok(item), |user, code, _| Err(StatusError::new(user, code)))?;
        let (mut items, mut errors) = (Vec::new(), Vec::new());
        for result in found {
            match result {
                Ok(item) => items.push(item),
                Err(error) => errors.push(error),
            }
        }
        let failed = errors.first().map(|error| error.code).filter(|_| items.is_empty());
        if OLD {
            errors.clear();
        }
        let body = if OLD || call.settings.quirks.status_key_state {
            Body::WithState { items: items.into_iter().map(StateItem::from).collect(), errors }
        } else {
            Body::WithStatus(QueryResponse::new(items, errors))
        };
        Ok(Response { body, failed }.into())
    }

    fn envelope(response: &Response) -> Envelope {
        let rejected =
            |code| Envelope::fail(code, "all users of To_Account failed: the code is that of the first user");
        response.failed.map_or_else(Envelope::ok, rejected)
    }
}

fn item(call: &Context<'_>, user: &UserId, with_devices: bool) -> Result<StatusItem, CommandError> {
    call.require_target(user)?;
    let logins = logins::current(call.db, user, call.now())?;
    let devices: Vec<_> = logins.into_iter().map(|login| Device::new(login.platform, login.status.into())).collect();
    let statuses = [Status::ONLINE, Status::PUSH_ONLINE];
    let best = statuses.into_iter().find(|status| devices.iter().any(|device| device.status == *status));
    let item = StatusItem::new(user.clone(), best.unwrap_or(Status::OFFLINE));
    Ok(if with_devices { item.with_devices(devices) } else { item })
}

impl From<StatusItem> for StateItem {
    fn from(item: StatusItem) -> Self {
        Self { user: item.user, status: item.status, devices: item.devices }
    }
}
