//! The events of the follow service.

use serde::{Deserialize, Serialize};

use crate::{UserId, follow};

/// `from` followed `to`, in a client or through REST.
/// [Official page](https://trtc.io/document/70355)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowAdd {
    /// The user who follows.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users who are now followed: the targets of the call that succeeded.
    #[serde(rename = "FollowList", with = "follow::target_objects")]
    pub to: Vec<UserId>,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}

/// `from` unfollowed `to`, in a client or through REST.
/// [Official page](https://trtc.io/document/70356)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowDelete {
    /// The user who unfollowed.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users whom `from` stopped following: the targets of the call that succeeded.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}
