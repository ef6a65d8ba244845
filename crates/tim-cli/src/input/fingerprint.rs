//! A fingerprint of pairs of users.

use std::fmt;

use serde::{Deserialize, Serialize};
use tim_follow::UserId;

/// A running hash of all pairs so far: tells whether two inputs start with the same pairs. It
/// protects against mistakes, not against manipulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Adds a pair. This is FNV-1a; bytes that do not occur in UTF-8 end the ids.
    pub fn add(&mut self, from: &UserId, to: &UserId) {
        let ids = from.as_str().bytes().chain([0xff]).chain(to.as_str().bytes()).chain([0xfe]);
        self.0 = ids.fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(pairs: &[(&str, &str)]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        pairs.iter().for_each(|(from, to)| fingerprint.add(&(*from).into(), &(*to).into()));
        fingerprint
    }

    #[test]
    fn a_fingerprint_tells_pairs_and_their_order_apart() {
        assert_eq!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("a", "b"), ("c", "d")]));
        assert_ne!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("c", "d"), ("a", "b")]));
        assert_ne!(fingerprint(&[("ab", "c")]), fingerprint(&[("a", "bc")]));
    }
}
