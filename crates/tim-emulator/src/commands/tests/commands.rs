//! Commands as values, to be done by the world and by the model.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::friend_commands;
use super::model_groups::{GroupAct, group_act};
use super::model_profiles::{ProfileAct, profile_act};
use super::model_sessions::{SessionAct, session_act};
use super::users::{user, users};

/// Where a page of follows starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    First,
    /// After the last page of the same list.
    Next,
    /// At the latest cursor of any list.
    Latest,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Follow {
        from: String,
        to: Vec<String>,
    },
    Unfollow {
        from: String,
        to: Vec<String>,
    },
    CheckFollows {
        from: String,
        to: Vec<String>,
    },
    CountFollows {
        from: String,
        to: Vec<String>,
    },
    ListFollows {
        from: String,
        kind: i64,
        want: i64,
        start: Start,
    },
    /// A command about friends, with its whole request.
    Friends {
        path: &'static str,
        request: Value,
    },
    Unfriend {
        from: String,
        to: Vec<String>,
        both: bool,
    },
    UnfriendAll {
        from: String,
        both: bool,
    },
    CheckFriends {
        from: String,
        to: Vec<String>,
        both: bool,
    },
    ListFriends {
        from: String,
        start: usize,
        standard: Option<i64>,
        custom: Option<i64>,
    },
    Block {
        from: String,
        to: Vec<String>,
    },
    Unblock {
        from: String,
        to: Vec<String>,
    },
    CheckBlocks {
        from: String,
        to: Vec<String>,
        both: bool,
    },
    ListBlocks {
        from: String,
        start: usize,
        want: usize,
        /// The version of the list that the caller knows.
        known: u64,
    },
    Group(GroupAct),
    Import {
        user: String,
        nick: Option<String>,
    },
    /// Without a nickname, the request has the older form.
    ImportMany {
        users: Vec<String>,
        nick: Option<String>,
    },
    /// Sets who may add the user as a friend.
    Allow {
        user: String,
        whom: &'static str,
    },
    Profile(ProfileAct),
    Session(SessionAct),
    Delete {
        users: Vec<String>,
    },
    Exist {
        users: Vec<String>,
    },
}

impl Act {
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Follow { .. } => "follow/follow_add",
            Self::Unfollow { .. } => "follow/follow_delete",
            Self::CheckFollows { .. } => "follow/follow_check",
            Self::CountFollows { .. } => "follow/follow_get_info",
            Self::ListFollows { .. } => "follow/follow_get",
            Self::Friends { path, .. } => path,
            Self::Unfriend { .. } => "sns/friend_delete",
            Self::UnfriendAll { .. } => "sns/friend_delete_all",
            Self::CheckFriends { .. } => "sns/friend_check",
            Self::ListFriends { .. } => "sns/friend_get",
            Self::Block { .. } => "sns/black_list_add",
            Self::Unblock { .. } => "sns/black_list_delete",
            Self::CheckBlocks { .. } => "sns/black_list_check",
            Self::ListBlocks { .. } => "sns/black_list_get",
            Self::Group(act) => act.path(),
            Self::Import { .. } => "im_open_login_svc/account_import",
            Self::ImportMany { .. } => "im_open_login_svc/multiaccount_import",
            Self::Allow { .. } => "profile/portrait_set",
            Self::Profile(act) => act.path(),
            Self::Session(act) => act.path(),
            Self::Delete { .. } => "im_open_login_svc/account_delete",
            Self::Exist { .. } => "im_open_login_svc/account_check",
        }
    }

    /// The body of the request; a list continues at `cursor`.
    pub(super) fn request(&self, cursor: &str) -> Value {
        let kind = |prefix: &str, both: &bool| format!("{prefix}_{}", if *both { "Both" } else { "Single" });
        match self {
            Self::Follow { from, to } => {
                let items: Vec<_> = to.iter().map(|to| json!({ "To_Account": to })).collect();
                json!({ "From_Account": from, "FollowItem": items })
            }
            Self::Friends { request, .. } => request.clone(),
            Self::Unfollow { from, to }
            | Self::CheckFollows { from, to }
            | Self::CountFollows { from, to }
            | Self::Block { from, to }
            | Self::Unblock { from, to } => json!({ "From_Account": from, "To_Account": to }),
            Self::ListFollows { from, kind, want, .. } => {
                json!({ "From_Account": from, "FollowType": kind, "StartCursor": cursor, "WantNum": want })
            }
            Self::Unfriend { from, to, both } => {
                json!({ "From_Account": from, "To_Account": to, "DeleteType": kind("Delete_Type", both) })
            }
            Self::UnfriendAll { from, both } => {
                json!({ "From_Account": from, "DeleteType": kind("Delete_Type", both) })
            }
            Self::CheckFriends { from, to, both } => {
                json!({ "From_Account": from, "To_Account": to, "CheckType": kind("CheckResult_Type", both) })
            }
            Self::ListFriends { from, start, standard, custom } => {
                let mut body = json!({ "From_Account": from, "StartIndex": start });
                for (key, known) in [("StandardSequence", standard), ("CustomSequence", custom)] {
                    if let Some(known) = known {
                        body[key] = (*known).into();
                    }
                }
                body
            }
            Self::CheckBlocks { from, to, both } => {
                json!({ "From_Account": from, "To_Account": to, "CheckType": kind("BlackCheckResult_Type", both) })
            }
            Self::ListBlocks { from, start, want, known } => {
                json!({ "From_Account": from, "StartIndex": start, "MaxLimited": want, "LastSequence": known })
            }
            Self::Group(act) => act.request(),
            Self::Import { user, nick: Some(nick) } => json!({ "UserID": user, "Nick": nick }),
            Self::Import { user, nick: None } => json!({ "UserID": user }),
            Self::ImportMany { users, nick: None } => json!({ "Accounts": users }),
            Self::ImportMany { users, nick } => {
                let items: Vec<_> = users.iter().map(|user| json!({ "UserID": user, "Nick": nick })).collect();
                json!({ "AccountList": items })
            }
            Self::Allow { user, whom } => {
                let field = json!({ "Tag": "Tag_Profile_IM_AllowType", "Value": format!("AllowType_Type_{whom}") });
                json!({ "From_Account": user, "ProfileItem": [field] })
            }
            Self::Profile(act) => act.request(),
            Self::Session(act) => act.request(),
            Self::Delete { users } => json!({ "DeleteItem": objects(users) }),
            Self::Exist { users } => json!({ "CheckItem": objects(users) }),
        }
    }
}

