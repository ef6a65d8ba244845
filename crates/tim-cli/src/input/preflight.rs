//! What an input holds, found by reading it once without sending anything.

use std::collections::HashMap;
use std::{fmt, io};

use tim_follow::UserId;

use super::source::{Record, Records};

/// A fingerprint over all pairs so far: tells whether two inputs begin alike. It guards against mistakes, not against malice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Adds a pair. This is FNV-1a, with bytes that no UTF-8 has as ends of ids.
    pub(crate) fn add(&mut self, from: &UserId, to: &UserId) {
        let ids = from.as_str().bytes().chain([0xff]).chain(to.as_str().bytes()).chain([0xfe]);
        self.0 = ids.fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What an input holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Preflight {
    /// Pairs that can be sent.
    pub(crate) targets: u64,
    /// Lines that are none.
    pub(crate) bad: u64,
    /// About how many calls the pairs take.
    pub(crate) calls: u64,
    /// Over all pairs.
    pub(crate) fingerprint: Fingerprint,
}

impl Preflight {
    /// Reads the whole input. `max_targets` is how many one call takes, `window` how many pairs are gathered at a time.
    pub(crate) fn of(
        records: Records,
        max_targets: usize,
        window: usize,
        mut bad: impl FnMut(&str),
    ) -> io::Result<Self> {
        let mut preflight = Self::default();
        let mut gathered: HashMap<UserId, usize> = HashMap::new();
        let calls = |gathered: &HashMap<UserId, usize>| {
            gathered.values().map(|targets| targets.div_ceil(max_targets) as u64).sum::<u64>()
        };
        for record in records {
            match record? {
                Record::Bad(why) => {
                    preflight.bad += 1;
                    bad(&why);
                }
                Record::Pair(from, to) => {
                    preflight.targets += 1;
                    preflight.fingerprint.add(&from, &to);
                    *gathered.entry(from).or_default() += 1;
                    if preflight.targets.is_multiple_of(window as u64) {
                        preflight.calls += calls(&gathered);
                        gathered.clear();
                    }
                }
            }
        }
        preflight.calls += calls(&gathered);
        Ok(preflight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preflight(pairs: &[(&str, &str)], max_targets: usize, window: usize) -> Preflight {
        let pairs: Vec<_> = pairs.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect();
        Preflight::of(Records::Arguments(pairs.into_iter()), max_targets, window, |_| {}).unwrap()
    }

    #[test]
    fn calls_are_counted_as_pairs_are_gathered() {
        let pairs = [("a", "1"), ("b", "1"), ("a", "2"), ("a", "3"), ("a", "4")];
        assert_eq!(preflight(&pairs, 2, 100).calls, 3);
        assert_eq!(preflight(&pairs, 100, 100).calls, 2);
        assert_eq!(preflight(&pairs, 100, 2).calls, 4);
        assert_eq!((preflight(&pairs, 2, 100).targets, preflight(&[], 2, 2).calls), (5, 0));
    }

    #[test]
    fn a_chain_tells_pairs_and_their_order_apart() {
        let fingerprint = |pairs: &[(&str, &str)]| preflight(pairs, 1, 1).fingerprint;
        assert_eq!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("a", "b"), ("c", "d")]));
        assert_ne!(fingerprint(&[("a", "b"), ("c", "d")]), fingerprint(&[("c", "d"), ("a", "b")]));
        assert_ne!(fingerprint(&[("ab", "c")]), fingerprint(&[("a", "bc")]));
    }
}
