//! Sequences of calls: both clients against an emulator, over real HTTP.

mod blocks;
mod friends;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tim_emulator::{Emulator, Fault, RateLimit, Window};
use tim_follow::follow::Relation;
use tim_follow::{
    Client, Config, ErrorCode, EventKind, Limits, Paged, SecretKey, SyncReport, TooManyDeletes, UserId, blocking,
    follow, friend,
};

use crate::block_on;
use crate::either::Either;

impl Either {
    /// The sizes of the pages of a list, and all its entries.
    fn list<E: Paged + 'static>(&self, request: E) -> (Vec<usize>, Vec<E::Item>) {
        let pages: Vec<_> = self.pages(request).into_iter().map(|page| page.unwrap().items).collect();
        (pages.iter().map(Vec::len).collect(), pages.into_iter().flatten().collect())
    }

    /// Calls a command by its path.
    fn post(&self, path: &str, body: &str) {
        let (service, command) = path.split_once('/').unwrap();
        let response = self.call(service, command, body).unwrap();
        assert!(response.envelope.is_ok(), "{path}: {}", response.text);
    }

    fn import(&self, users: &[&str]) {
        let body = format!(r#"{{"Accounts":["{}"]}}"#, users.join(r#"",""#));
        self.post("im_open_login_svc/multiaccount_import", &body);
    }

    fn follow(&self, from: &str, to: &[&str]) {
        let response = self.send(follow::Add::new(from, to.iter().copied())).unwrap();
        assert!(response.items.iter().all(|item| item.code == ErrorCode::OK), "{response:?}");
    }

    /// Makes a user follow exactly the wanted users, unless more than half of the follows would be
    /// deleted.
    fn sync(&self, from: &str, wanted: &[&str]) -> Result<SyncReport, TooManyDeletes> {
        self.apply_follows(self.plan_follows(from, wanted).unwrap(), 0.5)
    }

    fn relation(&self, from: &str, to: &str) -> Relation {
        self.send(follow::Check::new(from, [to])).unwrap().items[0].result().unwrap()
    }

    fn counts(&self, user: &str) -> (u64, u64, u64) {
        let response = self.send(follow::Counts::new(user, [user])).unwrap();
        let counts = response.items[0].result().unwrap();
        (counts.followers, counts.following, counts.mutual)
    }

    fn users(&self, list: follow::List) -> Vec<UserId> {
        self.list(list).1.into_iter().map(|item| item.user).collect()
    }
}

fn config(emulator: &Emulator) -> Config {
    Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone()).base_url(emulator.base_url())
}

/// Runs a test with each client, each against a new emulator. The emulator has a thread of its own,
/// so a blocking client does not keep it from responding.
fn with_both(test: impl Fn(&Either)) {
    for is_blocking in [false, true] {
        let emulator = Emulator::builder().start_blocking().unwrap();
        let [asynchronous, blocking] = both(&config(&emulator));
        test(if is_blocking { &blocking } else { &asynchronous });
    }
}

/// Both clients with these settings.
fn both(config: &Config) -> [Either; 2] {
    let client = Client::new(config.clone()).unwrap();
    [Either::Async(client), Either::Blocking(blocking::Client::new(config.clone()).unwrap())]
}

#[test]
fn following_and_unfollowing() {
    with_both(|client| {
        client.import(&["alice", "bob", "carol"]);
        assert_eq!(client.relation("alice", "bob"), Relation::NONE);

        client.follow("alice", &["bob", "carol"]);
        assert_eq!(client.relation("alice", "bob"), Relation::FOLLOWING);
        assert_eq!(client.relation("bob", "alice"), Relation::FOLLOWER);
        assert_eq!(client.counts("alice"), (0, 2, 0));
        assert_eq!(client.counts("bob"), (1, 0, 0));

        client.follow("bob", &["alice"]);
        assert_eq!(client.relation("alice", "bob"), Relation::MUTUAL);
        assert_eq!(client.counts("alice"), (1, 2, 1));
        assert_eq!(client.users(follow::List::mutual("alice")), ["bob"]);
        assert_eq!(client.users(follow::List::followers("alice")), ["bob"]);
        assert_eq!(client.users(follow::List::following("bob")), ["alice"]);

        client.send(follow::Delete::new("alice", ["bob"])).unwrap();
        assert_eq!(client.relation("alice", "bob"), Relation::FOLLOWER);
        assert_eq!(client.users(follow::List::following("alice")), ["carol"]);
        assert_eq!(client.counts("bob"), (0, 1, 0));
        assert_eq!(client.users(follow::List::mutual("bob")), Vec::<UserId>::new());
    });
}

