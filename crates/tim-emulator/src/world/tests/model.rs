//! What the documents say, done in the most naive way: lists that are searched from end to end, and no database.
//! It shares nothing with the emulator but the settings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::commands::Act;
use crate::caps::Caps;
use crate::choices::Choices;

#[derive(Clone, Default)]
struct Account {
    profile: BTreeMap<String, Value>,
    profile_changes: u64,
    friend_changes: u64,
    block_changes: u64,
}

#[derive(Clone)]
struct Follow {
    from: String,
    to: String,
    /// Unix seconds and the number of the follow: its place in every list.
    place: (u64, u64),
}

#[derive(Clone)]
pub(super) struct Model {
    pub(super) caps: Caps,
    pub(super) choices: Choices,
    pub(super) now: u64,
    accounts: BTreeMap<String, Account>,
    follows: Vec<Follow>,
    follows_ever: u64,
    /// Owner, friend, remark, time.
    friends: Vec<(String, String, &'static str, u64)>,
    /// Owner, user, time.
    blocked: Vec<(String, String, u64)>,
    /// Where the last page of each list ended.
    ends: BTreeMap<(String, i64), (u64, u64)>,
}

/// Why something is not done.
enum No {
    /// This target.
    Item(i64),
    /// The whole call.
    Call(i64),
}

/// The parts of an answer beside the envelope.
type Body = Map<String, Value>;

fn body(value: Value) -> Body {
    value.as_object().unwrap().clone()
}

impl Model {
    pub(super) fn new(caps: Caps, choices: Choices, now: u64) -> Self {
        Self {
            caps,
            choices,
            now,
            accounts: BTreeMap::from([("administrator".to_owned(), Account::default())]),
            follows: Vec::new(),
            follows_ever: 0,
            friends: Vec::new(),
            blocked: Vec::new(),
            ends: BTreeMap::new(),
        }
    }

    /// The answer to a command, in which every text that is not empty is a question mark.
    pub(super) fn answer(&mut self, act: &Act) -> Value {
        let before = self.clone();
        let (code, mut answer) = match self.run(act) {
            Ok(body) => (0, body),
            Err(No::Item(code) | No::Call(code)) => {
                *self = before;
                (code, Body::new())
            }
        };
        answer.insert("ErrorCode".into(), code.into());
        answer.insert("ActionStatus".into(), if code == 0 { "OK" } else { "FAIL" }.into());
        answer.insert("ErrorInfo".into(), if code == 0 { "" } else { "?" }.into());
        if !act.path().starts_with("im_open") {
            answer.insert("ErrorDisplay".into(), "".into());
        }
        answer.into()
    }

