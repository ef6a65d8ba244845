//! The part of the model that removes and lists friends.

use serde_json::json;

use super::model::{CUSTOM, Friend, GROUP, Model, No, REMARK, SOURCE, TIME, WORDING};
use super::responses::{Body, body};

impl Model {
    /// Whether the entry existed.
    pub(super) fn unfriend(&mut self, owner: &str, friend: &str) -> bool {
        self.write(owner, friend, None)
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
        let mut friends: Vec<_> = self.friends.iter().filter(|entry| entry.owner == from).collect();
        friends.sort_by_key(|entry| (entry.fields[TIME].as_u64(), &entry.friend));
        let account = &self.accounts[from];
        let [sequence, custom_sequence] = [account.friend_changes, account.custom_changes].map(|count| count as i64);
        let counts = start == 0 || self.quirks.known_friends_end_paging;
        let is_known = |known: Option<i64>, current: i64| counts && known.unwrap_or(0) == current;
        let (knows_standard, knows_custom) = (is_known(standard, sequence), is_known(custom, custom_sequence));
        let knows_all = knows_standard && knows_custom;
        let item = |entry: &&Friend| {
            let standard = [SOURCE, REMARK, GROUP, WORDING, TIME].map(str::to_owned);
            let custom = entry.fields.keys().filter(|tag| tag.starts_with(CUSTOM) && !knows_custom).cloned();
            let tags = standard.into_iter().filter(|_| !knows_standard).chain(custom);
            let field = |tag: String| Some(json!({ "Tag": tag, "Value": entry.fields.get(&tag)? }));
            json!({ "To_Account": entry.friend, "ValueItem": tags.filter_map(field).collect::<Vec<_>>() })
        };
        let page = friends.iter().skip(start).take(self.friend_page_size).filter(|_| !knows_all);
        let end = start + self.friend_page_size;
        let next = if knows_all || end >= friends.len() { 0 } else { end };
        let page: Vec<_> = page.map(item).collect();
        let is_missing = page.is_empty() && self.quirks.empty_list_missing;
        let mut response = body(json!({
            "UserDataItem": page, "FriendNum": friends.len(),
            "StandardSequence": sequence, "CustomSequence": custom_sequence,
            "CompleteFlag": u8::from(next == 0), "NextStartIndex": next,
        }));
        if is_missing {
            response.remove("UserDataItem");
        }
        Ok(response)
    }
}