#[test]
fn one_target_can_fail_while_others_succeed() {
    with_both(|client| {
        client.import(&["alice", "bob"]);
        let response = client.send(follow::Add::new("alice", ["bob", "nobody", "alice"])).unwrap();
        let codes: Vec<_> = response.items.iter().map(|item| (item.target.as_str(), item.code.0)).collect();
        assert_eq!(codes, [("bob", 0), ("nobody", 30003), ("alice", 30001)]);
        let error = client.send(follow::Add::new("nobody", ["bob"])).unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some(ErrorCode::ACCOUNT_NOT_FOUND), 1));
    });
}

#[test]
fn a_long_list_has_several_pages() {
    with_both(|client| {
        let fans: Vec<String> = (0..60).map(|number| format!("fan-{number}")).collect();
        let fans: Vec<&str> = fans.iter().map(String::as_str).collect();
        client.import(&["star"]);
        client.import(&fans);
        for fan in &fans {
            client.follow(fan, &["star"]);
        }
        for (size, pages) in [(20, vec![20, 20, 20]), (59, vec![59, 1]), (60, vec![60]), (1000, vec![60])] {
            let (sizes, items) = client.list(follow::List::followers("star").page_size(size));
            assert_eq!(sizes, pages);
            let mut users: Vec<_> = items.iter().map(|item| item.user.as_str()).collect();
            users.sort_unstable_by_key(|user| user[4..].parse::<u32>().unwrap());
            assert_eq!(users, fans);
        }
    });
}

#[test]
fn friend_check_reads_one_list_or_both() {
    with_both(|client| {
        client.import(&["alice", "bob", "carol"]);
        let add = |from: &str, to: &str, kind: &str| {
            format!(
                r#"{{"From_Account":"{from}","AddFriendItem":[{{"To_Account":"{to}","AddSource":"AddSource_Type_API"}}],
                   "AddType":"Add_Type_{kind}","ForceAddFlags":1}}"#
            )
        };
        client.post("sns/friend_add", &add("alice", "bob", "Both"));
        client.post("sns/friend_add", &add("carol", "alice", "Single"));

        let relations = |request: friend::Check| {
            let items = client.send(request).unwrap().items;
            items.iter().map(|item| item.result().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(
            relations(friend::Check::both("alice", ["bob", "carol"])),
            [friend::Relation::BOTH_WAY, friend::Relation::B_WITH_A]
        );
        assert_eq!(
            relations(friend::Check::single("alice", ["bob", "carol"])),
            [friend::Relation::A_WITH_B, friend::Relation::NO_RELATION]
        );

        let delete = r#"{"From_Account":"bob","To_Account":["alice"],"DeleteType":"Delete_Type_Single"}"#;
        client.post("sns/friend_delete", delete);
        assert_eq!(relations(friend::Check::both("alice", ["bob"])), [friend::Relation::A_WITH_B]);

        let response = client.send(friend::Check::both("alice", ["bob", "nobody"])).unwrap();
        assert_eq!(response.items[1].result().unwrap_err().code, ErrorCode::ACCOUNT_NOT_FOUND);
        assert_eq!(response.failed, ["nobody"]);
    });
}