    fn run(&mut self, act: &Act) -> Result<Body, No> {
        match act {
            Act::Follow { from, to } => {
                self.asked(from, to, 20)?;
                self.each(to, "ResultItem", |model, to| model.follow(from, to).map(|()| json!({})), json!({}))
            }
            Act::Unfollow { from, to } => {
                self.asked(from, to, 20)?;
                self.each(to, "ResultItem", |model, to| model.unfollow(from, to).map(|()| json!({})), json!({}))
            }
            Act::CheckFollows { from, to } => {
                self.asked(from, to, 100)?;
                let check = |model: &mut Self, to: &str| {
                    model.known(to, model.choices.unknown_target_unrelated)?;
                    let (ours, theirs) = (model.follows(from, to), model.follows(to, from));
                    Ok(json!({ "FollowType": 2 * i32::from(ours) + i32::from(theirs) }))
                };
                self.each(to, "ResultItem", check, json!({}))
            }
            Act::CountFollows { from, to } => {
                self.asked(from, to, 20)?;
                let count = |model: &mut Self, to: &str| {
                    model.known(to, false)?;
                    let [followers, following, mutual] = [1, 2, 3].map(|kind| model.list(to, kind).len());
                    Ok(
                        json!({ "FollowerCount": followers, "FollowingCount": following, "MutualFollowingCount": mutual }),
                    )
                };
                self.each(to, "FollowInfo", count, json!({}))
            }
            Act::ListFollows { from, kind, want, go_on } => self.page(from, *kind, *want, *go_on),
            Act::Befriend { from, to, both } => {
                self.asked(from, to, 1000)?;
                let add = |model: &mut Self, to: &str| model.befriend(from, to, *both).map(|()| json!({}));
                Ok(failed(self.each(to, "ResultItem", add, json!({}))?, "ResultItem"))
            }
            Act::Unfriend { from, to, both } => {
                self.asked(from, to, 1000)?;
                let remove = |model: &mut Self, to: &str| {
                    model.known(to, false)?;
                    let ours = model.unfriend(from, to);
                    let theirs = *both && model.unfriend(to, from);
                    if ours || theirs { Ok(json!({})) } else { Err(No::Item(31704)) }
                };
                Ok(failed(self.each(to, "ResultItem", remove, json!({}))?, "ResultItem"))
            }
            Act::UnfriendAll { from, both } => {
                self.asked(from, &["x".to_owned()], 1)?;
                for user in self.accounts.keys().cloned().collect::<Vec<_>>() {
                    self.unfriend(from, &user);
                    if *both {
                        self.unfriend(&user, from);
                    }
                }
                Ok(Body::new())
            }
            Act::CheckFriends { from, to, both } => {
                self.asked(from, to, 1000)?;
                let check = |model: &mut Self, to: &str| {
                    model.known(to, model.choices.unknown_target_unrelated)?;
                    let relation = match (model.friends(from, to), *both && model.friends(to, from)) {
                        (true, true) => "BothWay",
                        (true, false) => "AWithB",
                        (false, true) => "BWithA",
                        (false, false) => "NoRelation",
                    };
                    Ok(json!({ "Relation": format!("CheckResult_Type_{relation}") }))
                };
                let none = json!({ "Relation": "CheckResult_Type_NoRelation" });
                Ok(failed(self.each(to, "InfoItem", check, none)?, "InfoItem"))
            }
            Act::ListFriends { from } => {
                self.asked(from, &["x".to_owned()], 1)?;
                let mut friends: Vec<_> = self.friends.iter().filter(|(owner, ..)| owner == from).collect();
                friends.sort();
                let note = |(_, user, remark, at): &&(String, String, &'static str, u64)| {
                    let mut fields = vec![json!({ "Tag": "Tag_SNS_IM_AddSource", "Value": "AddSource_Type_Test" })];
                    if !remark.is_empty() {
                        fields.push(json!({ "Tag": "Tag_SNS_IM_Remark", "Value": remark }));
                    }
                    fields.push(json!({ "Tag": "Tag_SNS_IM_AddTime", "Value": at }));
                    json!({ "To_Account": user, "ValueItem": fields })
                };
                Ok(body(json!({
                    "UserDataItem": friends.iter().map(note).collect::<Vec<_>>(), "FriendNum": friends.len(),
                    "StandardSequence": self.accounts[from].friend_changes, "CustomSequence": 0,
                    "CompleteFlag": 1, "NextStartIndex": 0,
                })))
            }
            Act::Block { from, to } => {
                self.asked(from, to, 1000)?;
                let add = |model: &mut Self, to: &str| model.block(from, to).map(|()| json!({}));
                Ok(failed(self.each(to, "ResultItem", add, json!({}))?, "ResultItem"))
            }
            Act::Unblock { from, to } => {
                self.asked(from, to, 1000)?;
                let remove = |model: &mut Self, to: &str| {
                    model.known(to, false)?;
                    if !model.blocks(from, to) {
                        return Err(No::Item(30001));
                    }
                    model.blocked.retain(|(owner, user, _)| !(owner == from && user == to));
                    model.account(from).block_changes += 1;
                    Ok(json!({}))
                };
                Ok(failed(self.each(to, "ResultItem", remove, json!({}))?, "ResultItem"))
            }
            Act::CheckBlocks { from, to, both } => {
                self.asked(from, to, 1000)?;
                let check = |model: &mut Self, to: &str| {
                    model.known(to, model.choices.unknown_target_unrelated)?;
                    let relation = match (model.blocks(from, to), *both && model.blocks(to, from)) {
                        (true, true) => "BothWay",
                        (true, false) => "AWithB",
                        (false, true) => "BWithA",
                        (false, false) => "NO",
                    };
                    Ok(json!({ "Relation": format!("BlackCheckResult_Type_{relation}") }))
                };
                let none = json!({ "Relation": "BlackCheckResult_Type_NO" });
                Ok(failed(self.each(to, "BlackListCheckItem", check, none)?, "BlackListCheckItem"))
            }
            Act::ListBlocks { from, start } => {
                self.asked(from, &["x".to_owned()], 1)?;
                let mut all: Vec<_> = self.blocked.iter().filter(|(owner, ..)| owner == from).collect();
                all.sort();
                let page = all.iter().skip(*start).take(2);
                let page: Vec<_> =
                    page.map(|(_, user, at)| json!({ "To_Account": user, "AddBlackTimeStamp": at })).collect();
                let next = if all.len() > start + 2 { start + 2 } else { 0 };
                let sequence = self.accounts[from].block_changes;
                Ok(body(json!({ "BlackListItem": page, "StartIndex": next, "CurruentSequence": sequence })))
            }
            Act::Import { user, nick } => {
                if user.is_empty() {
                    return Err(No::Call(70402));
                }
                let account = self.account(user);
                if let Some(nick) = nick {
                    account.profile.insert("Tag_Profile_IM_Nick".into(), json!(nick));
                    account.profile_changes += 1;
                }
                Ok(Body::new())
            }
            Act::Delete { users } => {
                if users.is_empty() || users.iter().any(String::is_empty) {
                    return Err(No::Call(70402));
                }
                let items =
                    self.each(users, "ResultItem", |model, user| model.delete(user).map(|()| json!({})), json!({}))?;
                // This command calls its users otherwise than the others.
                let text = Value::from(items).to_string().replace("To_Account", "UserID");
                Ok(body(serde_json::from_str(&text).unwrap()))
            }
            Act::Exist { users } => {
                if users.is_empty() || users.iter().any(String::is_empty) {
                    return Err(No::Call(70402));
                }
                let item = |user: &String| {
                    let status = if self.accounts.contains_key(user) { "Imported" } else { "NotImported" };
                    json!({ "UserID": user, "ResultCode": 0, "ResultInfo": "", "AccountStatus": status })
                };
                Ok(body(json!({ "ResultItem": users.iter().map(item).collect::<Vec<_>>() })))
            }
        }
    }

