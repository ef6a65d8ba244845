//! The log of deliveries.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::record::{DeliveryState, WebhookAttempt, WebhookDelivery};
use crate::lock::locked;
use crate::text_search::contains;

/// The newest deliveries, in a limited number and size.
#[derive(Debug, Default)]
pub(crate) struct DeliveryLog(Mutex<Kept>);

/// Deliveries in the order of their numbers.
#[derive(Debug, Default)]
struct Kept {
    deliveries: VecDeque<Arc<WebhookDelivery>>,
    bytes: usize,
    last_number: u64,
}

impl DeliveryLog {
    /// Adds a delivery, and sets its number.
    pub(super) fn push(&self, mut delivery: WebhookDelivery) -> Arc<WebhookDelivery> {
        let mut kept = locked(&self.0);
        kept.last_number += 1;
        delivery.number = kept.last_number;
        let delivery = Arc::new(delivery);
        kept.bytes += delivery.size();
        kept.deliveries.push_back(Arc::clone(&delivery));
        kept.limit();
        delivery
    }

    /// Adds an attempt to a delivery, unless the log does not have it any more.
    pub(super) fn attempted(&self, number: u64, attempt: WebhookAttempt) {
        self.change(number, |delivery| delivery.attempts.push(attempt));
    }

    /// Sets the state of a delivery, unless the log does not have it any more.
    pub(super) fn ended(&self, number: u64, state: DeliveryState) {
        self.change(number, |delivery| delivery.state = state);
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut WebhookDelivery)) {
        let mut kept = locked(&self.0);
        let Some(delivery) = kept.position(number).and_then(|at| kept.deliveries.get_mut(at)) else { return };
        let before = delivery.size();
        // Copies the delivery if a reader has it at the moment.
        let delivery = Arc::make_mut(delivery);
        change(delivery);
        let after = delivery.size();
        kept.bytes = (kept.bytes + after).saturating_sub(before);
        kept.limit();
    }

    /// Returns a delivery, or `None` if the log does not have it any more.
    pub(crate) fn get(&self, number: u64) -> Option<Arc<WebhookDelivery>> {
        let kept = locked(&self.0);
        kept.position(number).and_then(|at| kept.deliveries.get(at)).cloned()
    }

    /// Returns all deliveries, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<WebhookDelivery>> {
        locked(&self.0).deliveries.iter().cloned().collect()
    }

    /// Returns the deliveries that match, oldest first.
    pub(crate) fn matching(&self, filter: &DeliveryFilter) -> Vec<Arc<WebhookDelivery>> {
        let all = self.all();
        let newest_first = all.into_iter().rev().filter(|delivery| filter.matches(delivery));
        let mut found: Vec<_> = newest_first.take(filter.last.unwrap_or(usize::MAX)).collect();
        found.reverse();
        found
    }

    /// Removes all deliveries. The numbers of later deliveries continue.
    pub(crate) fn clear(&self) {
        let mut kept = locked(&self.0);
        kept.deliveries.clear();
        kept.bytes = 0;
    }
}

impl Kept {
    const MAX_DELIVERIES: usize = 1000;
    /// The maximum memory of the deliveries, with their bodies and responses.
    const MAX_BYTES: usize = 8 * 1024 * 1024;

    fn position(&self, number: u64) -> Option<usize> {
        self.deliveries.binary_search_by_key(&number, |delivery| delivery.number).ok()
    }

