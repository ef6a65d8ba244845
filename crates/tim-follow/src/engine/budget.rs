//! The retry budget of a client: a token bucket that limits retries while the service fails.
//!
//! The costs and refunds are those of the standard retry mode of the AWS SDKs. A retry takes
//! tokens, a success returns some, so a service that responds to some of its calls gets retries,
//! and one that is down gets few. No clock is involved.

use std::sync::{Mutex, PoisonError};

use tim_transport::TransportErrorKind;

use crate::ErrorKind;
use crate::error::Decision;

/// The tokens that a retry takes.
const RETRY_COST: u32 = 5;
/// The tokens that a retry after a timeout takes: the request may still occupy the service.
const TIMEOUT_COST: u32 = 10;
/// The tokens that a successful call without a retry returns.
const REFUND: u32 = 1;

/// The tokens of one client; unlimited without a capacity.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    capacity: Option<u32>,
    tokens: Mutex<u32>,
}

impl RetryBudget {
    pub(crate) fn new(capacity: Option<u32>) -> Self {
        Self { capacity, tokens: Mutex::new(capacity.unwrap_or(0)) }
    }

    /// Takes this many tokens; returns `false` if there are too few.
    pub(crate) fn take(&self, cost: u32) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let left = tokens.checked_sub(cost);
        *tokens = left.unwrap_or(*tokens);
        left.is_some() || self.capacity.is_none()
    }

    /// Returns the tokens of a retry that was not sent.
    pub(crate) fn give_back(&self, tokens: u32) {
        let mut left = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(tokens).min(self.capacity.unwrap_or(0));
    }

    /// The service responded to a call that paid `paid` tokens for its last retry.
    pub(crate) fn refund(&self, paid: u32) {
        self.give_back(paid.max(REFUND));
    }
}

/// The tokens that a retry costs after this failure. Retries after throttling and with a new
/// signature are free: the first are slowed down already, and the second happen once for a call.
pub(crate) fn cost(decision: Decision, kind: &ErrorKind) -> u32 {
    match (decision, kind) {
        (Decision::Retry { .. }, ErrorKind::Transport(error)) if error.kind() == TransportErrorKind::Timeout => {
            TIMEOUT_COST
        }
        (Decision::Retry { .. } | Decision::NextHost | Decision::OtherHost, _) => RETRY_COST,
        (Decision::SlowDown { .. } | Decision::RefreshSignature | Decision::GiveUp, _) => 0,
    }
}
