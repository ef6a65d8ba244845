//! Counts the webhooks of one receiver.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Webhook, WebhookStatus};
use crate::lock::locked;

/// The status of one receiver, shared by its workers.
#[derive(Debug)]
pub(super) struct Counts {
    status: Mutex<WebhookStatus>,
    is_removed: AtomicBool,
}

impl Counts {
    pub(super) fn new(id: u64, webhook: &Webhook) -> Self {
        let status = Mutex::new(WebhookStatus {
            id,
            url: webhook.url.clone(),
            signed: webhook.token.is_some(),
            retries: webhook.retries,
            events: webhook.events.clone(),
            delivered: 0,
            failed: 0,
            lost: 0,
            waiting: 0,
            last_failure: None,
        });
        Self { status, is_removed: AtomicBool::new(false) }
    }

    pub(super) fn set_removed(&self) {
        self.is_removed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_removed(&self) -> bool {
        self.is_removed.load(Ordering::Relaxed)
    }

    pub(super) fn status(&self) -> WebhookStatus {
        locked(&self.status).clone()
    }

    pub(super) fn waiting(&self) -> u64 {
        locked(&self.status).waiting
    }

    /// Counts a webhook as waiting, or as lost if `queue` returns false. Returns that value. The
    /// lock is held meanwhile, so the worker cannot count the webhook as delivered before it counts
    /// as waiting.
    pub(super) fn queued(&self, queue: impl FnOnce() -> bool) -> bool {
        let mut status = locked(&self.status);
        let is_queued = queue();
        *(if is_queued { &mut status.waiting } else { &mut status.lost }) += 1;
        is_queued
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
