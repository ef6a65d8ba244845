//! The receivers of webhooks, and the queues of their workers.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use tim_types::SdkAppId;
use tim_types::webhook::Event;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::counts::{Counts, RunState};
use super::delivery::{DeliveryWorker, Shared};
use super::log::DeliveryLog;
use super::record::{Delivery, DeliveryState, Payload, WebhookDelivery};
use super::{InvalidWebhook, Webhook, WebhookStatus};
use crate::clock::Clock;
use crate::lock::locked;

/// The number of queues of a receiver. The events of one user use the same queue, so they keep
/// their order.
const QUEUES: usize = 4;
/// The maximum number of receivers.
const MAX_RECEIVERS: usize = 100;

/// All receivers. They can change while the emulator runs.
pub(crate) struct Webhooks {
    sdkappid: SdkAppId,
    clock: Arc<Clock>,
    /// The runtime of the workers.
    runtime: Handle,
    initial: Vec<Webhook>,
    state: Mutex<State>,
    log: Arc<DeliveryLog>,
}

/// The reason why a delivery cannot be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResendError {
    #[error("the log has no delivery {0}: GET /_emulator/webhooks/deliveries lists the deliveries")]
    NoDelivery(u64),
    #[error(
        "cannot send the delivery {number} again: its receiver {receiver} was removed; add the receiver, and \
             repeat the call that caused the webhook"
    )]
    NoReceiver { number: u64, receiver: u64 },
}

#[derive(Default)]
struct State {
    receivers: Vec<Receiver>,
    last_id: u64,
    /// The counts of receivers that were removed while webhooks waited for them.
    removed: Vec<Arc<Counts>>,
    workers: JoinSet<()>,
}

impl State {
    /// Counts the webhooks that wait for removed receivers. Starts the workers of new ones.
    fn changed(&mut self, removed: Vec<Receiver>, workers: Vec<DeliveryWorker>, runtime: &Handle) {
        for receiver in removed {
            receiver.counts.end(RunState::Removed);
            self.removed.push(receiver.counts);
        }
        self.removed.retain(|counts| counts.waiting() > 0);
        while self.workers.try_join_next().is_some() {}
        for worker in workers {
            self.workers.spawn_on(worker.run(), runtime);
        }
    }
}

struct Receiver {
    id: u64,
    webhook: Arc<Webhook>,
    queues: [UnboundedSender<Delivery>; QUEUES],
    counts: Arc<Counts>,
}

impl Webhooks {
    /// Starts the workers of these receivers on `runtime`.
    pub(crate) fn new(
        webhooks: Vec<Webhook>,
        sdkappid: SdkAppId,
        clock: Arc<Clock>,
        runtime: Handle,
    ) -> Result<Self, InvalidWebhook> {
        let (initial, state, log) = (webhooks.clone(), <_>::default(), <_>::default());
        let this = Self { sdkappid, clock, runtime, initial, state, log };
        this.replace(webhooks)?;
        Ok(this)
    }

    /// Replaces the receivers for later events. The workers of the earlier receivers deliver the
    /// waiting webhooks and then end, as after [`remove`](Self::remove).
    pub(crate) fn replace(&self, webhooks: Vec<Webhook>) -> Result<(), InvalidWebhook> {
        let mut state = locked(&self.state);
        let (mut receivers, mut workers, mut last_id) = (Vec::new(), Vec::new(), state.last_id);
        for webhook in webhooks {
            last_id += 1;
            receivers.push(self.receiver(last_id, webhook, receivers.len(), &mut workers)?);
        }
        state.last_id = last_id;
        let earlier = mem::replace(&mut state.receivers, receivers);
        state.changed(earlier, workers, &self.runtime);
        Ok(())
    }

    /// Adds a receiver for later events.
    pub(crate) fn add(&self, webhook: Webhook) -> Result<WebhookStatus, InvalidWebhook> {
        let mut state = locked(&self.state);
        let (id, mut workers) = (state.last_id + 1, Vec::new());
        let receiver = self.receiver(id, webhook, state.receivers.len(), &mut workers)?;
        state.last_id = id;
        let status = receiver.counts.status();
        state.receivers.push(receiver);
        state.changed(Vec::new(), workers, &self.runtime);
        Ok(status)
    }

