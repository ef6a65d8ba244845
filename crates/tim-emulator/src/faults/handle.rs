//! Adding and removing the faults of an emulator.

use std::fmt;
use std::sync::Mutex;

use super::{ActiveFault, Fault, FaultList, InvalidFault};
use crate::clock::Clock;
use crate::lock::locked;

/// The faults of a running emulator; see [`Emulator::faults`](crate::Emulator::faults).
#[derive(Clone, Copy)]
pub struct Faults<'a> {
    pub(crate) list: &'a Mutex<FaultList>,
    pub(crate) clock: &'a Clock,
}

impl Faults<'_> {
    /// Adds a fault, which affects calls from now on. Returns its number.
    ///
    /// # Errors
    /// The fault is invalid: it has no effect or several, an unknown command, a share out of range, or a
    /// detail that its effect does not have. Or there are already 1000 faults.
    pub fn add(&self, fault: Fault) -> Result<u64, InvalidFault> {
        locked(self.list).add(fault, self.clock.now().elapsed)
    }

    /// Returns the active faults, without those that have expired or reached their number of calls.
    pub fn list(&self) -> Vec<ActiveFault> {
        locked(self.list).list(self.clock.now().elapsed)
    }

    /// Removes the fault with this number. Returns whether it existed.
    pub fn remove(&self, id: u64) -> bool {
        locked(self.list).remove(id)
    }

    /// Removes all faults, and starts their numbers and random choices again, so that a run can be
    /// repeated.
    pub fn clear(&self) {
        locked(self.list).clear();
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}
