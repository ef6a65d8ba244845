use std::sync::Arc;
use std::time::Duration;

use tim_webhook::{DeliveryKey, Receiver, RecentDeliveries, SdkAppId, SeenDeliveries};

use super::{FOLLOW, NOW, follow, query, receiver};

/// Whether each of these follows at these seconds, from this user, is a duplicate.
fn marks(receiver: &Receiver, deliveries: &[(u64, &str)]) -> Vec<bool> {
    let one = |(second, user): &(u64, &str)| {
        let now = NOW + second;
        receiver.receive("POST", &follow(now), FOLLOW.replace("alice", user), now).unwrap().is_duplicate
    };
    deliveries.iter().map(one).collect()
}

fn remembering(seconds: u64, capacity: usize) -> Receiver {
    receiver().seen(Arc::new(RecentDeliveries::new(Duration::from_secs(seconds), capacity)))
}

#[test]
fn a_retry_is_marked_although_its_signature_is_new() {
    assert_eq!(
        marks(&receiver(), &[(0, "a"), (2, "a"), (2, "b"), (4, "a"), (4, "b")]),
        [false, true, false, true, true]
    );
}

#[test]
fn a_duplicate_is_marked_only_within_the_window() {
    let deliveries = [(0, "a"), (10, "a"), (10, "b"), (11, "a"), (20, "b"), (21, "b")];
    assert_eq!(marks(&remembering(10, 100), &deliveries), [false, true, false, false, true, false]);
}

#[test]
fn the_oldest_delivery_makes_room() {
    let deliveries = [(0, "a"), (0, "b"), (0, "c"), (0, "c"), (0, "b"), (0, "a")];
    assert_eq!(marks(&remembering(10, 2), &deliveries), [false, false, false, true, true, false]);
    assert_eq!(marks(&remembering(10, 0), &[(0, "a"), (0, "a"), (0, "b"), (0, "a")]), [false, true, false, false]);
}

#[test]
fn a_clock_that_is_set_back_does_not_forget() {
    assert_eq!(marks(&remembering(10, 100), &[(60, "a"), (0, "a"), (60, "a")]), [false, true, true]);
}

#[test]
fn a_forgotten_delivery_is_new() {
    let receiver = remembering(10, 2);
    let receive = |user: &str, now| receiver.receive("POST", &follow(now), FOLLOW.replace("alice", user), now).unwrap();
    receiver.forget(&receive("a", NOW).key);
    assert!(!receive("a", NOW + 5).is_duplicate);
    // The place of the forgotten one is used, and its end does not end the new one.
    assert!(!receive("b", NOW + 11).is_duplicate);
    assert!(receive("a", NOW + 11).is_duplicate);
}

#[test]
fn the_key_is_the_command_and_the_body() {
    let receiver = receiver();
    let key = |command: &str, rest: &str| {
        let body = format!(r#"{{"CallbackCommand":"{command}"{rest}}}"#);
        receiver.receive("POST", &query(command, NOW), body, NOW).unwrap().key
    };
    let (first, again) = (key("a", r#","EventTime":1"#), key("a", r#","EventTime":1"#));
    assert_eq!((first, first.to_string().len()), (again, 64));
    assert_eq!(first.to_string(), first.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    for other in [key("a", r#","EventTime":2"#), key("a", ""), key("b", r#","EventTime":1"#)] {
        assert_ne!(first, other);
    }
}

#[test]
fn a_rejected_delivery_is_not_remembered() {
    let receiver = receiver();
    assert!(receiver.receive("POST", &follow(NOW - 301), FOLLOW, NOW).is_err());
    assert!(receiver.receive("POST", &query("x", NOW), FOLLOW, NOW).is_err());
    assert_eq!(marks(&receiver, &[(0, "alice")]), [false]);
}

#[test]
fn an_app_can_use_its_own_store() {
    #[derive(Debug)]
    struct Always;
    impl SeenDeliveries for Always {
        fn insert(&self, _: DeliveryKey, now: u64) -> bool {
            now == NOW
        }
        fn remove(&self, _: &DeliveryKey) {}
    }
    let receiver = Receiver::without_token(SdkAppId(14)).seen(Arc::new(Always));
    assert_eq!(marks(&receiver, &[(0, "a"), (1, "a")]), [true, false]);
}
