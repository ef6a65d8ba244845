//! Chooses the host of a call.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a host is avoided after a failed connection, if there is another one.
const COOLDOWN: Duration = Duration::from_secs(60);

/// The hosts of one region, the primary first, and when each was marked as down.
#[derive(Debug)]
pub(crate) struct Hosts {
    bases: Vec<String>,
    down_since: Mutex<Vec<Option<Instant>>>,
}

impl Hosts {
    /// Hosts with these base URLs.
    pub(crate) fn new(primary: String, backup: Option<String>) -> Self {
        let bases: Vec<_> = [Some(primary), backup].into_iter().flatten().collect();
        let down_since = Mutex::new(vec![None; bases.len()]);
        Self { bases, down_since }
    }

    /// The host to call at `now`, other than `except`: the first one that is not down. If all are
    /// down, the one that has been down for the longest time.
    pub(crate) fn choose(&self, now: Instant, except: &[usize]) -> usize {
        let down_since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_down = |at: &Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < COOLDOWN);
        let hosts = || down_since.iter().enumerate().filter(|(host, _)| !except.contains(host));
        let first_up = hosts().find(|(_, at)| !is_down(at));
        first_up.or_else(|| hosts().min_by_key(|(_, at)| **at)).map_or(0, |(host, _)| host)
    }

    /// Whether there is a host that is not one of these.
    pub(crate) fn has_other(&self, than: &[usize]) -> bool {
        (0..self.bases.len()).any(|host| !than.contains(&host))
    }

    /// Reports that no connection to `host` could be made at `now`.
    pub(crate) fn mark_down(&self, host: usize, now: Instant) {
        self.set(host, Some(now));
    }

    /// Reports that a connection to `host` was made.
    pub(crate) fn mark_up(&self, host: usize) {
        self.set(host, None);
    }

    /// The base URL of `host`.
    pub(crate) fn base(&self, host: usize) -> &str {
        self.bases.get(host).map(String::as_str).unwrap_or_default()
    }

    fn set(&self, host: usize, at: Option<Instant>) {
        let mut down_since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = down_since.get_mut(host) {
            *since = at;
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
        assert_eq!(hosts.base(hosts.choose(now, &[])), "a");
        hosts.mark_down(0, now);
        assert_eq!(hosts.base(hosts.choose(now + COOLDOWN - Duration::from_millis(1), &[])), "b");
        assert_eq!(hosts.base(hosts.choose(now + COOLDOWN, &[])), "a");
    }

    #[test]
    fn when_both_are_down_they_alternate() {
        let (hosts, now) = (Hosts::new("a".into(), Some("b".into())), start());
        let second = Duration::from_secs(1);
        hosts.mark_down(0, now);
        hosts.mark_down(1, now + second);
        assert_eq!(hosts.choose(now + second, &[]), 0);
        hosts.mark_down(0, now + second * 2);
        assert_eq!(hosts.choose(now + second * 2, &[]), 1);
        hosts.mark_down(1, now + second * 3);
        assert_eq!(hosts.choose(now + second * 3, &[]), 0);
        hosts.mark_up(1);
        assert_eq!(hosts.choose(now + second * 3, &[]), 1);
    }

    #[test]
    fn a_single_host_is_always_chosen() {
        let (hosts, now) = (Hosts::new("a".into(), None), start());
        hosts.mark_down(0, now);
        assert_eq!(hosts.choose(now, &[]), 0);
    }

    #[test]
    fn an_excluded_host_is_not_chosen_even_if_the_other_one_is_down() {
        let (hosts, now) = (Hosts::new("a".into(), Some("b".into())), start());
        assert_eq!((hosts.choose(now, &[0]), hosts.choose(now, &[1])), (1, 0));
        hosts.mark_down(1, now);
        assert_eq!(hosts.choose(now, &[0]), 1);
        assert!(hosts.has_other(&[1]) && !hosts.has_other(&[1, 0]));
    }
}