#[test]
fn lists_have_profiles_until_the_account_is_deleted() {
    with_both(|client| {
        client.post("im_open_login_svc/account_import", r#"{"UserID":"bob","Nick":"Bob"}"#);
        client.import(&["alice"]);
        client.follow("alice", &["bob"]);
        let body = r#"{"From_Account":"bob","ProfileItem":[{"Tag":"Tag_Profile_IM_Level","Value":7}]}"#;
        client.post("profile/portrait_set", body);

        let (_, items) = client.list(follow::List::following("alice"));
        let profile = items[0].profile.as_ref().unwrap();
        assert!(profile.iter().any(|item| item.tag == tim_follow::ProfileTag::NICK && item.value == "Bob"));
        assert!(profile.iter().any(|item| item.tag == tim_follow::ProfileTag::LEVEL && item.value == 7));

        client.post("im_open_login_svc/account_delete", r#"{"DeleteItem":[{"UserID":"bob"}]}"#);
        assert_eq!(client.counts("alice"), (0, 0, 0));
    });
}

#[test]
fn plans_make_a_user_follow_exactly_a_set() {
    with_both(|client| {
        let users: Vec<String> = (0..50).map(|number| format!("user-{number}")).collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        client.import(&["alice"]);
        client.import(&users);
        let report = client.sync("alice", &users[..40]).unwrap();
        assert_eq!((report.added.done, report.deleted.items.len()), (40, 0));

        let report = client.sync("alice", &users[20..]).unwrap();
        assert_eq!((report.added.done, report.deleted.done), (10, 20));
        assert!(report.is_complete());
        let mut followed = client.users(follow::List::following("alice"));
        followed.sort_by_key(|user| user.as_str()[5..].parse::<u32>().unwrap());
        assert_eq!(followed, users[20..]);

        assert!(client.sync("alice", &users[20..]).unwrap().added.items.is_empty(), "there is nothing left to change");
        let error = client.sync("alice", &users[20..30]).unwrap_err();
        assert_eq!((error.delete, error.following), (20, 30));
        assert_eq!(client.counts("alice").1, 30, "nothing was changed");
    });
}

/// Pacing over real sockets; pacing.rs has more of it in virtual time.
#[test]
fn a_batch_keeps_within_the_rate_limit_of_the_emulator() {
    for counting in [Window::Fixed, Window::Sliding] {
        let quota = RateLimit { calls_per_second: 200, window: counting };
        let emulator = Emulator::builder().rate_limit(quota).start_blocking().unwrap();
        let rejected = Arc::new(AtomicUsize::new(0));
        let count = rejected.clone();
        let config = config(&emulator).observe(move |event| {
            if let EventKind::AttemptEnded { code: Some(ErrorCode::CALLS_TOO_FREQUENT), .. } = event.kind {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let pairs = (0..450).map(|number| (format!("user-{number}"), "administrator"));
        let report = block_on(Client::new(config).unwrap().batch(follow::Check::pairs(), pairs).collect());
        assert_eq!((report.items.len(), report.unknown + report.not_attempted), (450, 0));
        // If the machine pauses for more than 9 ms, a call can arrive too early; it is retried.
        assert!(rejected.load(Ordering::SeqCst) < 45, "{counting:?}: {rejected:?}");
    }
}

#[test]
fn items_that_fail_at_random_succeed_after_retries() {
    let emulator = Emulator::builder().start_blocking().unwrap();
    let follows: String = (0..1000).map(|number| format!("alice,user-{number}\n")).collect();
    emulator.state().import(follows.as_bytes()).unwrap();
    emulator.faults().add(Fault::item_code(30006).command("follow_check").share(0.1)).unwrap();
    let config = config(&emulator).limits(Limits::default().initial_backoff(Duration::from_millis(1)));
    let users = || (0..1000).map(|number| format!("user-{number}"));
    for client in both(&config) {
        let report = client.batch(follow::Check::template("alice"), users(), 32);
        assert_eq!((report.done, report.items.len()), (1000, 1000));
        assert!(report.items.iter().all(|item| item.outcome.done() == Some(&Relation::FOLLOWING)));
    }
    assert!(emulator.calls().len() > 2 * 10, "some targets were retried");
}

/// The code tells what is wrong with the caller, and the advice what to do.
#[test]
fn callers_without_permission_are_rejected_with_advice() {
    let emulator = Emulator::builder().start_blocking().unwrap();
    let key = || emulator.secret_key().clone();
    let app = emulator.sdkappid();
    let other_app = tim_follow::SdkAppId(app.0 + 1);
    for (config, code, advice) in [
        (Config::new(app, "alice", key()), ErrorCode::NOT_ADMIN, "admin"),
        (Config::new(app, "administrator", SecretKey::new("another")), ErrorCode::SIG_MISMATCH, "key"),
        (Config::new(other_app, "administrator", key()), ErrorCode::APP_NOT_FOUND, "sdkappid"),
    ] {
        let config = config.base_url(emulator.base_url());
        for client in both(&config) {
            let error = client.send(follow::Add::new("alice", ["bob"])).unwrap_err();
            assert_eq!(error.code(), Some(code), "{error}");
            assert!(error.to_string().contains(advice), "{error}");
        }
    }
}
