//! Chooses the faults of a call. Deterministic: the time is an argument, and random choices have a
//! seed.

use std::time::Duration;

use fastrand::Rng;
use serde::Serialize;
use tim_types::ErrorCode;

use super::ended::{EndReason, EndedFaults, FaultStatus};
use super::{Effect, Fault, InvalidFault};

/// An active fault, as [`Faults::list`](crate::Faults::list) returns it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ActiveFault {
    /// The number of the fault. [`Faults::remove`](crate::Faults::remove) needs it, and the calls
    /// in the log contain it.
    pub id: u64,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// The number of calls, or of targets for an item code, that the fault has affected.
    pub hits: u64,
}

/// The active faults, in the order in which they were added, and the latest ones that have ended.
#[derive(Debug)]
pub(crate) struct FaultList {
    seed: u64,
    /// Never reset, because the calls in the log contain the numbers of their faults.
    last_id: u64,
    /// The number of faults since the list was cleared. Part of the seed of each fault.
    added: u64,
    faults: Vec<Entry>,
    ended: EndedFaults,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    fault: Fault,
    effect: Effect,
    /// The number of calls or targets that the filters select, before `every` and `share`.
    matched: u64,
    hits: u64,
    /// The time when the fault expires.
    until: Option<Duration>,
    /// The random numbers of this fault only, so that other faults do not change its choices.
    rng: Rng,
}

/// The effects of all faults on one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// The delays before and after the call is processed.
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) response_override: Option<ResponseOverride>,
    pub(crate) body_fault: Option<BodyFault>,
    /// The numbers of the faults that affect the call.
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
        Self { seed, last_id: 0, added: 0, faults: Vec::new(), ended: EndedFaults::default() }
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
        self.added += 1;
        let (id, rng) = (self.last_id, Rng::with_seed(self.seed.wrapping_add(self.added)));
        let until = fault.lasting_ms.map(|ms| now.saturating_add(Duration::from_millis(ms)));
        self.faults.push(Entry { id, fault, effect, matched: 0, hits: 0, until, rng });
        Ok(id)
    }

    /// Removes the fault with this number. Returns whether it was active.
    pub(crate) fn remove(&mut self, id: u64, now: Duration) -> bool {
        self.forget(now);
        let before = self.faults.len();
        self.end(|entry| (entry.id == id).then_some(EndReason::Removed));
        self.faults.len() < before
    }

    /// Removes all faults, and resets the random choices. The numbers continue.
    pub(crate) fn clear(&mut self, now: Duration) {
        self.forget(now);
        self.end(|_| Some(EndReason::Removed));
        self.added = 0;
    }

    pub(crate) fn list(&mut self, now: Duration) -> Vec<ActiveFault> {
        self.forget(now);
        self.faults.iter().map(Entry::show).collect()
    }

    /// Returns the active faults and the ones that have ended, in the order of their numbers.
    pub(crate) fn list_with_ended(&mut self, now: Duration) -> Vec<FaultStatus> {
        self.forget(now);
        let active = self.faults.iter().map(|entry| FaultStatus::active(entry.show()));
        let mut faults: Vec<_> = self.ended.iter().cloned().chain(active).collect();
        faults.sort_by_key(FaultStatus::id);
        faults
    }

    /// Returns the fault with this number, active or ended.
    pub(crate) fn get(&mut self, id: u64, now: Duration) -> Option<FaultStatus> {
        self.forget(now);
        let active = self.faults.iter().find(|entry| entry.id == id);
        active.map(|entry| FaultStatus::active(entry.show())).or_else(|| self.ended.get(id))
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

    /// Returns the fault that rejects one target of a call of `command` by `user`: its number, its
    /// code and its text.
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

    /// Ends the faults that have expired or reached their number of calls.
    fn forget(&mut self, now: Duration) {
        self.end(|entry| match () {
            () if !entry.is_left() => Some(EndReason::UsedUp),
            () if entry.until.is_some_and(|until| now >= until) => Some(EndReason::Expired),
            () => None,
        });
    }

    /// Ends the faults for which `reason` returns a reason.
    fn end(&mut self, reason: impl Fn(&Entry) -> Option<EndReason>) {
        let ended = &mut self.ended;
        self.faults.retain(|entry| match reason(entry) {
            Some(reason) => {
                ended.push(entry.show(), reason);
                false
            }
            None => true,
        });
    }
}

impl Entry {
    fn is_for(&self, command: &str, user: Option<&str>) -> bool {
        self.fault.command.as_deref().is_none_or(|only| only == command)
            && self.fault.user.as_deref().is_none_or(|only| Some(only) == user)
    }

    fn show(&self) -> ActiveFault {
        ActiveFault { id: self.id, fault: self.fault.clone(), hits: self.hits }
    }

    /// Whether the fault has not reached its number of calls.
    fn is_left(&self) -> bool {
        self.fault.next.is_none_or(|next| self.hits < next)
    }

    /// Decides whether the fault affects this call or target, and counts it if it does.
    fn hits(&mut self) -> bool {
        if !self.is_left() {
            return false;
        }
        self.matched += 1;
        let hit = self.fault.every.is_none_or(|every| self.matched.is_multiple_of(every))
            && self.fault.share.is_none_or(|share| self.rng.f64() < share);
        self.hits += u64::from(hit);
        hit
    }

    fn info(&self) -> String {
        self.fault.info.clone().unwrap_or_else(|| format!("caused by fault {} of the emulator", self.id))
    }
}

impl Plan {
    /// Whether this effect can still be added. Only one fault replaces the response, and one
    /// changes how it is sent.
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
mod tests;
