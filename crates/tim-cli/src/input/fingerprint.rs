//! A fingerprint of targets.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::line::LineTarget;

/// A running hash of all targets so far: tells whether two inputs start with the same targets. It
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
    /// Adds a target. This is FNV-1a; bytes that do not occur in UTF-8 end the texts.
    pub(crate) fn add(&mut self, target: &LineTarget) {
        self.text(target.from.as_str(), 0xff);
        self.text(target.user.as_str(), 0xfe);
        for (name, value) in target.fields.iter() {
            self.text(name, 0xfd);
            match value.as_str() {
                Some(text) => self.text(text, 0xfc),
                None => self.text(&value.to_string(), 0xfb),
            }
        }
    }

    fn text(&mut self, text: &str, end: u8) {
        let bytes = text.bytes().chain([end]);
        self.0 = bytes.fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
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
    use crate::input::fields::Fields;

    fn target(from: &str, user: &str, nick: Option<&str>) -> LineTarget {
        LineTarget { from: from.into(), user: user.into(), fields: Fields::default().with("nick", nick) }
    }

    fn fingerprint(pairs: &[(&str, &str)]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        pairs.iter().for_each(|(from, to)| fingerprint.add(&target(from, to, None)));
        fingerprint
    }

    #[test]
    fn a_fingerprint_contains_all_columns() {
        let of = |nick| {
            let mut fingerprint = Fingerprint::default();
            fingerprint.add(&target("", "a", nick));
            fingerprint
        };
        assert_ne!(of(Some("x")), of(Some("y")));
        assert_ne!(of(Some("x")), of(None));
    }

    #[test]
    fn a_fingerprint_tells_targets_and_their_order_apart() {
        assert_eq!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("a", "b"), ("c", "d")]));
        assert_ne!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("c", "d"), ("a", "b")]));
        assert_ne!(fingerprint(&[("ab", "c")]), fingerprint(&[("a", "bc")]));
    }
}