    /// What all commands want of those who ask: names, not too many, and an account.
    fn asked(&self, from: &str, to: &[String], max: usize) -> Result<(), No> {
        if from.is_empty() || to.is_empty() || to.len() > max || to.iter().any(String::is_empty) {
            return Err(No::Call(30001));
        }
        if self.accounts.contains_key(from) { Ok(()) } else { Err(No::Call(30003)) }
    }

    fn known(&self, user: &str, or_unrelated: bool) -> Result<(), No> {
        if self.accounts.contains_key(user) || or_unrelated {
            return Ok(());
        }
        Err(if self.choices.unknown_target_refuses_call { No::Call(30003) } else { No::Item(30003) })
    }

    /// An item for each target, with the keys of `act`, or of `refused` when it refuses.
    fn each(
        &mut self,
        to: &[String],
        key: &str,
        mut act: impl FnMut(&mut Self, &str) -> Result<Value, No>,
        refused: Value,
    ) -> Result<Body, No> {
        let mut items = Vec::new();
        let mut codes = Vec::new();
        for to in to {
            let (code, more) = match act(self, to) {
                Ok(more) => (0, more),
                Err(No::Item(code)) => (code, refused.clone()),
                Err(call) => return Err(call),
            };
            codes.push(code);
            let mut item = body(more);
            item.insert("To_Account".into(), to.as_str().into());
            item.insert("ResultCode".into(), code.into());
            item.insert("ResultInfo".into(), if code == 0 { "" } else { "?" }.into());
            items.push(item);
        }
        if self.choices.all_refused_refuses_call && !codes.contains(&0) {
            return Err(No::Call(codes[0]));
        }
        Ok(body(json!({ key: items })))
    }

