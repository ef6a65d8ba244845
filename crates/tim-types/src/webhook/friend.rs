//! The events of the service `sns` about friends.

use serde::{Deserialize, Serialize};

use crate::friend::{AddSource, AddType};
use crate::open_string::open_string;
use crate::{UserId, flag};

/// A user wants to add friends, in a client. The receiver decides; see
/// [`Decisions`](super::Decisions). Not sent for REST calls.
/// [Official page](https://trtc.io/document/43468)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrevFriendAdd {
    /// The user who sent the request.
    #[serde(rename = "Requester_Account")]
    pub requester: UserId,
    /// The user who wants to add friends.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to add.
    #[serde(rename = "FriendItem")]
    pub friends: Vec<RequestedFriend>,
    /// The friend lists that would change.
    #[serde(rename = "AddType", default)]
    pub kind: AddType,
    /// Whether the friends are added without their consent. 1 or 0 on the wire.
    #[serde(rename = "ForceAddFlags", default, with = "flag")]
    pub forced: bool,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}

/// A user in [`PrevFriendAdd`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedFriend {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// The remark; often empty.
    #[serde(rename = "Remark", default)]
    pub remark: String,
    /// The friend group; often empty.
    #[serde(rename = "GroupName", default)]
    pub group: String,
    /// Where the friend is added.
    #[serde(rename = "AddSource")]
    pub source: AddSource,
    /// The message of the friend request; often empty.
    #[serde(rename = "AddWording", default)]
    pub wording: String,
}

/// A user wants to accept or reject friend requests, in a client. The receiver decides; see
/// [`Decisions`](super::Decisions). Not sent for REST calls.
/// [Official page](https://trtc.io/document/43467)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrevFriendResponse {
    /// The user who sent the response.
    #[serde(rename = "Requester_Account")]
    pub requester: UserId,
    /// The user who has the friend requests.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The responses.
    #[serde(rename = "ResponseFriendItem")]
    pub responses: Vec<FriendResponse>,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}

/// The response to one friend request in [`PrevFriendResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FriendResponse {
    /// The user who sent the friend request.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// The remark; often empty.
    #[serde(rename = "Remark", default)]
    pub remark: String,
    /// The friend group; often empty. Other events name this key `GroupName`.
    #[serde(rename = "TagName", default)]
    pub group: String,
    /// The response.
    #[serde(rename = "ResponseAction")]
    pub action: ResponseAction,
}

open_string! {
    /// The response to a friend request.
    ResponseAction {
        /// Accept it, and add the other user too.
        AGREE_AND_ADD = "Response_Action_AgreeAndAdd",
        /// Accept it.
        AGREE = "Response_Action_Agree",
        /// Reject it.
        REJECT = "Response_Action_Reject",
    }
}

/// Friends were added, in a client or through REST. Not sent for friend_import.
/// [Official page](https://trtc.io/document/34359)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FriendAdd {
    /// The new entries of friend lists.
    #[serde(rename = "PairList")]
    pub pairs: Vec<NewPair>,
    /// The action: `friend_add` or `FriendAdd`, or `friend_response` or `FriendResponse` after a
    /// user accepted a friend request.
    #[serde(rename = "ClientCmd", default)]
    pub client_command: String,
    /// The admin of a REST call; empty for an action in a client.
    #[serde(rename = "Admin_Account", default)]
    pub admin: String,
    /// Whether the friends were added without their consent. 1 or 0 on the wire.
    #[serde(rename = "ForceFlag", default, with = "flag")]
    pub forced: bool,
}

/// A new entry of a friend list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPair {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The new friend.
    #[serde(rename = "To_Account")]
    pub to: UserId,
    /// The user who asked for the friendship.
    #[serde(rename = "Initiator_Account")]
    pub initiator: UserId,
}

/// Friends were removed, in a client or through REST.
/// [Official page](https://trtc.io/document/34360)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FriendDelete {
    /// The removed entries of friend lists.
    #[serde(rename = "PairList")]
    pub pairs: Vec<UserPair>,
}

/// Users were blocked, in a client or through REST.
/// [Official page](https://trtc.io/document/34361)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockAdd {
    /// The new blocks.
    #[serde(rename = "PairList")]
    pub pairs: Vec<UserPair>,
}

/// Users were unblocked, in a client or through REST.
/// [Official page](https://trtc.io/document/34362)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockDelete {
    /// The removed blocks.
    #[serde(rename = "PairList")]
    pub pairs: Vec<UserPair>,
}

/// The owner of a list and a user who was added to it or removed from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPair {
    /// The owner of the list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The user who was added or removed.
    #[serde(rename = "To_Account")]
    pub to: UserId,
}

impl UserPair {
    /// Creates a pair.
    pub fn new(from: impl Into<UserId>, to: impl Into<UserId>) -> Self {
        Self { from: from.into(), to: to.into() }
    }
}
