//! Faults as they are shown: active, or ended. A call in the log can contain the number of a fault
//! that has ended.

use std::collections::VecDeque;

use serde::Serialize;

use super::Fault;

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

/// Why a fault has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndReason {
    Removed,
    Expired,
    /// The fault reached its number of calls.
    UsedUp,
}

/// A fault that is active or has ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FaultStatus {
    #[serde(flatten)]
    fault: ActiveFault,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndReason>,
}

impl FaultStatus {
    pub(super) fn active(fault: ActiveFault) -> Self {
        Self { fault, active: true, ended: None }
    }

    pub(super) fn id(&self) -> u64 {
        self.fault.id
    }
}

/// The latest faults that have ended, oldest first. Their number is limited.
#[derive(Debug, Default)]
pub(super) struct EndedFaults(VecDeque<FaultStatus>);

impl EndedFaults {
    const MAX: usize = 200;

    pub(super) fn push(&mut self, fault: ActiveFault, reason: EndReason) {
        if self.0.len() >= Self::MAX {
            self.0.pop_front();
        }
        self.0.push_back(FaultStatus { fault, active: false, ended: Some(reason) });
    }

    pub(super) fn get(&self, id: u64) -> Option<FaultStatus> {
        self.iter().find(|ended| ended.id() == id).cloned()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &FaultStatus> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_are_kept() {
        let mut ended = EndedFaults::default();
        for id in 1..=201 {
            ended.push(ActiveFault { id, fault: Fault::code(1), hits: 0 }, EndReason::Removed);
        }
        assert_eq!(ended.iter().map(FaultStatus::id).collect::<Vec<_>>(), (2..=201).collect::<Vec<_>>());
        assert!(ended.get(1).is_none() && ended.get(2).is_some());
    }
}
