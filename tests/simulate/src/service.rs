//! The service: the emulator's commands, a model of its state, and what it did for each target.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tim_emulator::{AppSettings, DirectCall, DirectError, DirectWorld, Quirks, RateLimit, RelationLimits};
use tim_follow::{ErrorCode, SdkAppId, SecretKey};

use crate::defect::Defect;
use crate::history::Seen;
use crate::plan::{FIRST_OWNED, Plan, SHARED_USERS, Work, user};
use crate::reading::{Reading, read};
use crate::wire::Request;

pub(crate) const SDKAPPID: SdkAppId = SdkAppId(1_400_000_000);
pub(crate) const ADMIN: &str = "administrator";
/// The wall clock of the service at the start, in unix seconds.
pub(crate) const START_UNIX: u64 = 1_700_000_000;

pub(crate) fn key() -> SecretKey {
    SecretKey::new("the key of the simulated app")
}

type Pairs = BTreeSet<(String, String)>;

/// The relations that the responses of the service report.
#[derive(Debug, Default)]
struct Model {
    follows: Pairs,
    friends: Pairs,
    blocks: Pairs,
}

#[derive(Debug)]
pub(crate) struct Service {
    world: DirectWorld,
    model: Model,
    defect: Option<Defect>,
}

/// A call that the service has processed.
#[derive(Debug)]
pub(crate) struct Processed {
    pub(crate) body: String,
    /// What the response says about each target, and about users that are not targets.
    pub(crate) reading: Reading,
    /// Whether the tables have what was asked, for each target.
    pub(crate) done: Vec<bool>,
}

/// A request on its way to the service.
pub(crate) struct Incoming<'a> {
    pub(crate) request: &'a Request,
    /// The URL from the path on.
    pub(crate) path_and_query: &'a str,
    pub(crate) body: &'a [u8],
}

impl Service {
    pub(crate) fn new() -> Result<Self, DirectError> {
        Ok(Self { world: DirectWorld::new(SDKAPPID, key())?, model: Model::default(), defect: None })
    }

    /// Starts with the state of a plan.
    pub(crate) fn reset(&mut self, plan: &Plan, defect: Option<Defect>) -> Result<(), DirectError> {
        let mut settings = AppSettings::default();
        let mut quirks = Quirks::default();
        plan.service.quirks.iter().for_each(|name| drop(quirks.set(name, true)));
        settings.quirks = quirks;
        settings.relation_limits = RelationLimits { following: plan.service.max_following, ..RelationLimits::NONE };
        let rate_limit = RateLimit { calls_per_second: plan.service.calls_per_second, window: plan.service.window };
        self.world.reset(settings, Some(rate_limit))?;
        (self.model, self.defect) = (Model::default(), defect);
        self.add_users(&(1..=SHARED_USERS).collect::<Vec<_>>())?;
        for task in plan.tasks() {
            match &task.work {
                Work::Pages(pages) => {
                    let followers: Vec<u32> = (1..=pages.followers).map(|n| pages.owner * 100 + n).collect();
                    self.add_users(&[pages.owner])?;
                    self.add_users(&followers)?;
                    followers.iter().try_for_each(|follower| self.add_follow(*follower, pages.owner))?;
                }
                Work::Sync(sync) => {
                    self.add_users(&[sync.owner])?;
                    sync.before.iter().try_for_each(|to| self.add_follow(sync.owner, *to))?;
                }
                Work::Batch(batch) => {
                    let owned: Vec<u32> =
                        batch.pairs.iter().map(|(from, _)| *from).filter(|from| *from >= FIRST_OWNED).collect();
                    self.add_users(&owned)?;
                }
                Work::Calls(_) | Work::Bulk(_) => {}
            }
        }
        Ok(())
    }

    fn add_users(&self, numbers: &[u32]) -> Result<(), DirectError> {
        let users: Vec<String> = numbers.iter().copied().map(user).collect();
        self.world.add_accounts(users.iter().map(String::as_str))
    }

