//! What happens over time: both clients against an emulator, over real HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tim_emulator::{Counting, Emulator, Fault, Quota};
use tim_follow::{
    BatchReport, Client, Config, Endpoint, Error, ErrorCode, EventKind, Limits, Paged, SecretKey, SyncReport,
    TooManyDeletes, UserId, blocking, follow, follow::Relation, friend,
};

/// One of the two clients. The emulator has a thread of its own, so blocking here keeps nobody from answering.
enum Either {
    Async(Client),
    Blocking(blocking::Client),
}

impl Either {
    async fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match self {
            Self::Async(client) => client.send(request).await,
            Self::Blocking(client) => client.send(request),
        }
    }

    /// The sizes of the pages of a list, and all its entries.
    async fn list<E: Paged + 'static>(&self, request: E) -> (Vec<usize>, Vec<E::Item>) {
        let mut pages = Vec::new();
        match self {
            Self::Async(client) => {
                let mut walk = client.pages(request);
                while let Some(page) = walk.next().await {
                    pages.push(page.unwrap().items);
                }
            }
            Self::Blocking(client) => pages.extend(client.pages(request).map(|page| page.unwrap().items)),
        }
        (pages.iter().map(Vec::len).collect(), pages.into_iter().flatten().collect())
    }

    async fn call(&self, path: &str, body: &str) {
        let (service, command) = path.split_once('/').unwrap();
        let answer = match self {
            Self::Async(client) => client.call(service, command, body).await,
            Self::Blocking(client) => client.call(service, command, body),
        };
        let answer = answer.unwrap();
        assert!(answer.envelope.is_ok(), "{path}: {}", answer.text);
    }

    async fn import(&self, users: &[&str]) {
        let body = format!(r#"{{"Accounts":["{}"]}}"#, users.join(r#"",""#));
        self.call("im_open_login_svc/multiaccount_import", &body).await;
    }

    async fn follow(&self, from: &str, to: &[&str]) {
        let answer = self.send(follow::Add::new(from, to.iter().copied())).await.unwrap();
        assert!(answer.items.iter().all(|item| item.code == ErrorCode::OK), "{answer:?}");
    }

    /// Makes a user follow exactly these, if it takes at most half of the follows away.
    async fn sync(&self, from: &str, wanted: &[&str]) -> Result<SyncReport, TooManyDeletes> {
        let wanted = wanted.iter().copied();
        match self {
            Self::Async(client) => {
                let plan = client.plan_follows(from, wanted).await.unwrap();
                client.apply_follows(plan, 0.5).await
            }
            Self::Blocking(client) => client.apply_follows(client.plan_follows(from, wanted).unwrap(), 0.5),
        }
    }

    async fn relation(&self, from: &str, to: &str) -> Relation {
        self.send(follow::Check::new(from, [to])).await.unwrap().items[0].result().unwrap()
    }

    async fn counts(&self, user: &str) -> (u64, u64, u64) {
        let answer = self.send(follow::Counts::new(user, [user])).await.unwrap();
        let counts = answer.items[0].result().unwrap();
        (counts.followers, counts.following, counts.mutual)
    }

    async fn users(&self, list: follow::List) -> Vec<UserId> {
        self.list(list).await.1.into_iter().map(|item| item.user).collect()
    }
}

fn config(emulator: &Emulator) -> Config {
    Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone()).base_url(emulator.base_url())
}

/// Tells a story to each client, each with a world of its own.
async fn with_both(story: impl AsyncFn(&Either)) {
    let emulator = Emulator::builder().start().await.unwrap();
    story(&Either::Async(Client::new(config(&emulator)).unwrap())).await;
    let emulator = Emulator::builder().start().await.unwrap();
    story(&Either::Blocking(blocking::Client::new(config(&emulator)).unwrap())).await;
}

#[tokio::test]
async fn following_and_unfollowing() {
    with_both(async |client| {
        client.import(&["alice", "bob", "carol"]).await;
        assert_eq!(client.relation("alice", "bob").await, Relation::NONE);

        client.follow("alice", &["bob", "carol"]).await;
        assert_eq!(client.relation("alice", "bob").await, Relation::FOLLOWING);
        assert_eq!(client.relation("bob", "alice").await, Relation::FOLLOWER);
        assert_eq!(client.counts("alice").await, (0, 2, 0));
        assert_eq!(client.counts("bob").await, (1, 0, 0));

        client.follow("bob", &["alice"]).await;
        assert_eq!(client.relation("alice", "bob").await, Relation::MUTUAL);
        assert_eq!(client.counts("alice").await, (1, 2, 1));
        assert_eq!(client.users(follow::List::mutual("alice")).await, ["bob"]);
        assert_eq!(client.users(follow::List::followers("alice")).await, ["bob"]);
        assert_eq!(client.users(follow::List::following("bob")).await, ["alice"]);

        client.send(follow::Delete::new("alice", ["bob"])).await.unwrap();
        assert_eq!(client.relation("alice", "bob").await, Relation::FOLLOWER);
        assert_eq!(client.users(follow::List::following("alice")).await, ["carol"]);
        assert_eq!(client.counts("bob").await, (0, 1, 0));
        assert_eq!(client.users(follow::List::mutual("bob")).await, Vec::<UserId>::new());
    })
    .await;
}

