//! The trait that describes a command, and the one that describes the body of its response.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{InvalidRequest, UnreadableItem, UserId};

/// The number of calls a second that the service documents for most commands.
pub const CALLS_PER_SECOND: u32 = 200;

/// One command, described by the type of its request. Facts only, no behaviour.
///
/// A command of your own is a struct that implements this trait. Clients send it like a built-in
/// one.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tim_types::{Endpoint, InvalidRequest, ResponseBody, UserId};
///
/// /// Ends all sessions of a user.
/// #[derive(Serialize)]
/// struct Kick {
///     #[serde(rename = "UserID")]
///     user: UserId,
/// }
///
/// #[derive(Deserialize)]
/// struct Empty {}
///
/// impl ResponseBody for Empty {}
///
/// impl Endpoint for Kick {
///     const SERVICE: &'static str = "im_open_login_svc";
///     const COMMAND: &'static str = "kick";
///     // A second call would also end a session that started in between.
///     const IDEMPOTENT: bool = false;
///     type Response = Empty;
///
///     fn validate(&self) -> Result<(), InvalidRequest> {
///         self.user.validate("UserID")
///     }
/// }
/// ```
pub trait Endpoint: Serialize + Send + Sync {
    /// The service name in the path, for example `follow`.
    const SERVICE: &'static str;
    /// The command name in the path, for example `follow_check`.
    const COMMAND: &'static str;
    /// The number of calls a second that the service allows for this command.
    const CALLS_PER_SECOND: u32 = CALLS_PER_SECOND;
    /// Whether a call that the service may have processed can be sent again. If not, the clients
    /// do not retry it after a lost connection, a timeout or a transient code.
    const IDEMPOTENT: bool = true;
    /// The body of a response, without the envelope.
    type Response: ResponseBody;

    /// Checks this request before anything is sent.
    ///
    /// # Errors
    /// An empty or over-long user id, no target, more targets than one call takes, a number out of
    /// its range, or a value that is not one of the documented values.
    fn validate(&self) -> Result<(), InvalidRequest>;
}

/// The body of a response, and what tolerant decoding ([`Decoded`](crate::Decoded)) needs to know
/// about it.
///
/// The defaults are for a body without a list: `impl ResponseBody for Body {}`. All keys should
/// have `#[serde(default)]`, since a rejection has none of them.
pub trait ResponseBody: DeserializeOwned + Send {
    /// The key of the list whose items are decoded one by one, so that an unreadable item does not
    /// affect the others. A body with only this key must decode.
    const ITEMS: Option<&'static str> = None;
    /// The key in an item that names its user.
    const TARGET: &'static str = "To_Account";
    /// Other keys in an item for the same field, each with the key that takes precedence.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// The key that says where the next page starts.
    const CURSOR: Option<&'static str> = None;
    /// The key of a list of the targets that failed, for example `Fail_Account`.
    const FAILED: Option<&'static str> = None;

    /// The list that collects unreadable items. `None` means that there is no such list; then one
    /// unreadable item makes the response unreadable.
    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        None
    }

    /// The targets in the list under [`FAILED`](Self::FAILED). One that has no item was rejected
    /// without a code.
    fn failed(&self) -> &[UserId] {
        &[]
    }
}
