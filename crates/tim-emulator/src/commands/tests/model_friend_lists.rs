//! The part of the model that removes friends.

use super::model::{Model, No};

impl Model {
    /// Whether the entry existed.
    pub(super) fn unfriend(&mut self, owner: &str, friend: &str) -> bool {
        if !self.friends(owner, friend) {
            return false;
        }
        self.friends.retain(|(a, b, ..)| !(a == owner && b == friend));
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
}