    fn limit(&mut self) {
        while self.deliveries.len() > Self::MAX_DELIVERIES || self.bytes > Self::MAX_BYTES {
            let Some(oldest) = self.deliveries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }
}

/// Selects deliveries in the log. A delivery matches if it fulfils all conditions that are set.
#[derive(Debug, Default)]
pub(crate) struct DeliveryFilter {
    /// Selects only the newest deliveries that match.
    pub(crate) last: Option<usize>,
    /// Matches only deliveries with a number below this one.
    pub(crate) before: Option<u64>,
    /// Matches only deliveries with a number above this one.
    pub(crate) after: Option<u64>,
    pub(crate) receiver: Option<u64>,
    pub(crate) event: Option<String>,
    pub(crate) state: Option<DeliveryState>,
    /// A text in the URL, the event or the body. ASCII letters match in both cases.
    pub(crate) text: Option<String>,
}

impl DeliveryFilter {
    fn matches(&self, delivery: &WebhookDelivery) -> bool {
        self.before.is_none_or(|before| delivery.number < before)
            && self.after.is_none_or(|after| delivery.number > after)
            && self.receiver.is_none_or(|receiver| delivery.receiver == receiver)
            && self.event.as_ref().is_none_or(|event| delivery.event == event)
            && self.state.is_none_or(|state| delivery.state == state)
            && self.text.as_ref().is_none_or(|text| has_text(delivery, text))
    }
}

/// Whether the URL, the event or the body contains this text.
fn has_text(delivery: &WebhookDelivery, text: &str) -> bool {
    let has = |field: &str| contains(field.as_bytes(), text.as_bytes());
    has(&delivery.url) || has(delivery.event) || has(&delivery.body())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hyper::body::Bytes;

    use super::super::record::Payload;
    use super::*;

    fn delivery(receiver: u64, body: &str) -> WebhookDelivery {
        let (event, client_ip) = ("Sns.CallbackFriendAdd", Ipv4Addr::LOCALHOST.into());
        let body = Bytes::from(body.to_owned());
        WebhookDelivery {
            number: 0,
            at_ms: 0,
            receiver,
            url: "http://Host/im".to_owned(),
            event,
            query: String::new(),
            state: DeliveryState::Waiting,
            resend_of: None,
            attempts: Vec::new(),
            payload: Arc::new(Payload { event, body, client_ip, platform: "RESTAPI", user: 0 }),
        }
    }

    fn attempt(response: String) -> WebhookAttempt {
        WebhookAttempt { at_ms: 0, duration: <_>::default(), status: Some(200), response: Some(response), error: None }
    }

    fn numbers(log: &DeliveryLog, filter: &DeliveryFilter) -> Vec<u64> {
        log.matching(filter).iter().map(|delivery| delivery.number).collect()
    }

    #[test]
    fn the_log_keeps_the_newest_1000() {
        let log = DeliveryLog::default();
        (0..1003).for_each(|_| drop(log.push(delivery(1, "{}"))));
        let all = log.all();
        assert_eq!((all.len(), all[0].number, all[999].number), (1000, 4, 1003));
        assert!(log.get(3).is_none() && log.get(1003).is_some());
    }

    #[test]
    fn bodies_and_responses_count_in_the_size() {
        let log = DeliveryLog::default();
        let mega = "x".repeat(1 << 20);
        (0..9).for_each(|_| drop(log.push(delivery(1, &mega))));
        assert_eq!(numbers(&log, &DeliveryFilter::default()), [3, 4, 5, 6, 7, 8, 9]);
        log.attempted(9, attempt(mega.clone()));
        assert_eq!(numbers(&log, &DeliveryFilter::default()), [4, 5, 6, 7, 8, 9]);
        log.clear();
        (0..7).for_each(|_| drop(log.push(delivery(1, &mega))));
        assert_eq!(log.all().len(), 7, "a cleared log is empty");
    }

    #[test]
    fn a_reader_keeps_the_delivery_as_it_was() {
        let log = DeliveryLog::default();
        let before = log.push(delivery(1, "{}"));
        log.attempted(1, attempt("{}".to_owned()));
        log.ended(1, DeliveryState::Delivered);
        assert_eq!((before.state, before.attempts.len()), (DeliveryState::Waiting, 0));
        let after = log.get(1).unwrap();
        assert_eq!((after.state, after.attempts.len()), (DeliveryState::Delivered, 1));
        log.clear();
        log.ended(1, DeliveryState::Failed);
        assert!(log.get(1).is_none(), "a delivery that was cleared does not come back");
    }

    #[test]
    fn each_condition_selects() {
        let log = DeliveryLog::default();
        log.push(delivery(1, r#"{"From_Account":"Alice"}"#));
        log.push(delivery(2, r#"{"From_Account":"bob"}"#));
        log.push(delivery(2, r#"{"From_Account":"%"}"#));
        log.ended(2, DeliveryState::Failed);
        let filter = DeliveryFilter::default;
        let text = |text: &str| DeliveryFilter { text: Some(text.to_owned()), ..filter() };
        let event = |event: &str| DeliveryFilter { event: Some(event.to_owned()), ..filter() };
        for (selected, filter) in [
            (&[1, 2, 3][..], filter()),
            (&[2, 3], DeliveryFilter { last: Some(2), ..filter() }),
            (&[1], DeliveryFilter { before: Some(2), ..filter() }),
            (&[2], DeliveryFilter { before: Some(3), last: Some(1), ..filter() }),
            (&[3], DeliveryFilter { after: Some(2), ..filter() }),
            (&[2, 3], DeliveryFilter { receiver: Some(2), ..filter() }),
            (&[2], DeliveryFilter { state: Some(DeliveryState::Failed), ..filter() }),
            (&[1, 2, 3], event("Sns.CallbackFriendAdd")),
            (&[], event("Sns.CallbackFriend")),
            (&[1], text("aLICE")),
            (&[3], text("%")),
            (&[1, 2, 3], text("http://host")),
            (&[1, 2, 3], text("callbackfriend")),
            (&[1, 2, 3], text("")),
        ] {
            assert_eq!(numbers(&log, &filter), selected, "{filter:?}");
        }
    }

    #[test]
    fn a_usersig_in_a_body_is_not_shown() {
        let log = DeliveryLog::default();
        let sig = format!("eJw{}", "x".repeat(150));
        let shown = log.push(delivery(1, &format!(r#"{{"Value":"{sig}"}}"#)));
        assert_eq!(shown.body(), r#"{"Value":"[UserSig]"}"#);
        let text = format!("{}{shown:?}", serde_json::to_string(&*shown).unwrap());
        assert!(text.contains("[UserSig]") && !text.contains("xxxx"), "{text}");
    }
}
