//! Checks that the pairs of each user are in consecutive lines.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use tim_follow::{Pair, UserId};

use crate::exit::Failure;
use crate::input::source::{Record, Source};

/// Fails if a user has pairs in two parts of the file: the first part alone would unfollow the
/// users of the second.
pub(super) fn check(source: &Source) -> Result<(), Failure> {
    if !source.is_repeatable() {
        let problem =
            "--pairs of sync needs a file that can be read twice, because it is checked before anything changes";
        return Err(Failure::usage(problem));
    }
    let mut groups = Groups::default();
    for record in source.open::<UserId>()? {
        if let Record::Target(Pair { from, .. }, _) = record?
            && !groups.add(&from)
        {
            return Err(Failure::usage(format!(
                "nothing was sent: the pairs of {:?} in {} are not in consecutive lines; sort the file by `from`",
                from.as_str(),
                source.name()
            )));
        }
    }
    Ok(())
}

/// The users so far, as hashes: a file can have millions.
#[derive(Default)]
struct Groups {
    hasher: RandomState,
    seen: HashSet<u64>,
    current: Option<UserId>,
}

impl Groups {
    /// Returns whether the pair of this user belongs to the current group or begins a new one.
    fn add(&mut self, from: &UserId) -> bool {
        if self.current.as_ref() == Some(from) {
            return true;
        }
        self.current = Some(from.clone());
        self.seen.insert(self.hasher.hash_one(from.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_group() {
        let mut groups = Groups::default();
        let added = ["a", "a", "b", "b", "a"].map(|user| groups.add(&user.into()));
        assert_eq!(added, [true, true, true, true, false]);
    }
}
