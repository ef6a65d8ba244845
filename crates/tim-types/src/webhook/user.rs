//! The events about the profile and the sessions of a user.

use serde::{Deserialize, Serialize};

use crate::open_string::open_string;
use crate::{Profile, UserId};

/// The profile of a user changed, in a client or through REST.
/// [Official page](https://trtc.io/document/48733)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileSet {
    /// Who made the change.
    #[serde(rename = "Operator_Account")]
    pub operator: UserId,
    /// The user whose profile changed.
    #[serde(rename = "From_Account")]
    pub user: UserId,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
    /// The fields that changed.
    #[serde(rename = "ProfileItem")]
    pub fields: Profile,
}

/// A client of a user connected or disconnected.
/// [Official page](https://trtc.io/document/34357)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
    /// What happened.
    #[serde(rename = "Info")]
    pub info: StateInfo,
    /// The devices that were logged out by this login. Only with [`StateAction::LOGIN`].
    #[serde(rename = "KickedDevice", default, skip_serializing_if = "Vec::is_empty")]
    pub kicked: Vec<KickedDevice>,
}

/// What happened to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateInfo {
    /// What happened.
    #[serde(rename = "Action")]
    pub action: StateAction,
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// Why it happened.
    #[serde(rename = "Reason")]
    pub reason: StateReason,
}

open_string! {
    /// What happened to a session.
    StateAction {
        /// The user logged in.
        LOGIN = "Login",
        /// The user logged out.
        LOGOUT = "Logout",
        /// The client lost its connection.
        DISCONNECT = "Disconnect",
    }
}

open_string! {
    /// Why a session changed.
    StateReason {
        /// The client connected. With [`StateAction::LOGIN`].
        REGISTER = "Register",
        /// The user logged out. With [`StateAction::LOGOUT`].
        UNREGISTER = "Unregister",
        /// The connection was closed. With [`StateAction::DISCONNECT`].
        LINK_CLOSE = "LinkClose",
        /// The client sent no heartbeat for 400 seconds. With [`StateAction::DISCONNECT`].
        TIME_OUT = "TimeOut",
    }
}

/// A device that another login logged out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KickedDevice {
    /// The platform: `iOS`, `Android`, `Web`, `Windows`, `iPad`, `Mac` or `Linux`.
    #[serde(rename = "Platform")]
    pub platform: String,
}