    fn account(&mut self, user: &str) -> &mut Account {
        self.accounts.entry(user.to_owned()).or_default()
    }

    fn follows(&self, from: &str, to: &str) -> bool {
        self.follows.iter().any(|follow| follow.from == from && follow.to == to)
    }

    fn friends(&self, owner: &str, friend: &str) -> bool {
        self.friends.iter().any(|(a, b, ..)| a == owner && b == friend)
    }

    fn blocks(&self, owner: &str, user: &str) -> bool {
        self.blocked.iter().any(|(a, b, _)| a == owner && b == user)
    }

    /// The users of a list and their places, newest first.
    fn list(&self, owner: &str, kind: i64) -> Vec<(String, (u64, u64))> {
        let mut list: Vec<_> = match kind {
            1 => self.follows.iter().filter(|f| f.to == owner).map(|f| (f.from.clone(), f.place)).collect(),
            2 => self.follows.iter().filter(|f| f.from == owner).map(|f| (f.to.clone(), f.place)).collect(),
            _ => {
                let both = |f: &&Follow| f.from == owner && self.follows(&f.to, owner);
                self.follows.iter().filter(both).map(|f| (f.to.clone(), f.place)).collect()
            }
        };
        list.sort_by_key(|(_, place)| std::cmp::Reverse(*place));
        list
    }

    fn page(&mut self, from: &str, kind: i64, want: i64, go_on: bool) -> Result<Body, No> {
        let want = match want {
            1..=1000 => want as usize,
            _ if !self.choices.want_num_clamped => return Err(No::Call(30001)),
            1001.. => 1000,
            _ => 100,
        };
        if !(1..=3).contains(&kind) || from.is_empty() {
            return Err(No::Call(30001));
        }
        if !self.accounts.contains_key(from) {
            return Err(No::Call(30003));
        }
        let start = self.ends.get(&(from.to_owned(), kind)).filter(|_| go_on).copied();
        let mut rest = self.list(from, kind);
        rest.retain(|(_, place)| start.is_none_or(|start| *place < start));
        let page = &rest[..want.min(rest.len())];
        let more = if self.choices.full_page_continues { rest.len() >= want } else { rest.len() > want };
        match page.last().filter(|_| more) {
            Some((_, place)) => self.ends.insert((from.to_owned(), kind), *place),
            None => self.ends.remove(&(from.to_owned(), kind)),
        };
        let mut answer = body(json!({ "NextCursor": if more { "?" } else { "" } }));
        if page.is_empty() && self.choices.empty_list_missing {
            return Ok(answer);
        }
        let items = page.iter().map(|(user, (at, _))| {
            let mut item = body(json!({ "To_Account": user, "FollowTime": at }));
            let account = &self.accounts[user];
            if !account.profile.is_empty() {
                let fields = account.profile.iter().map(|(tag, value)| json!({ "Tag": tag, "Value": value }));
                item.insert("ProfileItem".into(), fields.collect());
                item.insert("profile_sequence".into(), account.profile_changes.into());
            }
            item
        });
        answer.insert("FollowItem".into(), items.collect());
        Ok(answer)
    }

    fn follow(&mut self, from: &str, to: &str) -> Result<(), No> {
        if from == to {
            return Err(if self.choices.self_follow_refuses_call { No::Call(30001) } else { No::Item(30001) });
        }
        self.known(to, false)?;
        if self.follows(from, to) {
            return if self.choices.follow_again_refused { Err(No::Item(30001)) } else { Ok(()) };
        }
        let full =
            |user: &str, kind: i64, cap: Option<u64>| cap.is_some_and(|cap| self.list(user, kind).len() as u64 >= cap);
        let mutual = self.follows(to, from);
        let code = if full(from, 2, self.caps.following) {
            32100
        } else if full(to, 1, self.caps.followers) {
            32101
        } else if mutual && full(from, 3, self.caps.mutual) {
            32102
        } else if mutual && full(to, 3, self.caps.mutual) {
            32103
        } else {
            self.follows_ever += 1;
            let place = (self.now, self.follows_ever);
            self.follows.push(Follow { from: from.to_owned(), to: to.to_owned(), place });
            return Ok(());
        };
        Err(if self.choices.cap_refuses_call { No::Call(code) } else { No::Item(code) })
    }

