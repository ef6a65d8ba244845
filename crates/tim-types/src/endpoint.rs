//! The traits that say what the wire knows about a command.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Cursor, InvalidRequest, TargetOutcome, UnreadableItem, UserId};

/// How many calls a second the service documents for every command of these crates.
pub const CALLS_PER_SECOND: u32 = 200;

/// What the wire says about one command. Facts only, no behaviour.
///
/// A command of your own is a struct that implements this trait; clients send it like the built-in ones.
pub trait Endpoint: Serialize + Send + Sync {
    /// The service name in the path, for example `follow`.
    const SERVICE: &'static str;
    /// The command name in the path, for example `follow_check`.
    const COMMAND: &'static str;
    /// How many calls a second the service allows for this command.
    const CALLS_PER_SECOND: u32 = CALLS_PER_SECOND;
    /// The body of an answer, without the envelope.
    type Response: ResponseBody;

    /// Says what is wrong with this request before anything is sent.
    ///
    /// # Errors
    /// An empty or over-long user id, no target, more targets than one call takes, or a number out of its range.
    fn validate(&self) -> Result<(), InvalidRequest>;
}

/// The body of a response, and what a second, tolerant reading needs to know about it ([`Decoded`](crate::Decoded)).
///
/// The defaults are for a body without a list: `impl ResponseBody for Body {}`. All keys should have `#[serde(default)]`,
/// since a rejection has none of them.
pub trait ResponseBody: DeserializeOwned + Send {
    /// The key of the list whose items are read one by one, so that an unreadable one does not spoil the others. A body
    /// with only this key must decode.
    const ITEMS: Option<&'static str> = None;
    /// The key in an item that names the user it is about.
    const TARGET: &'static str = "To_Account";
    /// Other keys in an item for the same field, each with the key that wins when both are there.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// The key that says where the next page starts.
    const CURSOR: Option<&'static str> = None;
    /// The key of a list of the targets that failed, for example `Fail_Account`.
    const FAILED: Option<&'static str> = None;

    /// Where the items that cannot be read are listed; `None` when there is no such place. Then one unreadable item makes
    /// the response unreadable.
    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        None
    }

    /// The targets in the list that [`FAILED`](Self::FAILED) names. One that has no item was rejected without a code.
    fn failed(&self) -> &[UserId] {
        &[]
    }
}

/// A command whose answer comes in pages.
pub trait Paged: Endpoint + Clone {
    /// One entry of a page.
    type Item: Send;

    /// The entries of one page and where the next one starts; `None` when this was the last page.
    fn split(response: Self::Response) -> (Vec<Self::Item>, Option<Cursor>);

    /// Where the page of this request starts.
    fn cursor(&self) -> &Cursor;

    /// Moves this request to the page that starts at `cursor`.
    fn seek(&mut self, cursor: Cursor);
}

/// A command that takes many targets in one call and answers for each of them.
pub trait Batch: Endpoint {
    /// The most targets that one call takes.
    const MAX_TARGETS: usize;
    /// What is known about a target when the service answered for it.
    type Outcome: Clone + Debug + PartialEq + Send;

    /// The user in `From_Account`.
    fn subject(&self) -> &UserId;

    /// The targets of this request, in the order they are sent.
    fn targets(&self) -> &[UserId];

    /// The same request for other users.
    #[must_use]
    fn with_users(&self, from: UserId, targets: Vec<UserId>) -> Self;

    /// What the service says about each target, in the order of the answer, which is not promised to be that of the request.
    fn outcomes(response: Self::Response) -> Vec<TargetOutcome<Self::Outcome>>;
}