    fn add_follow(&mut self, from: u32, to: u32) -> Result<(), DirectError> {
        let (from, to) = (user(from), user(to));
        self.world.add_follow(&from, &to, START_UNIX)?;
        self.model.follows.insert((from, to));
        Ok(())
    }

    /// Processes a call `elapsed` after the start.
    pub(crate) fn process(
        &mut self,
        incoming: &Incoming<'_>,
        elapsed: Duration,
        item_fault: &dyn Fn(&str) -> Option<(ErrorCode, String)>,
    ) -> Result<Processed, DirectError> {
        let Incoming { request, path_and_query, body } = incoming;
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let changed = self.defect.zip(request.targets_key()).and_then(|(defect, key)| defect.request(body, key));
        let call = DirectCall {
            path,
            query,
            body: changed.as_deref().unwrap_or(body),
            unix_ms: (START_UNIX * 1000).saturating_add(elapsed.as_millis() as u64),
            elapsed,
        };
        let mut reply = self.world.call(call, item_fault)?.body;
        if let Some((defect, key)) = self.defect.zip(request.items_key())
            && let Ok(mut response) = serde_json::from_str::<Value>(&reply)
            && let Some(last) = request.targets.last()
            && defect.response(&mut response, key, &last.user).is_some()
        {
            reply = response.to_string();
        }
        let reading = read(request, reply.as_bytes());
        let mut done = Vec::with_capacity(reading.seen.len());
        for (position, seen) in reading.seen.iter().enumerate() {
            done.push(self.apply(request, position, *seen)?);
        }
        Ok(Processed { body: reply, reading, done })
    }

    /// Applies a target that was done to the model. Returns whether it was done in the tables too.
    fn apply(&mut self, request: &Request, position: usize, seen: Seen) -> Result<bool, DirectError> {
        let (Seen::Done(relation), Some(target)) = (seen, request.targets.get(position)) else {
            return Ok(matches!(seen, Seen::Done(_)));
        };
        let (from, to) = (request.from.as_str(), target.user.as_str());
        let pair = (from.to_owned(), to.to_owned());
        Ok(match request.command {
            "follow_add" => {
                self.model.follows.insert(pair);
                self.world.follows(from, to)?
            }
            "follow_delete" => {
                self.model.follows.remove(&pair);
                !self.world.follows(from, to)?
            }
            "follow_check" => {
                let (ours, theirs) = (self.world.follows(from, to)?, self.world.follows(to, from)?);
                relation == Some(i64::from(ours) * 2 + i64::from(theirs))
            }
            "friend_import" => {
                self.model.friends.insert(pair);
                self.world.friend_remark(from, to)?.as_ref() == Some(&target.detail)
            }
            "black_list_add" => {
                self.model.friends.remove(&pair);
                self.model.friends.remove(&(to.to_owned(), from.to_owned()));
                self.model.blocks.insert(pair);
                self.world.blocks(from, to)?
            }
            "portrait_set" => self.world.nick(to)?.as_ref() == Some(&target.detail),
            _ => true,
        })
    }

    /// The users that a user follows.
    pub(crate) fn following(&self, from: &str) -> Result<BTreeSet<String>, DirectError> {
        let follows = self.world.all_follows()?;
        Ok(follows.into_iter().filter(|(other, _)| other == from).map(|(_, to)| to).collect())
    }

    /// A relation that is in the tables and not in the model, or the other way round.
    pub(crate) fn difference(&self) -> Result<Option<String>, DirectError> {
        let parts = [
            ("follow", &self.model.follows, self.world.all_follows()?),
            ("friend", &self.model.friends, self.world.all_friends()?),
            ("block", &self.model.blocks, self.world.all_blocks()?),
        ];
        for (name, model, tables) in parts {
            let tables: Pairs = tables.into_iter().collect();
            if let Some((from, to)) = tables.symmetric_difference(model).next() {
                let place = if model.contains(&(from.clone(), to.clone())) { "responses" } else { "tables" };
                return Ok(Some(format!("the {name} of {from} and {to} is only in the {place} of the service")));
            }
        }
        Ok(None)
    }
}
