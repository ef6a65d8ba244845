//! Makes a user follow exactly a given set of users. Shared by both clients.

use std::collections::HashSet;
use std::fmt;

use tim_types::follow::{Add, Delete, ListItem};
use tim_types::{Cursor, UnreadableItem, UserId};

use crate::{BatchReport, Page};

/// The changes after which a user follows exactly the wanted users. Created by
/// [`Client::plan_follows`](crate::Client::plan_follows), and applied by
/// [`Client::apply_follows`](crate::Client::apply_follows).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncPlan {
    /// The user whose follows are changed.
    pub from: UserId,
    /// The wanted users that the user does not follow yet.
    pub add: Vec<UserId>,
    /// The users that the user follows but that are not wanted.
    pub delete: Vec<UserId>,
    /// The number of wanted users that the user follows already.
    pub kept: usize,
}

/// A plan would delete more follows than allowed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{from} would unfollow {delete} of {following} users, which is more than the allowed share of {allowed}: \
     check that the wanted set is complete, then allow a larger share"
)]
#[non_exhaustive]
pub struct TooManyDeletes {
    /// The user whose follows would be deleted.
    pub from: UserId,
    /// The number of follows that would be deleted.
    pub delete: usize,
    /// The number of users that the user follows now.
    pub following: usize,
    /// The allowed share, from 0.0 to 1.0.
    pub allowed: f64,
}

/// The outcomes of a plan that was applied.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SyncReport {
    /// The outcomes of the deletions. They are made first, because the number of follows of a user
    /// is limited.
    pub deleted: BatchReport<Delete>,
    /// The outcomes of the additions.
    pub added: BatchReport<Add>,
}

impl SyncReport {
    /// Returns whether all changes were made.
    pub fn is_complete(&self) -> bool {
        self.deleted.is_complete() && self.added.is_complete()
    }
}

impl SyncPlan {
    /// Returns whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.delete.is_empty()
    }

    /// Checks that the plan deletes at most this share of the current follows: 0.0 for none, 1.0
    /// for all.
    ///
    /// # Errors
    /// The plan would delete more than this share.
    pub fn check(&self, max_delete_share: f64) -> Result<(), TooManyDeletes> {
        let (delete, following) = (self.delete.len(), self.kept + self.delete.len());
        if delete as f64 <= max_delete_share * following as f64 {
            return Ok(());
        }
        Err(TooManyDeletes { from: self.from.clone(), delete, following, allowed: max_delete_share })
    }
}

/// Writes the numbers of changes on one line.
impl fmt::Display for SyncPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: follow {}, unfollow {}, keep {}", self.from, self.add.len(), self.delete.len(), self.kept)
    }
}

/// Compares the wanted users with the current ones, page by page. Keeps each wanted user once, and
/// of the others only those to unfollow.
#[derive(Debug)]
pub(crate) struct Differ {
    plan: SyncPlan,
    wanted: HashSet<UserId>,
    seen: HashSet<UserId>,
}

impl Differ {
    pub(crate) fn new<T: Into<UserId>>(from: UserId, wanted: impl IntoIterator<Item = T>) -> Self {
        let plan = SyncPlan { from, add: Vec::new(), delete: Vec::new(), kept: 0 };
        Self { plan, wanted: wanted.into_iter().map(Into::into).collect(), seen: HashSet::new() }
    }

    /// Adds a page of the users who are followed now. Fails if an unreadable entry does not name
    /// its user, because the plan would miss that user.
    pub(crate) fn page(&mut self, page: Page<ListItem, Cursor>) -> Result<(), UnreadableItem> {
        let mut users: Vec<_> = page.items.into_iter().map(|item| item.user).collect();
        for mut item in page.unreadable {
            users.push(item.target.take().ok_or(item)?);
        }
        self.users(users);
        Ok(())
    }

    fn users(&mut self, users: Vec<UserId>) {
        for user in users {
            if let Some(user) = self.wanted.take(&user) {
                self.plan.kept += 1;
                self.seen.insert(user);
            } else if !self.seen.contains(&user) {
                // A list that changes between two pages can contain a user twice.
                self.seen.insert(user.clone());
                self.plan.delete.push(user);
            }
        }
    }

    pub(crate) fn plan(mut self) -> SyncPlan {
        self.plan.add = self.wanted.into_iter().collect();
        self.plan.add.sort_unstable();
        self.plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(wanted: &[&str], pages: &[&[&str]]) -> SyncPlan {
        let mut differ = Differ::new("alice".into(), wanted.iter().copied());
        pages.iter().for_each(|page| differ.users(page.iter().copied().map(UserId::from).collect()));
        differ.plan()
    }

    #[test]
    fn a_plan_contains_the_differences() {
        let plan = plan(&["a", "b", "c", "c"], &[&["b", "x"], &["y"]]);
        assert_eq!((plan.add.as_slice(), plan.kept), (&["a".into(), "c".into()][..], 1));
        assert_eq!(plan.delete, ["x", "y"]);
        assert_eq!(plan.to_string(), "alice: follow 2, unfollow 2, keep 1");
    }

    #[test]
    fn a_user_that_is_listed_twice_counts_once() {
        let plan = plan(&["b"], &[&["b", "x"], &["x", "b"]]);
        assert_eq!((plan.add.len(), plan.delete.len(), plan.kept), (0, 1, 1));
    }

    #[test]
    fn the_share_limits_how_many_follows_are_deleted() {
        let half = plan(&["a"], &[&["a", "x"]]);
        assert_eq!(half.check(0.5), Ok(()));
        let error = half.check(0.49).unwrap_err();
        assert!(error.to_string().starts_with("alice would unfollow 1 of 2 users"), "{error}");
        assert_eq!(plan(&["a"], &[]).check(0.0), Ok(()));
        assert!(plan(&[], &[&["x"]]).check(0.99).is_err());
        assert!(plan(&[], &[&["x"]]).check(f64::NAN).is_err());
    }
}