fn objects(users: &[String]) -> Vec<Value> {
    users.iter().map(|user| json!({ "UserID": user })).collect()
}

/// A sequence of a friend list, often the current one.
fn known() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![1 => Just(None), 2 => (0..6_i64).prop_map(Some), 1 => Just(Some(-1))]
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let from_to = || (user(), users());
    let both = any::<bool>;
    let want = prop_oneof![20 => 1..4_i64, 4 => Just(1000), 1 => Just(0), 1 => Just(-1), 1 => Just(1001)];
    let kind = prop_oneof![12 => 1..4_i64, 1 => Just(4)];
    let blocks_wanted = prop_oneof![20 => 1..4_usize, 1 => Just(0), 1 => Just(1000), 1 => Just(1001)];
    let blocks_known = prop_oneof![2 => Just(0), 1 => 1..8_u64];
    let start = prop_oneof![4 => Just(Start::First), 4 => Just(Start::Next), 1 => Just(Start::Latest)];
    prop_oneof![
        8 => from_to().prop_map(|(from, to)| Act::Follow { from, to }),
        4 => from_to().prop_map(|(from, to)| Act::Unfollow { from, to }),
        2 => from_to().prop_map(|(from, to)| Act::CheckFollows { from, to }),
        2 => from_to().prop_map(|(from, to)| Act::CountFollows { from, to }),
        6 => (user(), kind, want, start)
            .prop_map(|(from, kind, want, start)| Act::ListFollows { from, kind, want, start }),
        10 => friend_commands::any().prop_map(|(path, request)| Act::Friends { path, request }),
        2 => (from_to(), both()).prop_map(|((from, to), both)| Act::Unfriend { from, to, both }),
        1 => (user(), both()).prop_map(|(from, both)| Act::UnfriendAll { from, both }),
        2 => (from_to(), both()).prop_map(|((from, to), both)| Act::CheckFriends { from, to, both }),
        4 => (user(), prop_oneof![2 => Just(0), 1 => 1..6_usize], known(), known())
            .prop_map(|(from, start, standard, custom)| Act::ListFriends { from, start, standard, custom }),
        2 => from_to().prop_map(|(from, to)| Act::Block { from, to }),
        2 => from_to().prop_map(|(from, to)| Act::Unblock { from, to }),
        1 => (from_to(), both()).prop_map(|((from, to), both)| Act::CheckBlocks { from, to, both }),
        3 => (user(), 0..3_usize, blocks_wanted, blocks_known)
            .prop_map(|(from, start, want, known)| Act::ListBlocks { from, start, want, known }),
        6 => group_act().prop_map(Act::Group),
        6 => (user(), proptest::option::of("[a-z]{0,2}")).prop_map(|(user, nick)| Act::Import { user, nick }),
        2 => (users(), proptest::option::of("[a-z]{0,2}")).prop_map(|(users, nick)| Act::ImportMany { users, nick }),
        2 => (user(), prop::sample::select(&["AllowAny", "NeedConfirm", "DenyAny"][..]))
            .prop_map(|(user, whom)| Act::Allow { user, whom }),
        4 => profile_act().prop_map(Act::Profile),
        4 => session_act().prop_map(Act::Session),
        1 => users().prop_map(|users| Act::Delete { users }),
        1 => users().prop_map(|users| Act::Exist { users }),
    ]
}
