//! The event that the arguments describe.

use std::net::IpAddr;

use clap::{Args, ValueEnum};
use tim_follow::friend::{AddSource, AddType};
use tim_follow::{Profile, UserId};
use tim_webhook::webhook::{
    BlockAdd, BlockDelete, Event, FollowAdd, FollowDelete, FriendAdd, FriendDelete, FriendResponse, KickedDevice,
    NewPair, PrevFriendAdd, PrevFriendResponse, ProfileSet, RequestedFriend, ResponseAction, StateAction, StateChange,
    StateInfo, StateReason, UserPair,
};

use super::super::event_name::EventName;
use crate::commands::profile::set::Values;
use crate::exit::Failure;

#[derive(Debug, Args)]
pub(super) struct EventArgs {
    /// The event
    #[arg(value_name = "EVENT")]
    event: EventName,
    /// The user who acts, or whose profile or state changes
    #[arg(long, value_name = "USER")]
    from: String,
    /// A target of the action. Can be given several times
    #[arg(long, value_name = "USER")]
    to: Vec<String>,
    /// Where the user acted: RESTAPI, Web, Android, iOS, Windows, macOS, iPad or Unknown
    /// [default: RESTAPI, and Web for events that only clients cause]
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
    /// The IP address from which the user acted
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    client_ip: IpAddr,
    #[command(flatten)]
    friends: FriendFlags,
    #[command(flatten)]
    state: StateFlags,
    #[command(flatten)]
    profile: Values,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fields of prev-friend-add and prev-friend-response")]
struct FriendFlags {
    /// The message of the friend request
    #[arg(long, value_name = "TEXT")]
    wording: Option<String>,
    /// The remark
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    /// The friend group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// The response to the friend requests [default: agree-and-add]
    #[arg(long, value_name = "WHAT")]
    response: Option<ResponseName>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fields of state-change")]
struct StateFlags {
    /// What happened [default: login]
    #[arg(long, value_name = "WHAT")]
    action: Option<ActionName>,
    /// Why it happened: Register, Unregister, LinkClose or TimeOut [default: by the action]
    #[arg(long, value_name = "NAME")]
    reason: Option<String>,
    /// The platform of a device that this login logged out, for example Android. Can be given
    /// several times
    #[arg(long, value_name = "NAME")]
    kicked: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ActionName {
    Login,
    Logout,
    Disconnect,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ResponseName {
    AgreeAndAdd,
    Agree,
    Reject,
}

impl EventArgs {
    pub(super) fn platform(&self) -> String {
        let default = match self.event {
            EventName::PrevFriendAdd | EventName::PrevFriendResponse | EventName::StateChange => "Web",
            _ => "RESTAPI",
        };
        self.platform.clone().unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn client_ip(&self) -> String {
        self.client_ip.to_string()
    }

    /// Builds the event. `admin` is the one of the settings, and `time_ms` in Unix milliseconds.
    pub(super) fn build(self, admin: Option<String>, time_ms: u64) -> Result<Event, Failure> {
        self.check()?;
        let Self { event: name, from, to, friends, state, profile, .. } = self;
        let fields = profile.items()?;
        if (name == EventName::ProfileSet) == fields.is_empty() {
            return Err(Failure::usage(match name {
                EventName::ProfileSet => "profile-set needs a field that changed, for example --nick".to_owned(),
                _ => format!("the fields of a profile, such as --nick, are not for {}", name.name()),
            }));
        }
        let from = UserId::from(from);
        let to: Vec<UserId> = to.into_iter().map(UserId::from).collect();
        let pairs = |to: Vec<UserId>| to.into_iter().map(|to| UserPair::new(from.clone(), to)).collect();
        Ok(match name {
            EventName::FollowAdd => Event::FollowAdd(FollowAdd { from, to, time_ms }),
            EventName::FollowDelete => Event::FollowDelete(FollowDelete { from, to, time_ms }),
            EventName::FriendAdd => Event::FriendAdd(friend_add(&from, to, admin)),
            EventName::FriendDelete => Event::FriendDelete(FriendDelete { pairs: pairs(to) }),
            EventName::BlockAdd => Event::BlockAdd(BlockAdd { pairs: pairs(to) }),
            EventName::BlockDelete => Event::BlockDelete(BlockDelete { pairs: pairs(to) }),
            EventName::ProfileSet => {
                let operator = admin.map_or_else(|| from.clone(), UserId::from);
                Event::ProfileSet(ProfileSet { operator, user: from, time_ms, fields: Profile::from(fields) })
            }
            EventName::StateChange => Event::StateChange(state.build(from, time_ms)),
            EventName::PrevFriendAdd => Event::PrevFriendAdd(friends.question(from, to, time_ms)),
            EventName::PrevFriendResponse => Event::PrevFriendResponse(friends.response(from, to, time_ms)),
        })
    }

    /// Checks that each flag is one of the event.
    fn check(&self) -> Result<(), Failure> {
        use EventName::{PrevFriendAdd, PrevFriendResponse, ProfileSet, StateChange};
        let has_targets = !matches!(self.event, ProfileSet | StateChange);
        let name = self.event.name();
        if has_targets && self.to.is_empty() {
            return Err(Failure::usage(format!("{name} needs at least one target: --to USER")));
        }
        let (friends, state) = (&self.friends, &self.state);
        let questions: &[EventName] = &[PrevFriendAdd, PrevFriendResponse];
        for (flag, is_given, events) in [
            ("--wording", friends.wording.is_some(), &questions[..1]),
            ("--remark", friends.remark.is_some(), questions),
            ("--group", friends.group.is_some(), questions),
            ("--response", friends.response.is_some(), &[PrevFriendResponse][..]),
            ("--action", state.action.is_some(), &[StateChange]),
            ("--reason", state.reason.is_some(), &[StateChange]),
            ("--kicked", !state.kicked.is_empty(), &[StateChange]),
        ] {
            if is_given && !events.contains(&self.event) {
                let events: Vec<_> = events.iter().map(|event| event.name()).collect();
                return Err(Failure::usage(format!("{flag} is for {}, not for {name}", events.join(" and "))));
            }
        }
        if !has_targets && !self.to.is_empty() {
            return Err(Failure::usage(format!(
                "{name} has no targets: leave --to out, and give the user with --from"
            )));
        }
        Ok(())
    }
}

fn friend_add(from: &UserId, to: Vec<UserId>, admin: Option<String>) -> FriendAdd {
    let pair = |to| NewPair { from: from.clone(), to, initiator: from.clone() };
    FriendAdd {
        pairs: to.into_iter().map(pair).collect(),
        client_command: "friend_add".to_owned(),
        admin: admin.unwrap_or_default(),
        forced: false,
    }
}

impl FriendFlags {
    fn question(self, from: UserId, to: Vec<UserId>, time_ms: u64) -> PrevFriendAdd {
        let [remark, group, wording] = [self.remark, self.group, self.wording].map(Option::unwrap_or_default);
        let friend = |user| RequestedFriend {
            user,
            remark: remark.clone(),
            group: group.clone(),
            source: AddSource::WEB,
            wording: wording.clone(),
        };
        let friends = to.into_iter().map(friend).collect();
        PrevFriendAdd { requester: from.clone(), from, friends, kind: AddType::BOTH, forced: false, time_ms }
    }

    fn response(self, from: UserId, to: Vec<UserId>, time_ms: u64) -> PrevFriendResponse {
        let [remark, group] = [self.remark, self.group].map(Option::unwrap_or_default);
        let action = match self.response {
            None | Some(ResponseName::AgreeAndAdd) => ResponseAction::AGREE_AND_ADD,
            Some(ResponseName::Agree) => ResponseAction::AGREE,
            Some(ResponseName::Reject) => ResponseAction::REJECT,
        };
        let response =
            |user| FriendResponse { user, remark: remark.clone(), group: group.clone(), action: action.clone() };
        let responses = to.into_iter().map(response).collect();
        PrevFriendResponse { requester: from.clone(), from, responses, time_ms }
    }
}

impl StateFlags {
    fn build(self, user: UserId, time_ms: u64) -> StateChange {
        let (action, reason) = match self.action {
            None | Some(ActionName::Login) => (StateAction::LOGIN, StateReason::REGISTER),
            Some(ActionName::Logout) => (StateAction::LOGOUT, StateReason::UNREGISTER),
            Some(ActionName::Disconnect) => (StateAction::DISCONNECT, StateReason::LINK_CLOSE),
        };
        let reason = self.reason.map_or(reason, StateReason::from);
        let kicked = self.kicked.into_iter().map(|platform| KickedDevice { platform }).collect();
        StateChange { time_ms, info: StateInfo { action, user, reason }, kicked }
    }
}
