//! The trait that describes a command, and the one that describes the body of its response.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{InvalidRequest, UnreadableItem, UserId};

/// The number of calls per second that the service documents for most commands.
pub const CALLS_PER_SECOND: u32 = 200;

/// A command, described by the type of its request: path, rate limit, response, and which requests
/// are valid.
///
/// To send a command that is not built in, implement this trait for a struct of your own.
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
    /// The number of calls per second that the service allows for this command.
    const CALLS_PER_SECOND: u32 = CALLS_PER_SECOND;
    /// Whether a call that the service may have processed can be retried. If not, the clients do
    /// not retry it after a lost connection, a timeout, HTTP 408 or 5xx, or a transient code.
    const IDEMPOTENT: bool;
    /// The body of a response, without the envelope.
    type Response: ResponseBody;

    /// Checks this request. The clients call it before they send anything.
    ///
    /// # Errors
    /// A user id is empty or too long, there is no target or more targets than one call takes, a
    /// number is out of its range, or a value is not one of the documented values.
    fn validate(&self) -> Result<(), InvalidRequest>;
}

/// The body of a response: a type that serde can decode, and the names of the keys that tolerant
/// decoding ([`Decoded`](crate::Decoded)) treats in a special way.
///
/// The defaults are for a body without a list: `impl ResponseBody for Body {}`. Give every field
/// `#[serde(default)]`, because the response to a rejected call has none of the keys. An item with
/// only its user, `ResultCode` and `ResultInfo` has to decode too, because the item of a rejected
/// target can lack all other keys.
pub trait ResponseBody: DeserializeOwned + Send {
    /// The keys of the lists whose items are decoded one by one, so that an unreadable item does
    /// not affect the others. A body that has only one of these keys must decode.
    const ITEMS: &'static [&'static str] = &[];
    /// The key of the user id in an item.
    const ITEM_USER: &'static str = "To_Account";
    /// Alternative keys in an item or in the body, as pairs: the alternative key, and the key that
    /// takes precedence if both are present.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// The key of the position at which the next page starts.
    const CURSOR: Option<&'static str> = None;
    /// The key of a list of the targets that failed, for example `Fail_Account`.
    const FAILED: Option<&'static str> = None;

    /// Returns the list that collects unreadable items. With `None`, the default, one unreadable
    /// item makes the whole response unreadable.
    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        None
    }

    /// Returns the targets in the list [`FAILED`](Self::FAILED). A target that is in this list but
    /// has no item counts as rejected without a code.
    fn failed(&self) -> &[UserId] {
        &[]
    }

    /// Returns whether this body has the results of single targets although the call was rejected.
    /// The clients then return the body instead of the rejection, because the service also rejects
    /// some calls only because all their targets failed. A rejection with a code that the clients
    /// retry, for example a transient one, is retried like any other.
    fn reports_rejected_targets(&self) -> bool {
        false
    }
}
