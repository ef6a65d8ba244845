//! A simple model of the documented behaviour: lists with linear search, and no database. It shares
//! only the settings with the emulator. responses.rs has the responses of the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tim_types::profile::AllowType;

use super::model_sessions::Logins;
use crate::app_settings::AppSettings;
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;
use crate::world::Totals;

pub(super) const SOURCE: &str = "Tag_SNS_IM_AddSource";
pub(super) const REMARK: &str = "Tag_SNS_IM_Remark";
pub(super) const GROUP: &str = "Tag_SNS_IM_Group";
pub(super) const WORDING: &str = "Tag_SNS_IM_AddWording";
pub(super) const TIME: &str = "Tag_SNS_IM_AddTime";
pub(super) const CUSTOM: &str = "Tag_SNS_Custom_";

#[derive(Clone, Default)]
pub(super) struct Account {
    pub(super) profile: BTreeMap<String, Value>,
    pub(super) profile_changes: u64,
    pub(super) friend_changes: u64,
    pub(super) custom_changes: u64,
    /// The friend groups, in the order of their creation.
    pub(super) groups: Vec<String>,
    pub(super) group_changes: u64,
    pub(super) block_changes: u64,
    pub(super) logins: Logins,
}

#[derive(Clone)]
pub(super) struct Follow {
    from: String,
    to: String,
    /// Unix seconds and the number of the follow: its position in every list.
    place: (u64, u64),
}

/// The fields of an entry of a friend list that are set, by tag.
pub(super) type Fields = BTreeMap<String, Value>;

#[derive(Clone)]
pub(super) struct Friend {
    pub(super) owner: String,
    pub(super) friend: String,
    pub(super) fields: Fields,
}

/// A pending friend request.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) from: String,
    pub(super) to: String,
    /// The record in an export.
    pub(super) record: Value,
}

#[derive(Clone)]
pub(super) struct Model {
    pub(super) limits: RelationLimits,
    pub(super) quirks: Quirks,
    pub(super) friend_page_size: usize,
    /// The default of the app for users whose profile does not have it.
    pub(super) allow_type: AllowType,
    pub(super) now: u64,
    pub(super) accounts: BTreeMap<String, Account>,
    follows: Vec<Follow>,
    follows_ever: u64,
    pub(super) friends: Vec<Friend>,
    pub(super) requests: Vec<Request>,
    /// Owner, user, time.
    pub(super) blocked: Vec<(String, String, u64)>,
    /// Where the last page of each list ended.
    pub(super) ends: BTreeMap<(String, i64), (u64, u64)>,
    /// The latest cursor: its list and its position.
    pub(super) latest_end: Option<((String, i64), (u64, u64))>,
}

/// Why something is not done.
pub(super) enum No {
    /// This target.
    Item(i64),
    /// The whole call.
    Call(i64),
}

impl Model {
    pub(super) fn totals(&self) -> Totals {
        let [accounts, follows, friends, blocked] =
            [self.accounts.len(), self.follows.len(), self.friends.len(), self.blocked.len()].map(|count| count as u64);
        Totals { accounts, follows, friends, blocked }
    }

    pub(super) fn new(settings: AppSettings, now: u64) -> Self {
        Self {
            limits: settings.relation_limits,
            quirks: settings.quirks,
            friend_page_size: settings.friend_page_size as usize,
            allow_type: settings.default_allow_type,
            now,
            accounts: BTreeMap::from([("administrator".to_owned(), Account::default())]),
            follows: Vec::new(),
            follows_ever: 0,
            friends: Vec::new(),
            requests: Vec::new(),
            blocked: Vec::new(),
            ends: BTreeMap::new(),
            latest_end: None,
        }
    }

    pub(super) fn exists(&self, user: &str) -> bool {
        self.accounts.contains_key(user)
    }

    pub(super) fn set_field(&mut self, user: &str, tag: &str, value: &str) {
        let account = self.account(user);
        account.profile.insert(tag.to_owned(), json!(value));
        account.profile_changes += 1;
    }

    pub(super) fn import(&mut self, user: &str, nick: Option<&str>) {
        self.account(user);
        if let Some(nick) = nick {
            self.set_field(user, "Tag_Profile_IM_Nick", nick);
        }
    }

