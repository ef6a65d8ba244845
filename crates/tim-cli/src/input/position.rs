//! How far an input was read.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// How far an input was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPosition {
    /// The number of bytes, after decompression.
    pub offset: u64,
    /// The number of lines; of arguments, the number of targets.
    pub line: u64,
    /// How many of the lines were bad.
    pub bad: u64,
}

/// The state of an input behind a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputState {
    pub position: InputPosition,
    /// Over all targets so far.
    pub fingerprint: Fingerprint,
}

/// The states of an input behind the targets that were read and whose outcomes are not known yet.
#[derive(Debug)]
pub struct PositionQueue {
    waiting: VecDeque<InputState>,
    last: InputState,
}

impl PositionQueue {
    /// `start` is the state before the first target.
    pub fn new(start: InputState) -> Self {
        Self { waiting: VecDeque::new(), last: start }
    }

    /// Adds the state behind the next target.
    pub fn add(&mut self, state: InputState) {
        self.waiting.push_back(state);
    }

    /// The state behind the oldest target. Call this once for each outcome, in the order of the
    /// targets. Without a target, returns the same state again.
    #[expect(clippy::should_implement_trait, reason = "it does not end")]
    pub fn next(&mut self) -> InputState {
        if let Some(next) = self.waiting.pop_front() {
            self.last = next;
        }
        self.last
    }
}