#[tokio::test]
async fn one_target_may_fail_while_the_others_are_done() {
    with_both(async |client| {
        client.import(&["alice", "bob"]).await;
        let answer = client.send(follow::Add::new("alice", ["bob", "nobody", "alice"])).await.unwrap();
        let codes: Vec<_> = answer.items.iter().map(|item| (item.target.as_str(), item.code.0)).collect();
        assert_eq!(codes, [("bob", 0), ("nobody", 30003), ("alice", 30001)]);
        let error = client.send(follow::Add::new("nobody", ["bob"])).await.unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some(ErrorCode::ACCOUNT_NOT_FOUND), 1));
    })
    .await;
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    with_both(async |client| {
        let fans: Vec<String> = (0..60).map(|number| format!("fan-{number}")).collect();
        let fans: Vec<&str> = fans.iter().map(String::as_str).collect();
        client.import(&["star"]).await;
        client.import(&fans).await;
        for fan in &fans {
            client.follow(fan, &["star"]).await;
        }
        for (size, pages) in [(20, vec![20, 20, 20]), (59, vec![59, 1]), (60, vec![60]), (1000, vec![60])] {
            let (sizes, items) = client.list(follow::List::followers("star").page_size(size)).await;
            assert_eq!(sizes, pages);
            let mut users: Vec<_> = items.iter().map(|item| item.user.as_str()).collect();
            users.sort_unstable_by_key(|user| user[4..].parse::<u32>().unwrap());
            assert_eq!(users, fans);
        }
    })
    .await;
}

#[tokio::test]
async fn friends_in_one_list_or_in_both() {
    with_both(async |client| {
        client.import(&["alice", "bob", "carol"]).await;
        let add = |from: &str, to: &str, kind: &str| {
            format!(
                r#"{{"From_Account":"{from}","AddFriendItem":[{{"To_Account":"{to}","AddSource":"AddSource_Type_API"}}],
                   "AddType":"Add_Type_{kind}","ForceAddFlags":1}}"#
            )
        };
        client.call("sns/friend_add", &add("alice", "bob", "Both")).await;
        client.call("sns/friend_add", &add("carol", "alice", "Single")).await;

        let relations = async |request: friend::Check| {
            let items = client.send(request).await.unwrap().items;
            items.iter().map(|item| item.result().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(
            relations(friend::Check::both("alice", ["bob", "carol"])).await,
            [friend::Relation::BOTH_WAY, friend::Relation::B_WITH_A]
        );
        assert_eq!(
            relations(friend::Check::single("alice", ["bob", "carol"])).await,
            [friend::Relation::A_WITH_B, friend::Relation::NO_RELATION]
        );

        let delete = r#"{"From_Account":"bob","To_Account":["alice"],"DeleteType":"Delete_Type_Single"}"#;
        client.call("sns/friend_delete", delete).await;
        assert_eq!(relations(friend::Check::both("alice", ["bob"])).await, [friend::Relation::A_WITH_B]);

        let answer = client.send(friend::Check::both("alice", ["bob", "nobody"])).await.unwrap();
        assert_eq!(answer.items[1].result().unwrap_err().code, ErrorCode::ACCOUNT_NOT_FOUND);
        assert_eq!(answer.failed, ["nobody"]);
    })
    .await;
}

