//! Friend groups in the random comparison: the commands as values, and what the model does.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{Fields, GROUP, Model, No, TIME};
use super::model_friends::set;
use super::responses::{Body, body};
use super::users::{user, users};

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

/// Mostly a few names, rarely none, or one that is too long or empty.
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

impl Model {
    pub(super) fn run_group(&mut self, act: &GroupAct) -> Result<Body, No> {
        match act {
            GroupAct::Add { from, names, to } => self.add_groups(from, names, to),
            GroupAct::Delete { from, names } => self.delete_groups(from, names),
            GroupAct::List { from, names, need_friend } => self.list_groups(from, names, *need_friend),
        }
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
        self.create_groups(from, &json!(names))?;
        let mut response = Body::new();
        if !to.is_empty() {
            let items = self.results(to, |model, to| model.put_in_groups(from, to, names))?;
            response = self.written(items);
        }
        response.insert("CurrentSequence".into(), self.group_sequence(from));
        Ok(response)
    }

    fn put_in_groups(&mut self, from: &str, to: &str, names: &[String]) -> Result<(), No> {
        self.known(to, false)?;
        let stranger = No::Item(if self.quirks.group_stranger_old_code { 32216 } else { 30001 });
        let mut fields = self.entry(from, to).ok_or(stranger)?;
        let mut groups = groups_of(&fields);
        for name in names {
            if !groups.contains(name) {
                groups.push(name.clone());
            }
        }
        fields.insert(GROUP.to_owned(), json!(groups));
        self.write(from, to, Some(fields));
        Ok(())
    }

    fn delete_groups(&mut self, from: &str, names: &[String]) -> Result<Body, No> {
        if names.is_empty() {
            return Err(No::Call(30001));
        }
        lengths(names)?;
        self.asks(from)?;
        for name in names {
            if !self.accounts[from].groups.contains(name) {
                continue;
            }
            for friend in self.friends_in_order(from) {
                let mut fields = self.entry(from, &friend).unwrap();
                let mut groups = groups_of(&fields);
                groups.retain(|group| group != name);
                set(&mut fields, GROUP, &json!(groups));
                self.write(from, &friend, Some(fields));
            }
            let account = self.account(from);
            account.groups.retain(|group| group != name);
            account.group_changes += 1;
        }
        Ok(body(json!({ "CurrentSequence": self.group_sequence(from) })))
    }

    fn list_groups(&self, from: &str, names: &[String], need_friend: Option<&str>) -> Result<Body, No> {
        lengths(names)?;
        if need_friend == Some("Yes") {
            return Err(No::Call(30001));
        }
        self.asks(from)?;
        let wanted = |name: &&String| names.is_empty() || names.contains(name);
        let hidden = self.quirks.group_names_hide_friends && !names.is_empty();
        let group = |name: &String| {
            let is_member = |friend: &str| groups_of(&self.entry(from, friend).unwrap()).contains(name);
            let friends: Vec<_> = self.friends_in_order(from).into_iter().filter(|friend| is_member(friend)).collect();
            let mut item = json!({ "GroupName": name, "FriendNumber": friends.len() });
            if need_friend == Some("Need_Friend_Type_Yes") && !hidden {
                item["To_Account"] = json!(friends);
            }
            item
        };
        let items: Vec<_> = self.accounts[from].groups.iter().filter(wanted).map(group).collect();
        Ok(body(json!({ "ResultItem": items, "CurrentSequence": self.group_sequence(from) })))
    }

    fn friends_in_order(&self, owner: &str) -> Vec<String> {
        let mut friends: Vec<_> = self.friends.iter().filter(|entry| entry.owner == owner).collect();
        friends.sort_by_key(|entry| (entry.fields[TIME].as_u64(), &entry.friend));
        friends.into_iter().map(|entry| entry.friend.clone()).collect()
    }
}

/// The names of the groups in an entry.
fn groups_of(fields: &Fields) -> Vec<String> {
    fields.get(GROUP).map(|names| serde_json::from_value(names.clone()).unwrap()).unwrap_or_default()
}

fn lengths(names: &[String]) -> Result<(), No> {
    if names.iter().all(|name| (1..=30).contains(&name.len())) { Ok(()) } else { Err(No::Call(30001)) }
}
