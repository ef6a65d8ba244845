//! Stories about blocklists.

use std::time::Duration;

use tim_emulator::{Emulator, Fault};
use tim_follow::block::{Add, AddOutcome, List};
use tim_follow::{Limits, UserId, block};

use super::{both, config};

/// Returns an emulator in which alice blocks the users b0 to b5, in this order. A later block comes
/// after them, because blocks of the same second are sorted by user.
fn emulator() -> Emulator {
    let emulator = Emulator::builder().clock(|| 2000).start_blocking().unwrap();
    let block = |n| format!(r#"{{"block":{{"owner":"alice","user":"b{n}","at":2000}}}}"#) + "\n";
    emulator.state().import((0..6).map(block).collect::<String>().as_bytes()).unwrap();
    emulator.state().import(r#"{"account":{"user":"new"}}"#.as_bytes()).unwrap();
    emulator
}

/// The positions are indexes, so the users after the removed one are one position earlier.
#[test]
fn a_blocklist_that_changes_during_paging_loses_nobody_who_stayed() {
    for is_blocking in [false, true] {
        for pages_before in [1, 2] {
            let emulator = emulator();
            let client = &both(&config(&emulator))[usize::from(is_blocking)];
            let list = |after: &mut dyn FnMut(usize)| {
                let pages = client.pages_between(List::new("alice").page_size(2), after);
                pages.into_iter().flat_map(|page| page.unwrap().items).map(|item| item.user).collect::<Vec<UserId>>()
            };
            let mut listed = list(&mut |pages| {
                if pages == pages_before {
                    client.send(block::Delete::new("alice", ["b0"])).unwrap();
                    client.send(Add::new("alice", ["new"])).unwrap();
                }
            });
            listed.sort();
            assert_eq!(listed, ["b0", "b1", "b2", "b3", "b4", "b5", "new"], "after page {pages_before}");
            assert_eq!(list(&mut |_| {}), ["b1", "b2", "b3", "b4", "b5", "new"]);
        }
    }
}

/// The retry of a call that was processed cannot tell the two outcomes apart.
#[test]
fn a_user_who_was_blocked_by_a_lost_call_is_done() {
    let emulator = emulator();
    let config = config(&emulator).limits(Limits::default().initial_backoff(Duration::from_millis(1)));
    for (client, owner) in both(&config).iter().zip(["b1", "b2"]) {
        let report = client.batch(Add::template(owner), ["b3"], 4);
        assert_eq!(report.items[0].outcome.done(), Some(&AddOutcome::Blocked));
        emulator.faults().add(Fault::hang_up().applied().command("black_list_add").next(1)).unwrap();
        let calls = emulator.calls().len();
        let report = client.batch(Add::template(owner), ["b4"], 4);
        assert_eq!(report.items[0].outcome.done(), Some(&AddOutcome::AlreadyBlocked));
        assert_eq!((report.is_complete(), emulator.calls().len() - calls), (true, 2), "the call was sent twice");
    }
}
