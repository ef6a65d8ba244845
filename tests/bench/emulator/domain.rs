//! Accounts with profiles, friends and follows: imported through the API with the client, exported,
//! compared with what was sent, and imported and exported a second time.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tim_emulator::Emulator;
use tim_follow::friend::{AddSource, ImportedFriend};
use tim_follow::{Client, Config, ProfileItem, Unlimited, account, follow, friend, profile};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::{Scratch, Size};

const FRIENDS_OF_ONE: u64 = 10;
const FOLLOWS_OF_ONE: u64 = 100;
/// The number of calls of portrait_set that run at once. It has no batch.
const PROFILES_AT_ONCE: u64 = 32;

pub(super) fn run(size: Size) -> bool {
    let users = size.follows / FOLLOWS_OF_ONE;
    let scratch = Scratch::new("domain");
    let (first, second) = (scratch.file("first.ndjson"), scratch.file("second.ndjson"));
    let emulator = Emulator::builder().data(scratch.file("world.db")).recorded_calls(0).start_blocking().unwrap();
    emulator.set_rate_limit(None);
    let start = Instant::now();
    Runtime::new().unwrap().block_on(fill(&emulator, users));
    let filled = start.elapsed();
    emulator.state().export(BufWriter::new(File::create(&first).unwrap())).unwrap();
    let is_complete = found(&first) == sent(users);

    let other = Emulator::builder().data(scratch.file("other.db")).start_blocking().unwrap();
    other.state().import(BufReader::new(File::open(&first).unwrap())).unwrap();
    other.state().export(BufWriter::new(File::create(&second).unwrap())).unwrap();
    let is_same = same(&first, &second);
    println!(
        "| {users} accounts with profiles, {} friends and {} follows through the API | {:.1} s | export complete: \
         {is_complete} | second export equal: {is_same} |",
        users * FRIENDS_OF_ONE,
        users * FOLLOWS_OF_ONE,
        filled.as_secs_f64(),
    );
    is_complete && is_same
}

fn name(user: u64) -> String {
    format!("user{user}")
}

fn friends_of(user: u64, users: u64) -> impl Iterator<Item = u64> {
    (1..=FRIENDS_OF_ONE).map(move |step| (user + step * 7) % users)
}

fn followed_by(user: u64, users: u64) -> impl Iterator<Item = u64> {
    (1..=FOLLOWS_OF_ONE).map(move |step| (user + step * 3) % users)
}

fn remark(owner: u64, friend: u64) -> String {
    format!("{friend} of {owner}")
}

/// Sends everything with the asynchronous client.
async fn fill(emulator: &Emulator, users: u64) {
    let config = Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone())
        .base_url(emulator.base_url())
        .rate_limiter(Arc::new(Unlimited));
    let client = Client::new(config).unwrap();

    let accounts = (0..users).map(|user| account::Import::new(name(user)).with_nick(format!("nick {user}")));
    let mut outcomes = client.batch(account::ImportMany::template(), accounts);
    while let Some(item) = outcomes.next().await {
        assert!(item.outcome.done().is_some(), "{}: {}", item.target.user, item.outcome);
    }

    let mut tasks = JoinSet::new();
    for first in 0..PROFILES_AT_ONCE {
        let client = client.clone();
        tasks.spawn(async move {
            for user in (first..users).step_by(PROFILES_AT_ONCE as usize) {
                let fields =
                    [ProfileItem::level(user as u32), ProfileItem::custom("Team", format!("team {}", user % 7))];
                client.send(profile::Set::new(name(user), fields)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;

    let friends = (0..users).flat_map(|owner| {
        friends_of(owner, users).map(move |other| {
            let friend = ImportedFriend::new(name(other), AddSource::WEB).remark(remark(owner, other)).groups(["Work"]);
            (name(owner), friend.added_at(1_600_000_000 + other))
        })
    });
    let mut outcomes = client.batch(friend::Import::pairs(), friends);
    while let Some(item) = outcomes.next().await {
        assert!(item.outcome.done().is_some(), "{} and {}: {}", item.from, item.target.user, item.outcome);
    }

    let follows = (0..users).flat_map(|from| followed_by(from, users).map(move |to| (name(from), name(to))));
    let mut outcomes = client.batch(follow::Add::pairs(), follows);
    while let Some(item) = outcomes.next().await {
        assert!(item.outcome.done().is_some(), "{} and {}: {}", item.from, item.target, item.outcome);
    }
}

/// The number of records of a kind, and the sum of their hashes, which does not depend on their
/// order.
type Summary = BTreeMap<&'static str, (u64, u64)>;

fn add(summary: &mut Summary, kind: &'static str, record: &[&str]) {
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    let (count, sum) = summary.entry(kind).or_default();
    (*count, *sum) = (*count + 1, sum.wrapping_add(hasher.finish()));
}

fn sent(users: u64) -> Summary {
    let mut summary = Summary::new();
    for user in 0..users {
        let (nick, level, team) = (format!("nick {user}"), user.to_string(), format!("team {}", user % 7));
        add(&mut summary, "account", &[&name(user), &nick, &level, &team, "Work"]);
        for friend in friends_of(user, users) {
            let time = (1_600_000_000 + friend).to_string();
            let (owner, friend, remark) = (name(user), name(friend), remark(user, friend));
            add(&mut summary, "friend", &[&owner, &friend, "AddSource_Type_Web", &remark, "Work", &time]);
        }
        for to in followed_by(user, users) {
            add(&mut summary, "follow", &[&name(user), &name(to)]);
        }
    }
    summary
}

/// The records of an export, without the account of the admin.
fn found(path: &Path) -> Summary {
    let mut summary = Summary::new();
    for line in BufReader::new(File::open(path).unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |record: &Value, key: &str| match &record[key] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(record) = line.get("account").filter(|record| record["user"] != "administrator") {
            let profile = &record["profile"];
            let fields = ["Nick", "Level"].map(|field| text(profile, &format!("Tag_Profile_IM_{field}")));
            let team = text(profile, "Tag_Profile_Custom_Team");
            let group = record["groups"][0].as_str().unwrap_or_default();
            add(&mut summary, "account", &[&text(record, "user"), &fields[0], &fields[1], &team, group]);
        }
        if let Some(record) = line.get("friend") {
            let [owner, friend, source, remark, at] =
                ["owner", "friend", "source", "remark", "at"].map(|key| text(record, key));
            let group = record["groups"][0].as_str().unwrap_or_default();
            add(&mut summary, "friend", &[&owner, &friend, &source, &remark, group, &at]);
        }
        if let Some(record) = line.get("follow") {
            add(&mut summary, "follow", &[&text(record, "from"), &text(record, "to")]);
        }
    }
    summary
}

/// Whether two files have the same bytes.
fn same(one: &Path, other: &Path) -> bool {
    let read = |path| BufReader::with_capacity(1 << 20, File::open(path).unwrap()).bytes().map(Result::unwrap);
    read(one).eq(read(other))
}
