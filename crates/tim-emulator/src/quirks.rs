//! How the emulator reads what the documents leave open.

use serde::{Deserialize, Serialize};

use crate::named::{self, UnknownName};

/// The questions that the documents leave open and a client may want to test both ways.
///
/// Each is `false` by default, which is the natural reading; `true` is the other one. docs/emulator.md says why.
///
/// ```
/// use tim_emulator::Quirks;
///
/// let mut quirks = Quirks { follow_again_rejected: true, ..Quirks::default() };
/// quirks.set("want_num_clamped", true)?;
/// assert!(quirks.set("follow_agian_refused", true).unwrap_err().to_string().contains("follow_again_rejected"));
/// # Ok::<(), tim_emulator::UnknownName>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Following somebody who is followed already is 30001 in its item, not 0.
    pub follow_again_rejected: bool,
    /// Unfollowing somebody who is not followed is 30001 in its item, not 0.
    pub unfollow_again_rejected: bool,
    /// Following oneself refuses the whole call, not its item; 30001 in both.
    pub self_follow_rejects_call: bool,
    /// A limit refuses the whole call, not its item; 32100 to 32103 in both.
    pub limit_rejects_call: bool,
    /// A target without an account refuses the whole call, not its item; 30003 in both.
    pub unknown_target_rejects_call: bool,
    /// follow_check and friend_check say of a target without an account that there is no relation, not 30003.
    pub unknown_target_unrelated: bool,
    /// A call whose targets are all refused is refused with the code of the first one and has no items.
    pub all_rejected_rejects_call: bool,
    /// A `WantNum` over 1000 is taken as 1000, one below 1 as 100; neither is 30001.
    pub want_num_clamped: bool,
    /// The answer to an empty list has no `FollowItem`.
    pub empty_list_missing: bool,
    /// A full page names a next cursor even when nothing follows, so a list may end with an empty page.
    pub full_page_continues: bool,
    /// A friend_get with the present `StandardSequence` gets no friends on any page, not on the first one alone.
    pub known_friends_end_paging: bool,
    /// Blocking keeps two users friends: a switch in the console of the service, which is off at first.
    pub block_keeps_friends: bool,
    /// Blocking ends the follows between the two, in both directions.
    pub block_ends_follows: bool,
}

impl Quirks {
    /// Sets the quirk of this name, which is that of its field.
    ///
    /// # Errors
    /// There is no quirk of this name; the error lists all names.
    pub fn set(&mut self, name: &str, on: bool) -> Result<(), UnknownName> {
        named::set(self, name, on)
    }

    /// The names of all quirks.
    pub fn names() -> Vec<String> {
        named::names(&Self::default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_choice_is_off_until_it_is_set_by_its_name() {
        let mut quirks = Quirks::default();
        for name in Quirks::names() {
            assert_eq!(json!(quirks)[&name], false);
            quirks.set(&name, true).unwrap();
            assert_eq!(json!(quirks)[&name], true);
        }
        assert_eq!(Quirks::names().len(), 13);
        quirks.set("block_ends_follows", false).unwrap();
        assert!(!quirks.block_ends_follows && quirks.follow_again_rejected);
    }
}
