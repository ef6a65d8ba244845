//! The faults of an emulator, for its users to add and remove.

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
    /// Adds a fault, which hits calls from now on. Returns its number.
    ///
    /// # Errors
    /// The fault makes no sense, and why: no effect or several, a command that the emulator does not know, a share
    /// that is none, a detail that its effect does not have; or there are 1000 faults already.
    pub fn add(&self, fault: Fault) -> Result<u64, InvalidFault> {
        locked(self.list).add(fault, self.clock.now().elapsed)
    }

    /// The faults that are there. Those that are used up or over are gone.
    pub fn list(&self) -> Vec<ActiveFault> {
        locked(self.list).list(self.clock.now().elapsed)
    }

    /// Removes the fault with this number; says whether it was there.
    pub fn remove(&self, id: u64) -> bool {
        locked(self.list).remove(id)
    }

    /// Removes all faults. Their numbers and their chance begin anew, so that what follows repeats.
    pub fn clear(&self) {
        locked(self.list).clear();
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}
