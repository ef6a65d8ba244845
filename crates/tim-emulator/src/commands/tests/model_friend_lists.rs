//! The part of the model that removes and lists friends.

use serde_json::{Value, json};

use super::model::{Model, No};
use super::responses::{Body, body};

impl Model {
    /// Whether the entry existed.
    pub(super) fn unfriend(&mut self, owner: &str, friend: &str) -> bool {
        if !self.friends(owner, friend) {
            return false;
        }
        self.friends.retain(|(a, b, ..)| !(a == owner && b == friend));
        self.groups.forget_friend(owner, friend);
        self.account(owner).friend_changes += 1;
        true
    }

    pub(super) fn part(&mut self, from: &str, to: &str, both: bool) -> Result<(), No> {
        self.known(to, false)?;
        if !self.unfriend(from, to) {
            return Err(No::Item(if self.quirks.unfriend_stranger_bad_parameter { 30001 } else { 31704 }));
        }
        if both {
            self.unfriend(to, from);
        }
        Ok(())
    }

    pub(super) fn part_from_all(&mut self, from: &str, both: bool) {
        for user in self.accounts.keys().cloned().collect::<Vec<_>>() {
            self.unfriend(from, &user);
            if both {
                self.unfriend(&user, from);
            }
        }
    }

    /// `standard` and `custom` are the sequences that the caller knows.
    pub(super) fn list_friends(
        &self,
        from: &str,
        start: usize,
        standard: Option<i64>,
        custom: Option<i64>,
    ) -> Result<Body, No> {
        self.asks(from)?;
        let mut friends: Vec<_> = self.friends.iter().filter(|(owner, ..)| owner == from).collect();
        friends.sort_by_key(|(_, user, _, at)| (*at, user));
        let sequence = self.accounts[from].friend_changes as i64;
        let counts = start == 0 || self.quirks.known_friends_end_paging;
        let is_known = |known: Option<i64>, current: i64| counts && known.unwrap_or(0) == current;
        let (knows_standard, knows_custom) = (is_known(standard, sequence), is_known(custom, 0));
        let knows_all = knows_standard && knows_custom;
        let item = |(_, user, remark, at): &&(String, String, &'static str, u64)| {
            let mut fields: Vec<(&str, Value)> = vec![("AddSource", "AddSource_Type_Test".into())];
            if !remark.is_empty() {
                fields.push(("Remark", (*remark).into()));
            }
            let groups = self.groups.of_friend(from, user);
            if !groups.is_empty() {
                fields.push(("Group", groups.into()));
            }
            fields.push(("AddTime", (*at).into()));
            let fields = fields.into_iter().filter(|_| !knows_standard);
            let fields: Vec<_> =
                fields.map(|(tag, value)| json!({ "Tag": format!("Tag_SNS_IM_{tag}"), "Value": value })).collect();
            json!({ "To_Account": user, "ValueItem": fields })
        };
        let page = friends.iter().skip(start).take(self.friend_page_size).filter(|_| !knows_all);
        let end = start + self.friend_page_size;
        let next = if knows_all || end >= friends.len() { 0 } else { end };
        Ok(body(json!({
            "UserDataItem": page.map(item).collect::<Vec<_>>(), "FriendNum": friends.len(),
            "StandardSequence": sequence, "CustomSequence": 0,
            "CompleteFlag": u8::from(next == 0), "NextStartIndex": next,
        })))
    }
}