#[tokio::test]
async fn profiles_come_with_a_list_and_go_with_the_account() {
    with_both(async |client| {
        client.call("im_open_login_svc/account_import", r#"{"UserID":"bob","Nick":"Bob"}"#).await;
        client.import(&["alice"]).await;
        client.follow("alice", &["bob"]).await;
        let body = r#"{"From_Account":"bob","ProfileItem":[{"Tag":"Tag_Profile_IM_Level","Value":7}]}"#;
        client.call("profile/portrait_set", body).await;

        let (_, items) = client.list(follow::List::following("alice")).await;
        let profile = items[0].profile.as_ref().unwrap();
        assert!(profile.iter().any(|item| item.tag == tim_follow::ProfileTag::NICK && item.value == "Bob"));
        assert!(profile.iter().any(|item| item.tag == tim_follow::ProfileTag::LEVEL && item.value == 7));

        client.call("im_open_login_svc/account_delete", r#"{"DeleteItem":[{"UserID":"bob"}]}"#).await;
        assert_eq!(client.counts("alice").await, (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn following_exactly_a_set() {
    with_both(async |client| {
        let users: Vec<String> = (0..50).map(|number| format!("user-{number}")).collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        client.import(&["alice"]).await;
        client.import(&users).await;
        let report = client.sync("alice", &users[..40]).await.unwrap();
        assert_eq!((report.added.done, report.deleted.items.len()), (40, 0));

        let report = client.sync("alice", &users[20..]).await.unwrap();
        assert_eq!((report.added.done, report.deleted.done), (10, 20));
        assert!(report.is_complete());
        let mut followed = client.users(follow::List::following("alice")).await;
        followed.sort_by_key(|user| user.as_str()[5..].parse::<u32>().unwrap());
        assert_eq!(followed, users[20..]);

        assert!(client.sync("alice", &users[20..]).await.unwrap().added.items.is_empty(), "nothing is left to do");
        let error = client.sync("alice", &users[20..30]).await.unwrap_err();
        assert_eq!((error.delete, error.following), (20, 30));
        assert_eq!(client.counts("alice").await.1, 30, "nothing was changed");
    })
    .await;
}

/// Pacing over real sockets; pacing.rs has more of it in virtual time.
#[tokio::test]
async fn a_batch_keeps_the_quota_of_the_emulator() {
    for counting in [Counting::Fixed, Counting::Sliding] {
        let quota = Quota { calls_per_second: 200, counting };
        let emulator = Emulator::builder().quota(quota).start().await.unwrap();
        let refused = Arc::new(AtomicUsize::new(0));
        let count = refused.clone();
        let config = config(&emulator).observe(move |event| {
            if let EventKind::AttemptEnded { code: Some(ErrorCode::CALLS_TOO_FREQUENT), .. } = event.kind {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let pairs = (0..450).map(|number| (format!("user-{number}"), "administrator"));
        let report = Client::new(config).unwrap().batch(follow::Check::pairs(), pairs).collect().await;
        assert_eq!((report.items.len(), report.unknown + report.not_attempted), (450, 0));
        // On a machine that stands still for more than 9 ms a call may come too early; it is repeated.
        assert!(refused.load(Ordering::SeqCst) < 45, "{counting:?}: {refused:?}");
    }
}

#[tokio::test]
async fn items_that_fail_by_chance_are_done_in_the_end() {
    let emulator = Emulator::builder().start().await.unwrap();
    let follows: String = (0..1000).map(|number| format!("alice,user-{number}\n")).collect();
    emulator.state().import(follows.as_bytes()).unwrap();
    emulator.faults().add(Fault::item_code(30006).command("follow_check").share(0.1)).unwrap();
    let config = config(&emulator).limits(Limits::default().initial_backoff(Duration::from_millis(1)));
    let users = || (0..1000).map(|number| format!("user-{number}"));
    let all_done = |report: &BatchReport<follow::Check>| {
        assert_eq!((report.done, report.items.len()), (1000, 1000));
        assert!(report.items.iter().all(|item| item.outcome.done() == Some(&Relation::FOLLOWING)));
    };
    all_done(&Client::new(config.clone()).unwrap().batch(follow::Check::template("alice"), users()).collect().await);
    all_done(&blocking::Client::new(config).unwrap().batch(follow::Check::template("alice"), users()).collect());
    assert!(emulator.calls().len() > 2 * 10, "some were sent again");
}

/// The one who calls is refused with the code of what is wrong with it, and told what to do.
#[tokio::test]
async fn callers_that_are_not_let_in() {
    let emulator = Emulator::builder().start().await.unwrap();
    let key = || emulator.secret_key().clone();
    let app = emulator.sdkappid();
    let other_app = tim_follow::SdkAppId(app.0 + 1);
    for (config, code, advice) in [
        (Config::new(app, "alice", key()), ErrorCode::NOT_ADMIN, "admin"),
        (Config::new(app, "administrator", SecretKey::new("another")), ErrorCode::SIG_MISMATCH, "key"),
        (Config::new(other_app, "administrator", key()), ErrorCode::APP_NOT_FOUND, "sdkappid"),
    ] {
        let config = config.base_url(emulator.base_url());
        for client in [
            Either::Async(Client::new(config.clone()).unwrap()),
            Either::Blocking(blocking::Client::new(config.clone()).unwrap()),
        ] {
            let error = client.send(follow::Add::new("alice", ["bob"])).await.unwrap_err();
            assert_eq!(error.code(), Some(code), "{error}");
            assert!(error.to_string().contains(advice), "{error}");
        }
    }
}
