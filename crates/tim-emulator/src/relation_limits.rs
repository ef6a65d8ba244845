//! Limits the relations of a user.

use serde::{Deserialize, Serialize};

use crate::named::{self, UnknownName};

/// The maximum number of relations of a user; `None` means any number.
///
/// The client guides say 5000 followed users and any number of followers. Codes for the other limits exist, but
/// their numbers are not documented, so they are off unless set. A friend list holds 3000 users and a blocklist 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelationLimits {
    /// Users that one user follows; beyond it 32100.
    pub following: Option<u64>,
    /// Followers of one user; beyond it 32101.
    pub followers: Option<u64>,
    /// Mutual follows of one user; beyond it 32102 for the one who follows, 32103 for the target.
    pub mutual: Option<u64>,
    /// Friends in the list of one user; beyond it 30010 for the one who adds, 30014 for the target.
    pub friends: Option<u64>,
    /// Users that one user blocks; beyond it 30013.
    pub blocked: Option<u64>,
}

impl RelationLimits {
    /// No limit at all.
    pub const NONE: Self = Self { following: None, followers: None, mutual: None, friends: None, blocked: None };

    /// Sets the limit of this name, which is that of its field.
    ///
    /// # Errors
    /// There is no limit of this name; the error lists all names.
    pub fn set(&mut self, name: &str, limit: Option<u64>) -> Result<(), UnknownName> {
        named::set(self, name, limit)
    }
}

impl Default for RelationLimits {
    fn default() -> Self {
        Self { following: Some(5000), friends: Some(3000), blocked: Some(1000), ..Self::NONE }
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
        assert_eq!(error, "\"fans\" is unknown: it is one of blocked, followers, following, friends, mutual");
    }
}
