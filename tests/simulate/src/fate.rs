//! Decides from the seed what happens to one request.

use std::time::Duration;

use fastrand::Rng;

use crate::plan::{FIRST_WITHOUT_FAULTS, Fault, Plan, RUNS};

/// The faults that happen to one request. It depends only on the seed, the task and the number of
/// the request in its task, so it is the same if other tasks are removed from the plan.
#[derive(Debug)]
pub(crate) struct Fate {
    faults: Vec<Fault>,
    seed: u64,
    plan_seed: u64,
    pub(crate) random: Rng,
}

impl Fate {
    pub(crate) fn draw(plan: &Plan, task: u32, number: u64) -> Self {
        let has_faults = task == u32::MAX || task / RUNS < FIRST_WITHOUT_FAULTS;
        let seed = Rng::with_seed(plan.seed ^ (u64::from(task) << 40) ^ (number << 8)).u64(..);
        let mut random = Rng::with_seed(seed);
        let happens = |(fault, percent): &(Fault, u8)| {
            // Drawn apart for each fault, so that a fault that is removed from the plan does not
            // change the others.
            let dice = Rng::with_seed(seed ^ ((*fault as u64) << 32)).u8(..100);
            (dice < *percent).then_some(*fault)
        };
        let faults = plan.faults.iter().filter(|_| has_faults).filter_map(happens).collect();
        random.u64(..);
        Self { faults, seed, plan_seed: plan.seed, random }
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The first of these faults that happens.
    pub(crate) fn first(&self, faults: &[Fault]) -> Option<Fault> {
        faults.iter().copied().find(|fault| self.has(*fault))
    }

    /// A random time up to `most`.
    pub(crate) fn time(&mut self, most: Duration) -> Duration {
        Duration::from_nanos(self.random.u64(..=u64::try_from(most.as_nanos()).unwrap_or(u64::MAX)))
    }

    pub(crate) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.random.usize(..values.len())]
    }

    /// The code with which the service rejects this target, if it does.
    pub(crate) fn item_code(&self, user: &str) -> Option<i64> {
        const CODES: [i64; 8] = [30006, 30006, 30007, 30540, 30003, 70009, 12345, 30005];
        if !self.has(Fault::ItemCodes) {
            return None;
        }
        let mix = |seed| user.bytes().fold(seed, |mixed: u64, byte| mixed.wrapping_mul(31).wrapping_add(byte.into()));
        // Some users are always rejected with a transient code.
        if Rng::with_seed(mix(self.plan_seed)).u8(..12) == 0 {
            return Some(30006);
        }
        let mut random = Rng::with_seed(mix(self.seed));
        (random.u8(..3) == 0).then(|| CODES[random.usize(..CODES.len())])
    }

    /// The faults, for the trace.
    pub(crate) fn names(&self) -> String {
        if self.faults.is_empty() { String::new() } else { format!(" {:?}", self.faults) }
    }
}
