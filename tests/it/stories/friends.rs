//! Stories about friends.

use std::time::Duration;

use tim_emulator::{Emulator, Fault};
use tim_follow::friend::{Add, AddMode, AddOutcome, AddSource, Delete, DeleteOutcome, DeleteType, List, NewFriend};
use tim_follow::profile::AllowType;
use tim_follow::{Limits, UserId};

use super::{both, config};
use crate::either::Either;

/// Returns an emulator in which alice has the friends f0 to f5, in this order, in pages of two.
fn emulator() -> Emulator {
    let emulator = Emulator::builder().clock(|| 2000).friend_page_size(2).start_blocking().unwrap();
    let friend = |n| format!(r#"{{"friend":{{"owner":"alice","friend":"f{n}","at":{}}}}}"#, 1000 + n) + "\n";
    emulator.state().import((0..6).map(friend).collect::<String>().as_bytes()).unwrap();
    emulator.state().import(r#"{"account":{"user":"new"}}"#.as_bytes()).unwrap();
    emulator
}

fn friends(client: &Either, after: impl FnMut(usize)) -> Vec<UserId> {
    let pages = client.pages_between(List::new("alice"), after);
    pages.into_iter().flat_map(|page| page.unwrap().items).map(|item| item.user).collect()
}

/// The positions are indexes, so the friends after the removed one are one position earlier.
#[test]
fn a_friend_list_that_changes_during_paging_loses_nobody_who_stayed() {
    for is_blocking in [false, true] {
        for pages_before in [1, 2] {
            let emulator = emulator();
            let clients = both(&config(&emulator));
            let client = &clients[usize::from(is_blocking)];
            let mut listed = friends(client, |pages| {
                if pages == pages_before {
                    client.send(Delete::single("alice", ["f0"])).unwrap();
                    let item = r#"[{"To_Account":"new","AddSource":"AddSource_Type_API"}]"#;
                    let body = format!(r#"{{"From_Account":"alice","AddFriendItem":{item},"ForceAddFlags":1}}"#);
                    client.post("sns/friend_add", &body);
                }
            });
            listed.sort();
            assert_eq!(listed, ["f0", "f1", "f2", "f3", "f4", "f5", "new"], "after page {pages_before}");
            assert_eq!(friends(client, |_| {}), ["f1", "f2", "f3", "f4", "f5", "new"]);
        }
    }
}

#[test]
fn a_stranger_is_an_outcome_of_a_batch_that_deletes_friends() {
    let emulator = emulator();
    for (client, friend) in both(&config(&emulator)).iter().zip(["f0", "f1"]) {
        let report = client.batch(Delete::template("alice", DeleteType::BOTH), [friend, "new", "nobody"], 4);
        let outcomes: Vec<_> = report.items.iter().map(|item| item.outcome.done()).collect();
        assert_eq!(outcomes, [Some(&DeleteOutcome::Deleted), Some(&DeleteOutcome::NotFriends), None]);
        assert_eq!((report.done, report.rejected), (2, 1));
    }
}

/// The retry of a call that was processed cannot tell the two outcomes apart.
#[test]
fn a_friend_who_was_deleted_by_a_lost_call_is_done() {
    let emulator = emulator();
    let config = config(&emulator).limits(Limits::default().initial_backoff(Duration::from_millis(1)));
    for (client, friend) in both(&config).iter().zip(["f0", "f1"]) {
        emulator.faults().add(Fault::hang_up().applied().command("friend_delete").next(1)).unwrap();
        let calls = emulator.calls().len();
        let report = client.batch(Delete::template("alice", DeleteType::SINGLE), [friend], 4);
        assert_eq!(report.items[0].outcome.done(), Some(&DeleteOutcome::NotFriends));
        assert!(report.is_complete());
        assert_eq!(emulator.calls().len() - calls, 2, "the call was sent twice");
    }
    assert_eq!(friends(&both(&config)[0], |_| {}), ["f2", "f3", "f4", "f5"]);
}

/// One target needs consent, one is already a friend, and one call is lost after it was processed.
#[test]
fn adding_friends_tells_added_pending_and_existing_friends_apart() {
    let emulator = emulator();
    let config = config(&emulator).limits(Limits::default().initial_backoff(Duration::from_millis(1)));
    let friend = |user: &str| NewFriend::new(user, AddSource::WEB);
    for (client, user) in both(&config).iter().zip(["f4", "f5"]) {
        let add = |mode| client.batch(Add::template(user, mode), ["new", "nobody", "alice"].map(friend), 4);
        let outcomes = |mode| add(mode).items.iter().map(|item| item.outcome.done().copied()).collect::<Vec<_>>();
        emulator.settings().set_default_allow_type(AllowType::NEED_CONFIRM).unwrap();
        assert_eq!(outcomes(AddMode::default()), [Some(AddOutcome::Pending), None, Some(AddOutcome::Pending)]);
        assert_eq!(outcomes(AddMode::FORCED), [Some(AddOutcome::Added), None, Some(AddOutcome::Added)]);
        assert_eq!(outcomes(AddMode::default())[0], Some(AddOutcome::AlreadyFriends));

        client.send(Delete::single(user, ["new"])).unwrap();
        emulator.faults().add(Fault::hang_up().applied().command("friend_add").next(1)).unwrap();
        assert_eq!(outcomes(AddMode::FORCED)[0], Some(AddOutcome::AlreadyFriends), "a lost response");
    }
}
