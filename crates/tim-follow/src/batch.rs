//! Batches of both clients: sends any number of targets in as many calls as needed.

mod fatal;
mod outcome;
mod queue;
mod report;
mod scheduler;
mod window;

pub use outcome::{BatchItem, Outcome, TargetError};
pub use report::BatchReport;
pub(crate) use scheduler::{BatchAction, CallResult, Chunk, Scheduler, stop_if_fatal};

/// The maximum number of calls in flight, unless a caller sets another one.
pub(crate) const DEFAULT_IN_FLIGHT: usize = 32;
