//! Webhooks: the calls that the service makes to your backend when users, their relations or their
//! profiles change.
//! <https://www.tencentcloud.com/document/product/1047/34354>
//!
//! A webhook can arrive twice or not at all, so treat it as a hint. If you need to be sure, read
//! the state, for example with [`follow::Check`](crate::follow::Check). Check [`Query::sdkappid`].
//! If a token is set in the console, also check `Sign`, with `WebhookToken` of tim-sig.
//!
//! ```
//! use tim_types::webhook::{Event, Query};
//!
//! let query = Query::parse(
//!     "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowAdd&contenttype=json&ClientIP=127.0.0.1&OptPlatform=RESTAPI",
//! )?;
//! assert_eq!((query.sdkappid.0, query.platform.as_str(), query.sign), (1400000000, "RESTAPI", None));
//!
//! let body = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"alice",
//!     "FollowList":[{"To_Account":"bob"}],"EventTime":1702018343678}"#;
//! match serde_json::from_str(body)? {
//!     Event::FollowAdd(event) => assert_eq!((event.from.as_str(), event.to[0].as_str()), ("alice", "bob")),
//!     _ => {} // Another event: respond with OK and ignore it.
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decision;
mod follow;
mod friend;
mod query;
mod user;

pub use decision::Decisions;
pub use follow::{FollowAdd, FollowDelete};
pub use friend::{
    BlockAdd, BlockDelete, FriendAdd, FriendDelete, FriendResponse, NewPair, PrevFriendAdd, PrevFriendResponse,
    RequestedFriend, ResponseAction, UserPair,
};
pub use query::{InvalidQuery, Query};
pub use user::{KickedDevice, ProfileSet, StateAction, StateChange, StateInfo, StateReason};

use serde::{Deserialize, Serialize};

use crate::UserId;

/// The response body for an event after an action. Send it with HTTP status 200, within 2 seconds.
/// For the events before an action, send [`Decisions`].
///
/// The service requires all three fields, and ignores the code. Another status, or a body that is
/// not JSON, counts as a failure.
pub const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $command:literal,)*) => {
        /// The body of a webhook.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "CallbackCommand")]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $command)] $name($name),)*
            /// An event that this version does not know. [`Query::command`] has its name.
            #[serde(other)]
            Other,
        }

        impl Event {
            /// The names of all events that this version knows.
            pub const COMMANDS: &[&str] = &[$($command),*];

            /// Returns the name of the event; empty for an event that this version does not know.
            pub fn command(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $command,)*
                    Self::Other => "",
                }
            }
        }
    };
}

events! {
    /// A user followed other users.
    FollowAdd = "Follow.CallbackAfterFollowAdd",
    /// A user unfollowed other users.
    FollowDelete = "Follow.CallbackAfterFollowDelete",
    /// A user wants to add friends. The receiver decides.
    PrevFriendAdd = "Sns.CallbackPrevFriendAdd",
    /// A user wants to accept or reject friend requests. The receiver decides.
    PrevFriendResponse = "Sns.CallbackPrevFriendResponse",
    /// Friends were added.
    FriendAdd = "Sns.CallbackFriendAdd",
    /// Friends were removed.
    FriendDelete = "Sns.CallbackFriendDelete",
    /// Users were blocked.
    BlockAdd = "Sns.CallbackBlackListAdd",
    /// Users were unblocked.
    BlockDelete = "Sns.CallbackBlackListDelete",
    /// The profile of a user changed.
    ProfileSet = "Profile.CallbackPortraitSet",
    /// A client of a user connected or disconnected.
    StateChange = "State.StateChange",
}

impl Event {
    /// Returns the user who acted, or whose data changed: `From_Account` of the event, or of its
    /// first pair if the event has pairs. `None` for an event that this version does not know.
    pub fn user(&self) -> Option<&UserId> {
        fn first(pairs: &[UserPair]) -> Option<&UserId> {
            pairs.first().map(|pair| &pair.from)
        }
        match self {
            Self::FollowAdd(event) => Some(&event.from),
            Self::FollowDelete(event) => Some(&event.from),
            Self::PrevFriendAdd(event) => Some(&event.from),
            Self::PrevFriendResponse(event) => Some(&event.from),
            Self::FriendAdd(event) => event.pairs.first().map(|pair| &pair.from),
            Self::FriendDelete(event) => first(&event.pairs),
            Self::BlockAdd(event) => first(&event.pairs),
            Self::BlockDelete(event) => first(&event.pairs),
            Self::ProfileSet(event) => Some(&event.user),
            Self::StateChange(event) => Some(&event.info.user),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of the official pages.
    const ADD: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"UserID_001","FollowList":[{"To_Account":"UserID_002"},{"To_Account":"UserID_003"}],"EventTime":1702018343678}"#;
    const DELETE: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"UserID_001","To_Account":["UserID_002","UserID_003"],"EventTime":1702018343678}"#;

    #[test]
    fn the_samples_survive_a_round_trip() {
        let (from, to, time_ms) = ("UserID_001".into(), vec!["UserID_002".into(), "UserID_003".into()], 1702018343678);
        let add = Event::FollowAdd(FollowAdd { from, to, time_ms });
        assert_eq!(serde_json::from_str::<Event>(ADD).unwrap(), add);
        assert_eq!(serde_json::to_string(&add).unwrap(), ADD);
        let delete = serde_json::from_str::<Event>(DELETE).unwrap();
        assert_eq!(serde_json::to_string(&delete).unwrap(), DELETE);
        for event in [add, delete] {
            assert!(serde_json::to_string(&event).unwrap().contains(event.command()));
        }
    }

    #[test]
    fn unknown_fields_and_events_are_accepted() {
        let new_field = ADD.replacen('{', r#"{"New":[{}],"#, 1);
        assert!(matches!(serde_json::from_str(&new_field).unwrap(), Event::FollowAdd(_)));
        let other = r#"{"CallbackCommand":"Group.CallbackAfterNewMemberJoin","GroupId":"id"}"#;
        assert_eq!(serde_json::from_str::<Event>(other).unwrap(), Event::Other);
        assert!(serde_json::from_str::<Event>("{}").is_err());
    }
}
