//! Friend groups in the random comparison: the commands as values, and what the model does.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::commands::{user, users};
use super::model::{Model, No};
use super::responses::{Body, body, failed};

#[derive(Debug, Clone)]
pub(super) enum GroupAct {
    Add { from: String, names: Vec<String>, to: Vec<String> },
    Delete { from: String, names: Vec<String> },
    List { from: String, names: Vec<String>, need_friend: Option<&'static str> },
}

impl GroupAct {
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Add { .. } => "sns/group_add",
            Self::Delete { .. } => "sns/group_delete",
            Self::List { .. } => "sns/group_get",
        }
    }

    pub(super) fn request(&self) -> Value {
        match self {
            Self::Add { from, names, to } => json!({ "From_Account": from, "GroupName": names, "To_Account": to }),
            Self::Delete { from, names } => json!({ "From_Account": from, "GroupName": names }),
            Self::List { from, names, need_friend: None } => json!({ "From_Account": from, "GroupName": names }),
            Self::List { from, names, need_friend: Some(need) } => {
                json!({ "From_Account": from, "GroupName": names, "NeedFriend": need, "LastSequence": 1 })
            }
        }
    }
}

/// Mostly a few names, seldom none or one that is too long or empty.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = || prop_oneof![60 => "[p-t]", 1 => Just(String::new()), 1 => Just("x".repeat(31))];
    prop_oneof![20 => vec(name(), 1..4), 1 => Just(Vec::new())]
}

pub(super) fn group_act() -> impl Strategy<Value = GroupAct> {
    let to = prop_oneof![3 => users(), 1 => Just(Vec::new())];
    let need = prop_oneof![8 => Just("Need_Friend_Type_Yes"), 2 => Just("Need_Friend_Type_No"), 1 => Just("Yes")];
    let listed = prop_oneof![1 => Just(Vec::new()), 1 => names()];
    prop_oneof![
        3 => (user(), names(), to).prop_map(|(from, names, to)| GroupAct::Add { from, names, to }),
        1 => (user(), names()).prop_map(|(from, names)| GroupAct::Delete { from, names }),
        2 => (user(), listed, option::of(need))
            .prop_map(|(from, names, need_friend)| GroupAct::List { from, names, need_friend }),
    ]
}

/// The friend groups of all users.
#[derive(Clone, Default)]
pub(super) struct Groups {
    /// Owner, name; in the order of their creation.
    all: Vec<(String, String)>,
    /// Owner, name, friend.
    members: Vec<(String, String, String)>,
}

impl Groups {
    /// The names of the groups of a friend, in the order in which it was put in them.
    pub(super) fn of_friend(&self, owner: &str, friend: &str) -> Vec<String> {
        self.members.iter().filter(|(a, _, b)| a == owner && b == friend).map(|(_, name, _)| name.clone()).collect()
    }

    pub(super) fn forget_friend(&mut self, owner: &str, friend: &str) {
        self.members.retain(|(a, _, b)| !(a == owner && b == friend));
    }

    pub(super) fn forget_owner(&mut self, owner: &str) {
        self.all.retain(|(a, _)| a != owner);
        self.members.retain(|(a, ..)| a != owner);
    }
}

impl Model {
    pub(super) fn run_group(&mut self, act: &GroupAct) -> Result<Body, No> {
        match act {
            GroupAct::Add { from, names, to } => self.add_groups(from, names, to),
            GroupAct::Delete { from, names } => self.delete_groups(from, names),
            GroupAct::List { from, names, need_friend } => self.list_groups(from, names, *need_friend),
        }
    }

    fn has_group(&self, owner: &str, name: &str) -> bool {
        self.groups.all.iter().any(|(a, b)| a == owner && b == name)
    }

    fn group_sequence(&self, owner: &str) -> Value {
        self.accounts[owner].group_changes.into()
    }

    fn add_groups(&mut self, from: &str, names: &[String], to: &[String]) -> Result<Body, No> {
        if names.is_empty() || to.iter().any(String::is_empty) {
            return Err(No::Call(30001));
        }
        lengths(names)?;
        self.asks(from)?;
        for name in names {
            if !self.has_group(from, name) {
                let count = self.groups.all.iter().filter(|(owner, _)| owner == from).count() as u64;
                if self.limits.groups.is_some_and(|limit| count >= limit) {
                    return Err(No::Call(30011));
                }
                self.groups.all.push((from.to_owned(), name.clone()));
                self.account(from).group_changes += 1;
            }
        }
        let mut response = Body::new();
        if !to.is_empty() {
            response = failed(self.results(to, |model, to| model.put_in_groups(from, to, names))?);
        }
        response.insert("CurrentSequence".into(), self.group_sequence(from));
        Ok(response)
    }

    fn put_in_groups(&mut self, from: &str, to: &str, names: &[String]) -> Result<(), No> {
        self.known(to, false)?;
        if !self.friends(from, to) {
            return Err(No::Item(if self.quirks.group_stranger_old_code { 32216 } else { 30001 }));
        }
        let before = self.groups.members.len();
        for name in names {
            let member = (from.to_owned(), name.clone(), to.to_owned());
            if !self.groups.members.contains(&member) {
                self.groups.members.push(member);
            }
        }
        self.account(from).friend_changes += u64::from(self.groups.members.len() > before);
        Ok(())
    }

    fn delete_groups(&mut self, from: &str, names: &[String]) -> Result<Body, No> {
        if names.is_empty() {
            return Err(No::Call(30001));
        }
        lengths(names)?;
        self.asks(from)?;
        for name in names {
            if self.has_group(from, name) {
                let before = self.groups.members.len();
                self.groups.members.retain(|(owner, group, _)| !(owner == from && group == name));
                let changed = (before - self.groups.members.len()) as u64;
                self.groups.all.retain(|(owner, group)| !(owner == from && group == name));
                self.account(from).friend_changes += changed;
                self.account(from).group_changes += 1;
            }
        }
        Ok(body(json!({ "CurrentSequence": self.group_sequence(from) })))
    }

    fn list_groups(&self, from: &str, names: &[String], need_friend: Option<&str>) -> Result<Body, No> {
        lengths(names)?;
        if need_friend == Some("Yes") {
            return Err(No::Call(30001));
        }
        self.asks(from)?;
        let wanted = |(owner, name): &&(String, String)| owner == from && (names.is_empty() || names.contains(name));
        let hidden = self.quirks.group_names_hide_friends && !names.is_empty();
        let group = |(_, name): &(String, String)| {
            let is_member = |friend: &str| self.groups.members.contains(&(from.into(), name.clone(), friend.into()));
            let friends: Vec<_> = self.friends_in_order(from).into_iter().filter(|friend| is_member(friend)).collect();
            let mut item = json!({ "GroupName": name, "FriendNumber": friends.len() });
            if need_friend == Some("Need_Friend_Type_Yes") && !hidden {
                item["To_Account"] = json!(friends);
            }
            item
        };
        let items: Vec<_> = self.groups.all.iter().filter(wanted).map(group).collect();
        Ok(body(json!({ "ResultItem": items, "CurrentSequence": self.group_sequence(from) })))
    }

    fn friends_in_order(&self, owner: &str) -> Vec<String> {
        let mut friends: Vec<_> =
            self.friends.iter().filter(|(a, ..)| a == owner).map(|f| (f.3, f.1.clone())).collect();
        friends.sort();
        friends.into_iter().map(|(_, friend)| friend).collect()
    }
}

fn lengths(names: &[String]) -> Result<(), No> {
    if names.iter().all(|name| (1..=30).contains(&name.len())) { Ok(()) } else { Err(No::Call(30001)) }
}
