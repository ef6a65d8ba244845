//! query_online_status with both clients against the emulator.

use tim_emulator::Emulator;
use tim_follow::status::{Device, Query, Status, StatusItem};
use tim_follow::{Client, Config, ErrorCode, Outcome, blocking};

use crate::either::Either;

fn both(emulator: &Emulator) -> [Either; 2] {
    let config =
        Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone()).base_url(emulator.base_url());
    let client = Client::new(config.clone()).unwrap();
    [Either::Async(client), Either::Blocking(blocking::Client::new(config).unwrap())]
}

/// An emulator in which only bob has an account, and is online.
fn emulator() -> Emulator {
    let emulator = Emulator::builder().start_blocking().unwrap();
    emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes()).unwrap();
    emulator.state().set_status("bob", "Web", Status::ONLINE).unwrap();
    emulator
}

#[test]
fn each_user_has_a_status_or_a_code() {
    let emulator = emulator();
    for client in both(&emulator) {
        let response = client.send(Query::new(["bob", "ghost"]).with_devices()).unwrap();
        let devices = vec![Device::new("Web", Status::ONLINE)];
        assert_eq!(response.items, [StatusItem::new("bob", Status::ONLINE).with_devices(devices)]);
        let response = client.send(Query::new(["ghost"])).unwrap();
        assert_eq!((response.items.len(), response.errors[0].code), (0, ErrorCode::ACCOUNT_NOT_IMPORTED));
    }
}

#[test]
fn a_batch_continues_after_a_call_in_which_all_users_failed() {
    let emulator = emulator();
    for client in both(&emulator) {
        let users: Vec<_> = (0..1000).map(|number| format!("ghost-{number}")).chain(["bob".to_owned()]).collect();
        let report = client.batch(Query::template(false), users, 2);
        assert_eq!((report.done, report.rejected), (1, 1000));
        let Outcome::Done(bob) = &report.items[1000].outcome else { panic!("{:?}", report.items[1000]) };
        assert_eq!(bob.status, Status::ONLINE);
        let is_unknown = |outcome: &Outcome<_>| matches!(outcome, Outcome::Rejected(rejection) if rejection.code == ErrorCode::ACCOUNT_NOT_IMPORTED);
        assert!(report.items[..1000].iter().all(|item| is_unknown(&item.outcome)));
    }
}