    pub(super) fn known(&self, user: &str, or_unrelated: bool) -> Result<(), No> {
        if self.accounts.contains_key(user) || or_unrelated {
            return Ok(());
        }
        Err(if self.quirks.unknown_target_rejects_call { No::Call(30003) } else { No::Item(30003) })
    }

    pub(super) fn account(&mut self, user: &str) -> &mut Account {
        self.accounts.entry(user.to_owned()).or_default()
    }

    pub(super) fn follows(&self, from: &str, to: &str) -> bool {
        self.follows.iter().any(|follow| follow.from == from && follow.to == to)
    }

    pub(super) fn friends(&self, owner: &str, friend: &str) -> bool {
        self.friends.iter().any(|entry| entry.owner == owner && entry.friend == friend)
    }

    pub(super) fn blocks(&self, owner: &str, user: &str) -> bool {
        self.blocked.iter().any(|(a, b, _)| a == owner && b == user)
    }

    /// The users of a list and their places, newest first.
    pub(super) fn list(&self, owner: &str, kind: i64) -> Vec<(String, (u64, u64))> {
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

    pub(super) fn follow(&mut self, from: &str, to: &str) -> Result<(), No> {
        if from == to {
            return Err(if self.quirks.self_follow_rejects_call { No::Call(30001) } else { No::Item(30001) });
        }
        self.known(to, false)?;
        if self.follows(from, to) {
            return if self.quirks.follow_again_rejected { Err(No::Item(30001)) } else { Ok(()) };
        }
        let full = |user: &str, kind: i64, limit: Option<u64>| {
            limit.is_some_and(|limit| self.list(user, kind).len() as u64 >= limit)
        };
        let mutual = self.follows(to, from);
        let code = if full(from, 2, self.limits.following) {
            32100
        } else if full(to, 1, self.limits.followers) {
            32101
        } else if mutual && full(from, 3, self.limits.mutual) {
            32102
        } else if mutual && full(to, 3, self.limits.mutual) {
            32103
        } else {
            self.follows_ever += 1;
            let place = (self.now, self.follows_ever);
            self.follows.push(Follow { from: from.to_owned(), to: to.to_owned(), place });
            return Ok(());
        };
        Err(if self.quirks.limit_rejects_call { No::Call(code) } else { No::Item(code) })
    }

    pub(super) fn unfollow(&mut self, from: &str, to: &str) -> Result<(), No> {
        self.known(to, false)?;
        if !self.follows(from, to) && self.quirks.unfollow_again_rejected {
            return Err(No::Item(30001));
        }
        self.follows.retain(|follow| !(follow.from == from && follow.to == to));
        Ok(())
    }

    pub(super) fn unblock(&mut self, from: &str, to: &str) -> Result<(), No> {
        self.known(to, false)?;
        if !self.blocks(from, to) {
            return if self.quirks.unblock_again_accepted { Ok(()) } else { Err(No::Item(30001)) };
        }
        self.blocked.retain(|(owner, user, _)| !(owner == from && user == to));
        self.account(from).block_changes += 1;
        Ok(())
    }

    pub(super) fn block(&mut self, from: &str, to: &str) -> Result<(), No> {
        if from == to {
            return Err(No::Item(30001));
        }
        self.known(to, false)?;
        if self.blocks(from, to) {
            return Err(No::Item(if self.quirks.already_blocked_old_code { 31307 } else { 30001 }));
        }
        let count = self.blocked.iter().filter(|(owner, ..)| owner == from).count() as u64;
        if self.limits.blocked.is_some_and(|limit| count >= limit) {
            return Err(No::Item(30013));
        }
        self.blocked.push((from.to_owned(), to.to_owned(), self.now));
        self.account(from).block_changes += 1;
        if !self.quirks.block_keeps_friends {
            self.unfriend(from, to);
            self.unfriend(to, from);
        }
        let pair = BTreeSet::from([from, to]);
        self.requests.retain(|request| BTreeSet::from([request.from.as_str(), &request.to]) != pair);
        if self.quirks.block_ends_follows {
            self.follows.retain(|f| BTreeSet::from([f.from.as_str(), f.to.as_str()]) != pair);
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, user: &str) -> Result<(), No> {
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
        self.friends.retain(|entry| entry.owner != user);
        self.requests.retain(|request| request.from != user && request.to != user);
        self.blocked.retain(|(owner, other, _)| owner != user && other != user);
        Ok(())
    }
}
