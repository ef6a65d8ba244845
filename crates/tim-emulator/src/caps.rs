//! How many relations a user may have.

/// The most relations of a user; `None` is no limit.
///
/// The client guides say 5000 followed users and any number of followers. Codes for the other caps exist, their numbers
/// are not documented, so they are off unless set. A friend list holds 3000 users and a blocklist 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
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

impl Caps {
    /// No limit at all.
    pub const NONE: Self = Self { following: None, followers: None, mutual: None, friends: None, blocked: None };
}

impl Default for Caps {
    fn default() -> Self {
        Self { following: Some(5000), friends: Some(3000), blocked: Some(1000), ..Self::NONE }
    }
}
