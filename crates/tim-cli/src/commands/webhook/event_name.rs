//! The names of events in arguments.

use clap::ValueEnum;

/// An event. Its name on the wire is an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EventName {
    /// A user followed users
    #[value(alias = "Follow.CallbackAfterFollowAdd")]
    FollowAdd,
    /// A user unfollowed users
    #[value(alias = "Follow.CallbackAfterFollowDelete")]
    FollowDelete,
    /// Friends were added
    #[value(alias = "Sns.CallbackFriendAdd")]
    FriendAdd,
    /// Friends were removed
    #[value(alias = "Sns.CallbackFriendDelete")]
    FriendDelete,
    /// Users were blocked
    #[value(alias = "Sns.CallbackBlackListAdd")]
    BlockAdd,
    /// Users were unblocked
    #[value(alias = "Sns.CallbackBlackListDelete")]
    BlockDelete,
    /// A profile changed
    #[value(alias = "Profile.CallbackPortraitSet")]
    ProfileSet,
    /// A client connected or disconnected
    #[value(alias = "State.StateChange")]
    StateChange,
    /// A user wants to add friends; the receiver decides
    #[value(alias = "Sns.CallbackPrevFriendAdd")]
    PrevFriendAdd,
    /// A user wants to accept or reject friend requests; the receiver decides
    #[value(alias = "Sns.CallbackPrevFriendResponse")]
    PrevFriendResponse,
}

impl EventName {
    /// The name on the wire.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::FollowAdd => "Follow.CallbackAfterFollowAdd",
            Self::FollowDelete => "Follow.CallbackAfterFollowDelete",
            Self::FriendAdd => "Sns.CallbackFriendAdd",
            Self::FriendDelete => "Sns.CallbackFriendDelete",
            Self::BlockAdd => "Sns.CallbackBlackListAdd",
            Self::BlockDelete => "Sns.CallbackBlackListDelete",
            Self::ProfileSet => "Profile.CallbackPortraitSet",
            Self::StateChange => "State.StateChange",
            Self::PrevFriendAdd => "Sns.CallbackPrevFriendAdd",
            Self::PrevFriendResponse => "Sns.CallbackPrevFriendResponse",
        }
    }

    /// The name in arguments.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tim_webhook::webhook::Event;

    use super::*;

    #[test]
    fn each_known_event_has_a_name() {
        let commands: BTreeSet<_> = EventName::value_variants().iter().map(|name| name.command()).collect();
        assert_eq!(commands, Event::COMMANDS.iter().copied().collect());
    }

    #[test]
    fn the_name_on_the_wire_is_an_alias() {
        for name in EventName::value_variants() {
            assert_eq!(EventName::from_str(name.command(), false), Ok(*name));
        }
    }
}
