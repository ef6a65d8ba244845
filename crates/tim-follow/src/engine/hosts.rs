//! Which host of the region calls go to.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a host that could not be reached is left alone while there is another one.
const COOLDOWN: Duration = Duration::from_secs(60);

/// The hosts of one region, the best first, and when each could not be reached the last time.
#[derive(Debug)]
pub(crate) struct Hosts {
    bases: Vec<String>,
    failed: Mutex<Vec<Option<Instant>>>,
}

impl Hosts {
    /// These starts of URLs, the primary first; there must be one.
    pub(crate) fn new(primary: String, backup: Option<String>) -> Self {
        let bases: Vec<_> = [Some(primary), backup].into_iter().flatten().collect();
        let failed = Mutex::new(vec![None; bases.len()]);
        Self { bases, failed }
    }

    /// The host to call at `now`: the first that is not resting, else the one that rests longest.
    pub(crate) fn choose(&self, now: Instant) -> usize {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = |at: &Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < COOLDOWN);
        let awake = failed.iter().position(|at| !rests(at));
        awake.or_else(|| (0..failed.len()).min_by_key(|host| failed[*host])).unwrap_or(0)
    }

    /// No connection to `host` could be made at `now`.
    pub(crate) fn mark_down(&self, host: usize, now: Instant) {
        self.remember(host, Some(now));
    }

    /// `host` was reached.
    pub(crate) fn mark_up(&self, host: usize) {
        self.remember(host, None);
    }

    /// The start of the URLs of `host`.
    pub(crate) fn base(&self, host: usize) -> &str {
        self.bases.get(host).map(String::as_str).unwrap_or_default()
    }

    fn remember(&self, host: usize, at: Option<Instant>) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failed) = failed.get_mut(host) {
            *failed = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn calls_go_to_the_backup_for_a_while_and_come_back() {
        let (hosts, now) = (Hosts::new("a".into(), Some("b".into())), start());
        assert_eq!(hosts.base(hosts.choose(now)), "a");
        hosts.mark_down(0, now);
        assert_eq!(hosts.base(hosts.choose(now + COOLDOWN - Duration::from_millis(1))), "b");
        assert_eq!(hosts.base(hosts.choose(now + COOLDOWN)), "a");
    }

    #[test]
    fn when_both_fail_they_take_turns() {
        let (hosts, now) = (Hosts::new("a".into(), Some("b".into())), start());
        let second = Duration::from_secs(1);
        hosts.mark_down(0, now);
        hosts.mark_down(1, now + second);
        assert_eq!(hosts.choose(now + second), 0);
        hosts.mark_down(0, now + second * 2);
        assert_eq!(hosts.choose(now + second * 2), 1);
        hosts.mark_up(1);
        assert_eq!(hosts.choose(now + second * 3), 1);
    }

    #[test]
    fn a_lone_host_is_always_the_one() {
        let (hosts, now) = (Hosts::new("a".into(), None), start());
        hosts.mark_down(0, now);
        assert_eq!(hosts.choose(now), 0);
    }
}
