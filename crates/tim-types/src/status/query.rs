//! POST v4/openim/query_online_status
//! <https://www.tencentcloud.com/document/product/1047/35477>

use serde::{Deserialize, Serialize};

use crate::open_string::open_string;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, Rejection, ResponseBody, Shape, TargetOutcome,
    Template, UnreadableItem, UserId, batch, flag,
};

/// Reads the online status of up to 500 users, with or without the status of each device.
/// [Official page](https://www.tencentcloud.com/document/product/1047/35477)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless. Users who
/// never logged in with a client are offline. A user without an account is rejected with
/// [`ACCOUNT_NOT_IMPORTED`](ErrorCode::ACCOUNT_NOT_IMPORTED).
///
/// The service rejects a call if all its targets failed. The clients then return the response too,
/// so that each target has its own code. If the code of the call is transient, they retry the call
/// instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Query {
    /// Whether the response has the status of each device. 1 or 0 on the wire.
    #[serde(rename = "IsNeedDetail", default, with = "flag", skip_serializing_if = "std::ops::Not::not")]
    pub with_devices: bool,
    /// The users, 1 to 500.
    #[serde(rename = "To_Account")]
    pub users: Vec<UserId>,
}

impl Query {
    /// Reads the status of each user of `users`.
    pub fn new<T: Into<UserId>>(users: impl IntoIterator<Item = T>) -> Self {
        Self { with_devices: false, users: users.into_iter().map(Into::into).collect() }
    }

    /// Reads the status of each device too.
    #[must_use]
    pub fn with_devices(self) -> Self {
        Self { with_devices: true, ..self }
    }

    /// Returns a template for batches that read the status of each target, with or without the
    /// status of each device.
    pub fn template(with_devices: bool) -> Template<Self> {
        Template::new((), with_devices)
    }
}

open_string! {
    /// The online status of a user or of a device.
    Status {
        /// The user is online, with at least one device.
        ONLINE = "Online",
        /// The user is not connected, but receives push messages. After 7 days without a login this
        /// becomes [`OFFLINE`](Status::OFFLINE).
        PUSH_ONLINE = "PushOnline",
        /// The user is offline: logged out, or never logged in.
        OFFLINE = "Offline",
    }
}

/// The response of query_online_status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueryResponse {
    /// The status of each user that was found.
    #[serde(rename = "QueryResult", default)]
    pub items: Vec<StatusItem>,
    /// The users that failed, with their codes; present only if there is one.
    #[serde(rename = "ErrorList", default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<StatusError>,
    /// The items that cannot be read; the others are in `items` and `errors`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl QueryResponse {
    /// Creates a response with these items.
    pub fn new(items: Vec<StatusItem>, errors: Vec<StatusError>) -> Self {
        Self { items, errors, unreadable: Vec::new() }
    }
}

impl ResponseBody for QueryResponse {
    const ITEMS: &'static [&'static str] = &["QueryResult", "ErrorList"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("State", "Status")];

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn reports_rejected_targets(&self) -> bool {
        !self.errors.is_empty()
    }
}

/// The status of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusItem {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// The status. The older command `openim/querystate` names this key `State`, which is read too.
    #[serde(rename = "Status", alias = "State")]
    pub status: Status,
    /// The status of each device; `None` if the request did not ask for it.
    #[serde(rename = "Detail", default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Device>>,
}

impl StatusItem {
    /// Creates the item of a user, without the status of devices.
    pub fn new(user: impl Into<UserId>, status: Status) -> Self {
        Self { user: user.into(), status, devices: None }
    }

    /// Adds the status of devices.
    #[must_use]
    pub fn with_devices(self, devices: Vec<Device>) -> Self {
        Self { devices: Some(devices), ..self }
    }
}

/// The status of one device of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Device {
    /// The platform: `iPhone`, `Android`, `Web`, `PC`, `iPad` or `Mac`.
    #[serde(rename = "Platform")]
    pub platform: String,
    /// The status.
    #[serde(rename = "Status", alias = "State")]
    pub status: Status,
}

impl Device {
    /// Creates a device with its status.
    pub fn new(platform: impl Into<String>, status: Status) -> Self {
        Self { platform: platform.into(), status }
    }
}

/// A user whose status cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusError {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// Why the service rejected this user.
    #[serde(rename = "ErrorCode")]
    pub code: ErrorCode,
}

impl StatusError {
    /// Creates the error of a user.
    pub fn new(user: impl Into<UserId>, code: ErrorCode) -> Self {
        Self { user: user.into(), code }
    }
}

impl Endpoint for Query {
    const SERVICE: &'static str = "openim";
    const COMMAND: &'static str = "query_online_status";
    const IDEMPOTENT: bool = true;
    type Response = QueryResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&(), &self.users)
    }
}

impl Command for Query {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/35477";
}

impl Batch for Query {
    type From = ();
    type Target = UserId;
    type Shared = bool;
    type Outcome = StatusItem;

    const MAX_TARGETS: usize = 500;

    fn with_targets((): (), with_devices: bool, users: Vec<UserId>) -> Self {
        Self { with_devices, users }
    }

    fn outcomes(response: QueryResponse) -> Vec<TargetOutcome<StatusItem>> {
        let found =
            response.items.into_iter().map(|item| TargetOutcome { target: item.user.clone(), result: Ok(item) });
        let failed = response.errors.into_iter().map(|error| TargetOutcome {
            target: error.user,
            result: Err(Rejection { code: error.code, info: "".into() }),
        });
        found.chain(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_is_requested_with_1() {
        assert_eq!(serde_json::to_string(&Query::new(["bob"])).unwrap(), r#"{"To_Account":["bob"]}"#);
        let request = Query::new(["bob"]).with_devices();
        let text = r#"{"IsNeedDetail":1,"To_Account":["bob"]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Query>(text).unwrap(), request);
        assert!(Query::new(vec!["bob"; 501]).validate().is_err());
    }

    #[test]
    fn each_target_has_its_status_or_its_code() {
        let body = r#"{"QueryResult":[{"To_Account":"bob","Status":"Online"}],"ErrorList":[{"To_Account":"ghost","ErrorCode":70107}]}"#;
        let outcomes = Query::outcomes(serde_json::from_str(body).unwrap());
        assert_eq!(outcomes[0].result.as_ref().unwrap().status, Status::ONLINE);
        assert_eq!(outcomes[1].result.as_ref().unwrap_err().code, ErrorCode::ACCOUNT_NOT_IMPORTED);
    }

    #[test]
    fn the_older_key_of_the_status_is_read() {
        let text = r#"{"To_Account":"bob","State":"PushOnline","Detail":[{"Platform":"Web","State":"Online"}]}"#;
        let item: StatusItem = serde_json::from_str(text).unwrap();
        let devices = vec![Device::new("Web", Status::ONLINE)];
        assert_eq!(item, StatusItem::new("bob", Status::PUSH_ONLINE).with_devices(devices));
        assert!(serde_json::to_string(&item).unwrap().contains(r#""Status":"PushOnline""#));
    }
}
