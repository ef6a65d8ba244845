//! Chooses the faults of a call. Deterministic: the time is an argument, and random choices have a seed.

use std::time::Duration;

use fastrand::Rng;
use serde::Serialize;
use tim_types::ErrorCode;

use super::{Effect, Fault, InvalidFault};

/// An active fault, as [`Faults::list`](crate::Faults::list) returns it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ActiveFault {
    /// The number of the fault. Removing a fault needs it, and recorded calls contain it.
    pub id: u64,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// The number of calls, or items, that it has affected.
    pub hits: u64,
}

/// The active faults, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct FaultList {
    seed: u64,
    last_id: u64,
    faults: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    fault: Fault,
    effect: Effect,
    hits: u64,
    /// When it expires.
    until: Option<Duration>,
    /// Its own generator, so that other faults do not change its choices.
    rng: Rng,
}

/// The effects of all faults on one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// How long to wait before the call is processed, and after.
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) response_override: Option<ResponseOverride>,
    pub(crate) body_fault: Option<BodyFault>,
    /// The faults that affect it.
    pub(crate) faults: Vec<u64>,
}

/// What replaces the response.
#[derive(Debug, PartialEq)]
pub(crate) struct ResponseOverride {
    /// Whether the call is processed.
    pub(crate) applied: bool,
    pub(crate) what: Replacement,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Replacement {
    Code(ErrorCode, String),
    Status(u16),
    HangUp,
}

/// What changes how the response is sent.
#[derive(Debug, PartialEq)]
pub(crate) enum BodyFault {
    Truncated(usize),
    Slow(Duration),
    ContentType(String),
}

impl FaultList {
    const MAX: usize = 1000;

    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, last_id: 0, faults: Vec::new() }
    }

    /// Adds a fault. `now` is the time since the start of the emulator.
    pub(crate) fn add(&mut self, fault: Fault, now: Duration) -> Result<u64, InvalidFault> {
        let effect = fault.effect()?;
        self.forget(now);
        if self.faults.len() >= Self::MAX {
            return Err(InvalidFault(
                format!("there are already {} faults: remove some, or clear them", Self::MAX).into(),
            ));
        }
        self.last_id += 1;
        let (id, rng) = (self.last_id, Rng::with_seed(self.seed.wrapping_add(self.last_id)));
        let until = fault.lasting_ms.map(|ms| now.saturating_add(Duration::from_millis(ms)));
        self.faults.push(Entry { id, fault, effect, hits: 0, until, rng });
        Ok(id)
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.faults.len();
        self.faults.retain(|entry| entry.id != id);
        self.faults.len() < before
    }

    /// Removes all faults, and starts numbers and random choices again.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.seed);
    }

    pub(crate) fn list(&mut self, now: Duration) -> Vec<ActiveFault> {
        self.forget(now);
        let show = |entry: &Entry| ActiveFault { id: entry.id, fault: entry.fault.clone(), hits: entry.hits };
        self.faults.iter().map(show).collect()
    }

    /// Returns the effects on a call of `command` by `user`.
    pub(crate) fn plan(&mut self, command: &str, user: Option<&str>, now: Duration) -> Plan {
        let mut plan = Plan::default();
        self.forget(now);
        for entry in &mut self.faults {
            if entry.is_for(command, user) && plan.has_place_for(&entry.effect) && entry.hits() {
                plan.take(entry);
            }
        }
        plan
    }

    /// Returns the number of the fault that rejects one target of such a call, its code and its text.
    pub(crate) fn item(
        &mut self,
        command: &str,
        user: Option<&str>,
        target: &str,
        now: Duration,
    ) -> Option<(u64, ErrorCode, String)> {
        self.forget(now);
        self.faults.iter_mut().find_map(|entry| {
            let Effect::ItemCode(code) = entry.effect else { return None };
            let meant = entry.fault.target.as_deref().is_none_or(|only| only == target);
            (meant && entry.is_for(command, user) && entry.hits()).then(|| (entry.id, ErrorCode(code), entry.info()))
        })
    }

    /// Whether a fault can reject single targets of this command.
    pub(crate) fn has_item_faults(&self, command: &str) -> bool {
        let meant = |entry: &Entry| entry.fault.command.as_deref().is_none_or(|only| only == command);
        self.faults.iter().any(|entry| matches!(entry.effect, Effect::ItemCode(_)) && meant(entry))
    }

    /// Removes faults that have expired or reached their number of calls.
    fn forget(&mut self, now: Duration) {
        self.faults.retain(|entry| {
            entry.until.is_none_or(|until| now < until) && entry.fault.next.is_none_or(|next| entry.hits < next)
        });
    }
}

