//! How many follows a user may have.

/// The most follows of a user; `None` is no limit.
///
/// The client guides say 5000 followed users and any number of followers. Codes for the other caps exist, their numbers
/// are not documented, so they are off unless set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Users that one user follows; beyond it 32100.
    pub following: Option<u64>,
    /// Followers of one user; beyond it 32101.
    pub followers: Option<u64>,
    /// Mutual follows of one user; beyond it 32102 for the one who follows, 32103 for the target.
    pub mutual: Option<u64>,
}

impl Default for Caps {
    fn default() -> Self {
        Self { following: Some(5000), followers: None, mutual: None }
    }
}
