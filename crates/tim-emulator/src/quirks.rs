//! The alternative behaviours of the emulator.

use serde::{Deserialize, Serialize};

use crate::named::{self, UnknownName};

/// Defines the quirks. The comment on a field is also its description in the admin API.
macro_rules! quirks {
    ($(#[$attribute:meta])* pub struct Quirks { $($(#[doc = $about:literal])* pub $name:ident: bool,)* }) => {
        $(#[$attribute])*
        pub struct Quirks {
            $($(#[doc = $about])* pub $name: bool,)*
        }

        /// The name and the description of each quirk.
        const DESCRIPTIONS: &[(&str, &str)] = &[$((stringify!($name), concat!($($about),*))),*];
    };
}

quirks! {
    /// Alternative behaviours where the official documents are ambiguous, or where a test needs the
    /// emulator to be more or less strict.
    ///
    /// All are `false` by default, which fits the documents best. The comment on a field describes
    /// the behaviour with `true`. docs/emulator-behaviour.md has the reasons.
    ///
    /// ```
    /// use tim_emulator::Quirks;
    ///
    /// let mut quirks = Quirks { follow_again_rejected: true, ..Quirks::default() };
    /// quirks.set("want_num_clamped", true)?;
    /// assert!(quirks.set("follow_agian_rejected", true).unwrap_err().to_string().contains("follow_again_rejected"));
    /// # Ok::<(), tim_emulator::UnknownName>(())
    /// ```
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Quirks {
        /// Following a user that is already followed has the code 30001 in its item, not 0.
        pub follow_again_rejected: bool,
        /// Unfollowing a user that is not followed has the code 30001 in its item, not 0.
        pub unfollow_again_rejected: bool,
        /// Following oneself rejects the whole call, not only the item. The code is 30001 in both
        /// cases.
        pub self_follow_rejects_call: bool,
        /// A target above a limit of follow_add rejects the whole call, not only the item. The code
        /// is 32100 to 32103 in both cases.
        pub limit_rejects_call: bool,
        /// A target without an account rejects the whole call, not only the item, except in
        /// account_delete. The code is 30003 in both cases; it is 40003 in portrait_get and 70107
        /// in query_online_status.
        pub unknown_target_rejects_call: bool,
        /// follow_check, friend_check and black_list_check return "no relation" for a target
        /// without an account, not 30003.
        pub unknown_target_unrelated: bool,
        /// A call whose targets are all rejected is rejected with the code of the first item. The
        /// response has no items. A friend request that waits for consent does not count as
        /// rejected.
        pub all_rejected_rejects_call: bool,
        /// A `WantNum` over 1000 counts as 1000, and a `WantNum` below 1 counts as 100. Neither is
        /// rejected with 30001.
        pub want_num_clamped: bool,
        /// The response of follow_get for an empty list has no `FollowItem`, and that of friend_get
        /// has no `UserDataItem`.
        pub empty_list_missing: bool,
        /// A full page always has a next cursor, even if it is the last page. So a list can end
        /// with an empty page.
        pub full_page_continues: bool,
        /// If the request has a current sequence, friend_get omits the data of this sequence on
        /// every page, not only on the first page. With both current sequences, every page is
        /// empty.
        pub known_friends_end_paging: bool,
        /// friend_add of a friend has the code 30520 in its item, as in old apps, not 30001.
        pub already_friends_old_code: bool,
        /// friend_add with `ForceAddFlags` 1 adds a target even if one of the two users blocks the
        /// other. The item is not rejected with 30515 or 30525.
        pub force_ignores_blocks: bool,
        /// `Fail_Account` of friend_add does not list a target that has to consent (code 30539).
        pub pending_missing_in_failed: bool,
        /// friend_import of a friend has the code 30001 in its item, not 0, and leaves the entry
        /// unchanged.
        pub import_existing_friend_rejected: bool,
        /// A successful item of an `sns` command that writes has the `ResultInfo` "OK", not an
        /// empty text. Real responses of friend_delete, black_list_add and black_list_delete have
        /// it.
        pub success_info_ok: bool,
        /// friend_delete of a user that is not a friend has the code 30001 in its item, not 31704.
        /// The text is the same.
        pub unfriend_stranger_bad_parameter: bool,
        /// Blocking does not end a friendship. The console of the service has a switch for this,
        /// off by default.
        pub block_keeps_friends: bool,
        /// Blocking ends the follows between the two users, in both directions.
        pub block_ends_follows: bool,
        /// Blocking a user that is already blocked has the code 31307 in its item, as in old apps,
        /// not 30001.
        pub already_blocked_old_code: bool,
        /// Unblocking a user that is not blocked has the code 0 in its item, not 30001.
        pub unblock_again_accepted: bool,
        /// group_add of a user that is not a friend has the code 32216 of the documented sample in
        /// its item, not 30001.
        pub group_stranger_old_code: bool,
        /// group_get with names of groups returns no friends, whatever `NeedFriend` is. The text of
        /// the documents describes this behaviour, but the sample has both fields.
        pub group_names_hide_friends: bool,
        /// A GET request with a body is processed like a POST request. One SDK sends its
        /// account_check this way.
        pub get_with_body_accepted: bool,
        /// A call whose `random` is missing, empty, repeated, or not an unsigned 32-bit integer is
        /// rejected with 60025.
        pub random_required: bool,
        /// follow_get accepts a cursor of another user or of another kind of list, and does not
        /// reject it with 30001. The page starts after the time of the cursor, so it is often
        /// empty.
        pub cursor_of_any_list_accepted: bool,
        /// portrait_get and friend_get_list return a text field that is not set as an empty text. A
        /// number that is not set stays missing.
        pub unset_fields_empty: bool,
        /// The status in query_online_status has the key `State`, as in its old name querystate,
        /// not `Status`.
        pub status_key_state: bool,
    }
}

impl Quirks {
    /// Sets the quirk with this name, which is the name of the field.
    ///
    /// # Errors
    /// No quirk has this name; the error lists all names.
    pub fn set(&mut self, name: &str, on: bool) -> Result<(), UnknownName> {
        named::set(self, name, on)
    }

    /// Returns the names of all quirks.
    pub fn names() -> Vec<String> {
        named::names(&Self::default())
    }

    /// Returns the name and the description of each quirk.
    pub(crate) fn descriptions() -> impl Iterator<Item = (&'static str, &'static str)> {
        DESCRIPTIONS.iter().map(|(name, about)| (*name, about.trim_start()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_quirk_is_off_until_it_is_set_by_its_name() {
        let mut quirks = Quirks::default();
        for name in Quirks::names() {
            assert_eq!(json!(quirks)[&name], false);
            quirks.set(&name, true).unwrap();
            assert_eq!(json!(quirks)[&name], true);
        }
        assert_eq!(Quirks::names().len(), 28);
        quirks.set("block_ends_follows", false).unwrap();
        assert!(!quirks.block_ends_follows && quirks.follow_again_rejected);
    }
}
