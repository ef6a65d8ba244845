//! Counts the webhooks of one receiver.

use std::sync::Mutex;

use super::{Webhook, WebhookStatus};
use crate::lock::locked;

/// The status of one receiver, shared by its workers.
#[derive(Debug)]
pub(super) struct Counts(Mutex<WebhookStatus>);

impl Counts {
    pub(super) fn new(id: u64, webhook: &Webhook) -> Self {
        Self(Mutex::new(WebhookStatus {
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
        }))
    }

    pub(super) fn status(&self) -> WebhookStatus {
        locked(&self.0).clone()
    }

    pub(super) fn waiting(&self) -> u64 {
        locked(&self.0).waiting
    }

    /// Counts a webhook as waiting, or as lost if `queue` returns false. Returns that value. The
    /// lock is held meanwhile, so the worker cannot count the webhook as delivered before it counts
    /// as waiting.
    pub(super) fn queued(&self, queue: impl FnOnce() -> bool) -> bool {
        let mut status = locked(&self.0);
        let is_queued = queue();
        *(if is_queued { &mut status.waiting } else { &mut status.lost }) += 1;
        is_queued
    }

    pub(super) fn ended(&self, result: Result<(), String>) {
        let mut status = locked(&self.0);
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
