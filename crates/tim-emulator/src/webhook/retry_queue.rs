//! The webhooks of a worker that wait for a retry.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::record::Delivery;

/// Maximum number of webhooks of a worker that wait for a retry. A worker with this number of them
/// takes no other webhooks from its queue. So a receiver that is down gets few attempts, however
/// many webhooks wait.
const MAX_RETRYING: usize = 64;

/// Webhooks that wait for a retry, and later webhooks of the same users, which must not overtake
/// them. The webhooks of other users do not wait for them.
#[derive(Debug, Default)]
pub(super) struct RetryQueue {
    /// The webhooks, and the real times of their retries since the start of the emulator. All wait
    /// equally long, so they are in the order of these times.
    retrying: VecDeque<(Duration, Delivery)>,
    /// The later webhooks of each user that has one in `retrying` or `released`.
    held: HashMap<u64, VecDeque<Delivery>>,
    /// Webhooks that were held, and have to be sent next.
    released: VecDeque<Delivery>,
}

impl RetryQueue {
    /// Returns the webhook that has to be sent next, if its time has come. Without `is_waiting` the
    /// time of each one has come.
    pub(super) fn take(&mut self, now: Duration, is_waiting: bool) -> Option<Delivery> {
        let is_due = self.next_at().is_some_and(|at| !is_waiting || at <= now);
        match self.released.pop_front() {
            None if is_due => self.retrying.pop_front().map(|(_, delivery)| delivery),
            released => released,
        }
    }

    /// Returns the time of the next retry.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.retrying.front().map(|(at, _)| *at)
    }

    /// Whether the worker may take no further webhook from its queue.
    pub(super) fn is_full(&self) -> bool {
        self.retrying.len() >= MAX_RETRYING
    }

    /// Returns a new webhook, or holds it if an earlier webhook of its user waits.
    pub(super) fn admit(&mut self, delivery: Delivery) -> Option<Delivery> {
        match self.held.get_mut(&delivery.payload.user) {
            Some(held) => {
                held.push_back(delivery);
                None
            }
            None => Some(delivery),
        }
    }

    /// Adds a webhook that has to be sent again at this time.
    pub(super) fn retry(&mut self, delivery: Delivery, at: Duration) {
        self.held.entry(delivery.payload.user).or_default();
        self.retrying.push_back((at, delivery));
    }

    /// Releases the next webhook of a user after one that is not retried any more.
    pub(super) fn ended(&mut self, user: u64) {
        match self.held.get_mut(&user).map(VecDeque::pop_front) {
            Some(Some(next)) => self.released.push_back(next),
            Some(None) => drop(self.held.remove(&user)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use hyper::body::Bytes;

    use super::super::record::Payload;
    use super::*;

    fn delivery(number: u64, user: u64) -> Delivery {
        let (event, client_ip) = ("Sns.CallbackFriendAdd", Ipv4Addr::LOCALHOST.into());
        let payload = Payload { event, body: Bytes::new(), client_ip, platform: "RESTAPI", user };
        Delivery { number, retries: 0, payload: Arc::new(payload) }
    }

    fn number(delivery: Option<Delivery>) -> Option<u64> {
        delivery.map(|delivery| delivery.number)
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_webhook_is_due_at_its_time_or_when_waiting_ends() {
        let mut queue = RetryQueue::default();
        queue.retry(delivery(1, 1), at(5));
        queue.retry(delivery(2, 2), at(6));
        queue.retry(delivery(3, 3), at(7));
        assert_eq!((number(queue.take(at(4), true)), queue.next_at()), (None, Some(at(5))));
        assert_eq!((number(queue.take(at(6), true)), queue.next_at()), (Some(1), Some(at(6))));
        assert_eq!(number(queue.take(at(6), true)), Some(2));
        assert_eq!(number(queue.take(at(6), true)), None);
        assert_eq!((number(queue.take(at(6), false)), queue.next_at()), (Some(3), None));
    }

    #[test]
    fn only_later_webhooks_of_the_same_user_are_held() {
        let mut queue = RetryQueue::default();
        queue.retry(delivery(1, 7), at(5));
        assert_eq!(number(queue.admit(delivery(2, 8))), Some(2));
        assert_eq!((number(queue.admit(delivery(3, 7))), number(queue.admit(delivery(4, 7)))), (None, None));
        assert_eq!(number(queue.take(at(5), true)), Some(1));
        // It fails again, and then succeeds.
        queue.retry(delivery(1, 7), at(10));
        assert_eq!(number(queue.take(at(9), true)), None);
        assert_eq!(number(queue.take(at(10), true)), Some(1));
        queue.ended(7);
        assert_eq!(number(queue.admit(delivery(5, 7))), None, "a webhook that was released is not overtaken");
        for expected in [3, 4, 5] {
            assert_eq!(number(queue.take(at(10), true)), Some(expected));
            queue.ended(7);
        }
        assert_eq!(number(queue.admit(delivery(6, 7))), Some(6));
        queue.ended(8);
        assert!(queue.held.is_empty() && queue.released.is_empty() && queue.retrying.is_empty());
    }

    #[test]
    fn a_full_queue_takes_no_further_webhooks() {
        let mut queue = RetryQueue::default();
        (0..MAX_RETRYING as u64).for_each(|user| {
            assert!(!queue.is_full());
            queue.retry(delivery(user, user), at(5));
        });
        assert!(queue.is_full());
        queue.take(at(5), true);
        assert!(!queue.is_full());
    }
}
