//! Counts the webhooks of one receiver.

use std::sync::Mutex;

use tokio::sync::watch;

use super::{Webhook, WebhookStatus};
use crate::lock::locked;

/// The status of one receiver, shared by its workers.
#[derive(Debug)]
pub(super) struct Counts {
    status: Mutex<WebhookStatus>,
    run_state: watch::Sender<RunState>,
}

/// What the workers of a receiver do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunState {
    /// They retry.
    Running,
    /// The receiver was removed. They do not retry, and the webhook counts as failed.
    Removed,
    /// The emulator stops. They do not retry, and the webhook counts as waiting.
    Stopping,
}

impl Counts {
    pub(super) fn new(id: u64, webhook: &Webhook) -> Self {
        let status = Mutex::new(WebhookStatus {
            id,
            url: webhook.url.clone(),
            signed: webhook.token.is_some(),
            retries: webhook.retries,
            retry_interval: webhook.retry_interval,
            retry_broken: webhook.retry_broken,
            retry_bad_responses: webhook.retry_bad_responses,
            max_waiting: webhook.max_waiting,
            events: webhook.events.clone(),
            delivered: 0,
            failed: 0,
            lost: 0,
            waiting: 0,
            attempts: 0,
            last_failure: None,
        });
        Self { status, run_state: watch::Sender::new(RunState::Running) }
    }

    /// Ends the waits for retries. A receiver that was removed stays removed when the emulator
    /// stops.
    pub(super) fn end(&self, run_state: RunState) {
        self.run_state.send_if_modified(|now| {
            let is_running = *now == RunState::Running;
            if is_running {
                *now = run_state;
            }
            is_running
        });
    }

    pub(super) fn run_state(&self) -> RunState {
        *self.run_state.borrow()
    }

    /// Returns a receiver of the changes of the state.
    pub(super) fn watch(&self) -> watch::Receiver<RunState> {
        self.run_state.subscribe()
    }

    pub(super) fn status(&self) -> WebhookStatus {
        locked(&self.status).clone()
    }

    pub(super) fn waiting(&self) -> u64 {
        locked(&self.status).waiting
    }

    /// Counts a webhook as waiting, or as lost if too many are waiting or `queue` returns false.
    /// Returns whether it waits. The lock is held meanwhile, so the worker cannot count the webhook
    /// as delivered before it counts as waiting.
    pub(super) fn queued(&self, queue: impl FnOnce() -> bool) -> bool {
        let mut status = locked(&self.status);
        let is_queued = status.waiting < u64::from(status.max_waiting) && queue();
        *(if is_queued { &mut status.waiting } else { &mut status.lost }) += 1;
        is_queued
    }

    pub(super) fn attempted(&self) {
        locked(&self.status).attempts += 1;
    }

    pub(super) fn ended(&self, result: Result<(), String>) {
        let mut status = locked(&self.status);
        status.waiting = status.waiting.saturating_sub(1);
        match result {
            Ok(()) => status.delivered += 1,
            Err(reason) => {
                status.failed += 1;
                status.last_failure = Some(reason);
            }
        }
    }
}
