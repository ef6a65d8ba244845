//! The limits on the relations of a user.

use serde::{Deserialize, Serialize};

use crate::named::{self, UnknownName};

/// The maximum number of relations of a user; `None` means any number.
///
/// The defaults follow the documents: a user follows at most 5000 users, and has at most 3000
/// friends, 32 friend groups, 100 pending friend requests and 1000 blocked users. The number of
/// followers is unlimited. Mutual follows are unlimited by default, because a code for this limit
/// is documented, but no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelationLimits {
    /// Users that one user follows. Above the limit: 32100.
    pub following: Option<u64>,
    /// Followers of one user. Above the limit: 32101.
    pub followers: Option<u64>,
    /// Mutual follows of one user. Above the limit: 32102 for the user that follows, 32103 for the
    /// target.
    pub mutual: Option<u64>,
    /// Friends of one user. Above the limit: 30010 for the user that adds, 30014 for the target.
    pub friends: Option<u64>,
    /// Friend groups of one user. Above the limit: 30011.
    pub groups: Option<u64>,
    /// Friend requests to one user that it has not accepted or rejected yet. Above the limit:
    /// 30012.
    pub pending: Option<u64>,
    /// Users that one user blocks. Above the limit: 30013.
    pub blocked: Option<u64>,
}

impl RelationLimits {
    /// No limits.
    pub const NONE: Self = Self {
        following: None,
        followers: None,
        mutual: None,
        friends: None,
        groups: None,
        pending: None,
        blocked: None,
    };

    /// Sets the limit with this name, which is the name of the field.
    ///
    /// # Errors
    /// No limit has this name; the error lists all names.
    pub fn set(&mut self, name: &str, limit: Option<u64>) -> Result<(), UnknownName> {
        named::set(self, name, limit)
    }
}

impl Default for RelationLimits {
    fn default() -> Self {
        Self {
            following: Some(5000),
            friends: Some(3000),
            groups: Some(32),
            pending: Some(100),
            blocked: Some(1000),
            ..Self::NONE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_set_by_its_name() {
        let mut limits = RelationLimits::default();
        limits.set("following", None).unwrap();
        limits.set("mutual", Some(3)).unwrap();
        assert_eq!(limits, RelationLimits { following: None, mutual: Some(3), ..RelationLimits::default() });
        let error = limits.set("fans", Some(1)).unwrap_err().to_string();
        let names = "blocked, followers, following, friends, groups, mutual, pending";
        assert_eq!(error, format!("the name \"fans\" is unknown: use one of {names}"));
    }
}