impl Entry {
    fn is_for(&self, command: &str, user: Option<&str>) -> bool {
        self.fault.command.as_deref().is_none_or(|only| only == command)
            && self.fault.user.as_deref().is_none_or(|only| Some(only) == user)
    }

    /// Whether it affects this call or item. If so, it is counted.
    fn hits(&mut self) -> bool {
        let left = self.fault.next.is_none_or(|next| self.hits < next);
        let hit = left && self.fault.share.is_none_or(|share| self.rng.f64() < share);
        self.hits += u64::from(hit);
        hit
    }

    fn info(&self) -> String {
        self.fault.info.clone().unwrap_or_else(|| format!("caused by fault {} of the emulator", self.id))
    }
}

impl Plan {
    /// Whether this effect would still have a result.
    fn has_place_for(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Latency { .. } => true,
            Effect::Code(_) | Effect::Status(_) | Effect::HangUp => self.response_override.is_none(),
            Effect::Truncate(_) | Effect::Slow(_) | Effect::ContentType(_) => self.body_fault.is_none(),
            Effect::ItemCode(_) => false,
        }
    }

    fn take(&mut self, entry: &mut Entry) {
        let applied = entry.fault.applied;
        let mut instead = |what| self.response_override = Some(ResponseOverride { applied, what });
        match &entry.effect {
            Effect::Latency { wait, jitter } => {
                let more = u64::try_from(jitter.as_millis()).unwrap_or(u64::MAX);
                let wait = *wait + Duration::from_millis(entry.rng.u64(0..=more));
                *(if applied { &mut self.after } else { &mut self.before }) += wait;
            }
            Effect::Code(code) => instead(Replacement::Code(ErrorCode(*code), entry.info())),
            Effect::Status(status) => instead(Replacement::Status(*status)),
            Effect::HangUp => instead(Replacement::HangUp),
            Effect::Truncate(bytes) => self.body_fault = Some(BodyFault::Truncated(*bytes)),
            Effect::Slow(pause) => self.body_fault = Some(BodyFault::Slow(*pause)),
            Effect::ContentType(value) => self.body_fault = Some(BodyFault::ContentType(value.clone())),
            Effect::ItemCode(_) => return,
        }
        self.faults.push(entry.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn list(faults: impl IntoIterator<Item = Fault>) -> FaultList {
        let mut list = FaultList::new(7);
        for fault in faults {
            list.add(fault, NOW).unwrap();
        }
        list
    }

    fn hit(list: &mut FaultList, command: &str, user: &str) -> bool {
        list.plan(command, Some(user), NOW) != Plan::default()
    }

    #[test]
    fn the_next_calls_are_hit_and_no_more() {
        let mut list = list([Fault::code(30006).next(2)]);
        assert_eq!([(); 4].map(|()| hit(&mut list, "follow_add", "bob")), [true, true, false, false]);
        assert_eq!(list.list(NOW), []);
    }

    #[test]
    fn calls_of_others_are_neither_hit_nor_counted() {
        let mut list = list([Fault::status(502).command("follow_add").user("bob").next(1)]);
        assert!(!hit(&mut list, "follow_get", "bob") && !hit(&mut list, "follow_add", "eve"));
        assert_eq!(list.plan("follow_add", None, NOW), Plan::default());
        assert!(hit(&mut list, "follow_add", "bob"));
    }

    #[test]
    fn chance_repeats_with_the_seed_and_comes_near_the_share() {
        let run = |seed| {
            let mut list = FaultList::new(seed);
            list.add(Fault::code(30006).share(0.25), NOW).unwrap();
            (0..1000).map(|_| hit(&mut list, "follow_add", "bob")).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let hits = run(1).into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&hits), "{hits}");
    }

    #[test]
    fn clearing_makes_a_run_repeat() {
        let mut list = FaultList::new(1);
        let mut run = || {
            list.add(Fault::code(30006).share(0.5), NOW).unwrap();
            let hits: Vec<bool> = (0..50).map(|_| hit(&mut list, "follow_add", "bob")).collect();
            list.clear();
            hits
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn another_fault_does_not_change_what_one_hits() {
        let share = || Fault::truncate(1).share(0.5);
        let hits = |list: &mut FaultList| -> Vec<bool> {
            (0..50).map(|_| list.plan("follow_add", None, NOW).body_fault.is_some()).collect()
        };
        assert_eq!(hits(&mut list([share()])), hits(&mut list([share(), Fault::latency(NOW).share(0.5)])));
    }

    #[test]
    fn latencies_add_up_and_stay_within_their_jitter() {
        let ms = Duration::from_millis;
        let jittered = Fault::latency(ms(10)).jitter(ms(5));
        let mut list = list([Fault::latency(ms(100)), jittered, Fault::latency(ms(7)).applied()]);
        let waits: Vec<_> = (0..100).map(|_| list.plan("follow_add", None, NOW).before).collect();
        assert!(waits.iter().all(|wait| (ms(110)..=ms(115)).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]));
        assert_eq!(list.plan("follow_add", None, NOW).after, ms(7));
    }

    #[test]
    fn the_first_response_counts_and_the_others_wait() {
        let mut list = list([Fault::hang_up().next(1), Fault::code(30007).applied(), Fault::content_type("x/y")]);
        let plan = list.plan("follow_add", None, NOW);
        assert_eq!(plan.response_override, Some(ResponseOverride { applied: false, what: Replacement::HangUp }));
        assert_eq!((plan.body_fault, plan.faults), (Some(BodyFault::ContentType("x/y".to_owned())), vec![1, 3]));
        let plan = list.plan("follow_add", None, NOW);
        assert!(matches!(
            plan.response_override,
            Some(ResponseOverride { applied: true, what: Replacement::Code(ErrorCode(30007), _) })
        ));
        assert_eq!(list.list(NOW).iter().map(|fault| (fault.id, fault.hits)).collect::<Vec<_>>(), [(2, 1), (3, 2)]);
    }

    #[test]
    fn items_are_hit_one_by_one() {
        let mut list = list([Fault::item_code(30006).user("bob").target("eve").next(1).info("no")]);
        assert_eq!(list.plan("follow_add", Some("bob"), NOW), Plan::default());
        assert_eq!(list.item("follow_add", Some("bob"), "dan", NOW), None);
        assert_eq!(list.item("follow_add", Some("ann"), "eve", NOW), None);
        assert_eq!(list.item("follow_add", Some("bob"), "eve", NOW), Some((1, ErrorCode(30006), "no".to_owned())));
        assert_eq!(list.item("follow_add", Some("bob"), "eve", NOW), None);
    }

    #[test]
    fn a_fault_ends_when_its_time_is_over() {
        let mut list = list([Fault::code(1).lasting(Duration::from_secs(10))]);
        let mut hit = |second| list.plan("follow_add", None, NOW + Duration::from_secs(second)) != Plan::default();
        assert_eq!([0, 9, 10, 11].map(&mut hit), [true, true, false, false]);
    }

    #[test]
    fn one_can_be_removed_and_too_many_are_rejected() {
        let mut list = list([Fault::code(1), Fault::code(2)]);
        assert!(list.remove(1) && !list.remove(1));
        for _ in 0..FaultList::MAX - 1 {
            list.add(Fault::hang_up(), NOW).unwrap();
        }
        assert!(list.add(Fault::hang_up(), NOW).unwrap_err().to_string().contains("clear"));
        list.clear();
        assert_eq!(list.list(NOW), []);
    }
}
