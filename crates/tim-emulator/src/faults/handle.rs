//! Adds and removes the faults of a running emulator.

use std::fmt;
use std::sync::Mutex;

use super::status::{ActiveFault, FaultStatus};
use super::{Fault, FaultList, InvalidFault};
use crate::clock::Clock;
use crate::lock::locked;

/// The faults of a running emulator; see [`Emulator::faults`](crate::Emulator::faults).
#[derive(Clone, Copy)]
pub struct Faults<'a> {
    pub(crate) list: &'a Mutex<FaultList>,
    pub(crate) clock: &'a Clock,
}

impl Faults<'_> {
    /// Adds a fault, which affects later calls. Returns the number of the fault.
    ///
    /// # Errors
    /// The fault is invalid, or there are already 1000 faults. For example, a fault is invalid if
    /// it has several effects, an unknown command, a share out of range, or a detail that does not
    /// fit its effect.
    pub fn add(&self, fault: Fault) -> Result<u64, InvalidFault> {
        locked(self.list).add(fault, self.clock.now().elapsed)
    }

    /// Returns the active faults. Faults that have expired or reached their number of calls are
    /// removed.
    pub fn list(&self) -> Vec<ActiveFault> {
        locked(self.list).list(self.clock.now().elapsed)
    }

    /// Returns the active faults and the latest ones that have ended, in the order of their
    /// numbers.
    pub(crate) fn list_with_ended(&self) -> Vec<FaultStatus> {
        locked(self.list).list_with_ended(self.clock.now().elapsed)
    }

    /// Returns the fault with this number, if it is active or one of the latest that have ended.
    pub(crate) fn get(&self, id: u64) -> Option<FaultStatus> {
        locked(self.list).get(id, self.clock.now().elapsed)
    }

    /// Removes the fault with this number. Returns whether it was active.
    pub fn remove(&self, id: u64) -> bool {
        locked(self.list).remove(id, self.clock.now().elapsed)
    }

    /// Removes all faults. The random choices of later faults start again, so a test can run again
    /// with the same result. The numbers of later faults continue, because the calls in the log
    /// contain the numbers of earlier faults.
    pub fn clear(&self) {
        locked(self.list).clear(self.clock.now().elapsed);
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}