    fn unfollow(&mut self, from: &str, to: &str) -> Result<(), No> {
        self.known(to, false)?;
        if !self.follows(from, to) && self.choices.unfollow_again_refused {
            return Err(No::Item(30001));
        }
        self.follows.retain(|follow| !(follow.from == from && follow.to == to));
        Ok(())
    }

    fn befriend(&mut self, from: &str, to: &str, both: bool) -> Result<(), No> {
        if from == to {
            return Err(No::Item(30001));
        }
        self.known(to, false)?;
        if self.blocks(from, to) {
            return Err(No::Item(30515));
        }
        if self.blocks(to, from) {
            return Err(No::Item(30525));
        }
        let (ours, theirs) = (!self.friends(from, to), both && !self.friends(to, from));
        if !ours && !theirs {
            return Err(No::Item(30001));
        }
        let count = |user: &str| self.friends.iter().filter(|(owner, ..)| owner == user).count() as u64;
        let full = |user: &str| self.caps.friends.is_some_and(|cap| count(user) >= cap);
        if ours && full(from) {
            return Err(No::Item(30010));
        }
        if theirs && full(to) {
            return Err(No::Item(30014));
        }
        for (missing, owner, friend, remark) in [(ours, from, to, "r"), (theirs, to, from, "")] {
            if missing {
                self.friends.push((owner.to_owned(), friend.to_owned(), remark, self.now));
                self.account(owner).friend_changes += 1;
            }
        }
        Ok(())
    }

    fn unfriend(&mut self, owner: &str, friend: &str) -> bool {
        if !self.friends(owner, friend) {
            return false;
        }
        self.friends.retain(|(a, b, ..)| !(a == owner && b == friend));
        self.account(owner).friend_changes += 1;
        true
    }

    fn block(&mut self, from: &str, to: &str) -> Result<(), No> {
        if from == to {
            return Err(No::Item(30001));
        }
        self.known(to, false)?;
        if self.blocks(from, to) {
            return Err(No::Item(30001));
        }
        let count = self.blocked.iter().filter(|(owner, ..)| owner == from).count() as u64;
        if self.caps.blocked.is_some_and(|cap| count >= cap) {
            return Err(No::Item(30013));
        }
        self.blocked.push((from.to_owned(), to.to_owned(), self.now));
        self.account(from).block_changes += 1;
        if !self.choices.block_keeps_friends {
            self.unfriend(from, to);
            self.unfriend(to, from);
        }
        if self.choices.block_ends_follows {
            let pair = BTreeSet::from([from, to]);
            self.follows.retain(|f| BTreeSet::from([f.from.as_str(), f.to.as_str()]) != pair);
        }
        Ok(())
    }

    fn delete(&mut self, user: &str) -> Result<(), No> {
        if self.accounts.remove(user).is_none() {
            return Err(No::Item(70107));
        }
        self.follows.retain(|follow| follow.from != user && follow.to != user);
        for owner in self.accounts.keys().cloned().collect::<Vec<_>>() {
            self.unfriend(&owner, user);
            if self.blocks(&owner, user) {
                self.account(&owner).block_changes += 1;
            }
        }
        self.friends.retain(|(owner, ..)| owner != user);
        self.blocked.retain(|(owner, other, _)| owner != user && other != user);
        Ok(())
    }
}

/// The friend commands name the failed targets once more.
fn failed(mut answer: Body, key: &str) -> Body {
    let items = answer[key].as_array().unwrap();
    let failed: Vec<_> =
        items.iter().filter(|item| item["ResultCode"] != 0).map(|item| item["To_Account"].clone()).collect();
    if !failed.is_empty() {
        answer.insert("Fail_Account".into(), failed.into());
    }
    answer
}