    /// Removes a receiver. Its workers deliver the waiting webhooks and then end. After an attempt
    /// without a response, a worker makes no further attempts. Returns whether the receiver
    /// existed.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut state = locked(&self.state);
        let removed: Vec<_> = state.receivers.extract_if(.., |receiver| receiver.id == id).collect();
        let exists = !removed.is_empty();
        state.changed(removed, Vec::new(), &self.runtime);
        exists
    }

    /// Restores the receivers of the start. Their counts start at 0.
    pub(crate) fn reset(&self) {
        // This cannot fail, because they were valid at the start.
        let _ = self.replace(self.initial.clone());
    }

    /// Creates a receiver, and adds its workers to `workers`. `others` is the number of other
    /// receivers.
    fn receiver(
        &self,
        id: u64,
        webhook: Webhook,
        others: usize,
        workers: &mut Vec<DeliveryWorker>,
    ) -> Result<Receiver, InvalidWebhook> {
        let connector = webhook.check()?;
        if others >= MAX_RECEIVERS {
            return Err(webhook
                .invalid(format!("there are already {MAX_RECEIVERS} receivers, which is the maximum: remove one")));
        }
        let (counts, webhook) = (Arc::new(Counts::new(id, &webhook)), Arc::new(webhook));
        let shared = Shared {
            webhook: Arc::clone(&webhook),
            connector: Arc::new(connector),
            counts: Arc::clone(&counts),
            log: Arc::clone(&self.log),
            sdkappid: self.sdkappid,
            clock: Arc::clone(&self.clock),
        };
        // The counts limit the number of waiting webhooks, over all queues of the receiver.
        let queues = std::array::from_fn(|_| {
            let (queue, waiting) = unbounded_channel();
            workers.push(DeliveryWorker::new(shared.clone(), waiting));
            queue
        });
        Ok(Receiver { id, webhook, queues, counts })
    }

    /// Returns the log of deliveries.
    pub(crate) fn log(&self) -> &DeliveryLog {
        &self.log
    }

    /// Returns the status of each receiver.
    pub(crate) fn status(&self) -> Vec<WebhookStatus> {
        locked(&self.state).receivers.iter().map(|receiver| receiver.counts.status()).collect()
    }

    /// Queues an event for all receivers that get events with its name. `platform` is the value of
    /// `OptPlatform`. Never waits.
    pub(crate) fn send(&self, event: &Event, client_ip: IpAddr, platform: &'static str) {
        let mut hasher = DefaultHasher::new();
        event.user().hash(&mut hasher);
        let user = hasher.finish();
        let state = locked(&self.state);
        let mut payload = None;
        for receiver in state.receivers.iter().filter(|receiver| receiver.webhook.wants(event.command())) {
            let payload = payload.get_or_insert_with(|| {
                let body = Bytes::from(serde_json::to_string(event).unwrap_or_default());
                Arc::new(Payload { event: event.command(), body, client_ip, platform, user })
            });
            self.queue(receiver, payload, None);
        }
    }

    /// Queues a delivery in the log again, for the same receiver.
    pub(crate) fn resend(&self, number: u64) -> Result<Arc<WebhookDelivery>, ResendError> {
        let earlier = self.log.get(number).ok_or(ResendError::NoDelivery(number))?;
        let state = locked(&self.state);
        let receiver = state.receivers.iter().find(|receiver| receiver.id == earlier.receiver);
        let receiver = receiver.ok_or(ResendError::NoReceiver { number, receiver: earlier.receiver })?;
        Ok(self.queue(receiver, &earlier.payload, Some(number)))
    }

    /// Records a delivery in the log and queues it. Returns it as it is afterwards.
    fn queue(&self, receiver: &Receiver, payload: &Arc<Payload>, resend_of: Option<u64>) -> Arc<WebhookDelivery> {
        let recorded = self.log.push(WebhookDelivery {
            number: 0,
            at_ms: self.clock.now().unix_ms,
            receiver: receiver.id,
            url: receiver.webhook.url.clone(),
            event: payload.event,
            query: payload.query(self.sdkappid).to_string(),
            state: DeliveryState::Waiting,
            resend_of,
            attempts: Vec::new(),
            payload: Arc::clone(payload),
        });
        let delivery = Delivery { number: recorded.number, retries: 0, payload: Arc::clone(payload) };
        let queue = receiver.queues.iter().cycle().nth((payload.user % QUEUES as u64) as usize);
        if !receiver.counts.queued(|| queue.is_some_and(|queue| queue.send(delivery).is_ok())) {
            self.log.ended(recorded.number, DeliveryState::Lost);
        }
        self.log.get(recorded.number).unwrap_or(recorded)
    }

    /// Ends the waits for retries, because the emulator stops. Each waiting webhook then gets at
    /// most one more attempt.
    pub(crate) fn end_retries(&self) {
        locked(&self.state).receivers.iter().for_each(|receiver| receiver.counts.end(RunState::Stopping));
    }

    /// Stops accepting events, and waits until each waiting webhook was sent one more time.
    pub(crate) async fn finish(&self) {
        self.end_retries();
        let mut workers = {
            let mut state = locked(&self.state);
            let receivers = mem::take(&mut state.receivers);
            state.removed.extend(receivers.into_iter().map(|receiver| receiver.counts));
            mem::take(&mut state.workers)
        };
        while workers.join_next().await.is_some() {}
    }

    /// Returns the number of waiting webhooks of each URL, including those for removed receivers.
    pub(crate) fn waiting(&self) -> BTreeMap<String, u64> {
        let state = locked(&self.state);
        let receivers = state.receivers.iter().map(|receiver| &receiver.counts);
        let mut waiting = BTreeMap::new();
        for status in receivers.chain(&state.removed).map(|counts| counts.status()).filter(|status| status.waiting > 0)
        {
            *waiting.entry(status.url).or_default() += status.waiting;
        }
        waiting
    }
}
