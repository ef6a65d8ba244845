//! The receivers of webhooks, and the queues of their workers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use tim_types::SdkAppId;
use tim_types::webhook::Event;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;

use super::counts::Counts;
use super::delivery::{Delivery, DeliveryWorker};
use super::{InvalidWebhook, Webhook, WebhookStatus, shown};
use crate::clock::Clock;
use crate::lock::locked;

/// The number of queues of a receiver. The events of one user use the same queue, so they keep
/// their order.
const QUEUES: usize = 4;
/// The maximum number of webhooks that wait in a queue. Further webhooks are dropped and counted as
/// lost.
const MAX_WAITING: usize = 1000;

/// All receivers. They can change while the emulator runs.
pub(crate) struct Webhooks {
    sdkappid: SdkAppId,
    clock: Arc<Clock>,
    /// The runtime of the workers.
    runtime: Handle,
    initial: Vec<Webhook>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    receivers: Vec<Receiver>,
    /// The counts of receivers that were removed while webhooks waited for them.
    removed: Vec<Arc<Counts>>,
    workers: JoinSet<()>,
}

struct Receiver {
    webhook: Arc<Webhook>,
    queues: [Sender<Delivery>; QUEUES],
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
        let this = Self { sdkappid, clock, runtime, initial: webhooks.clone(), state: Mutex::default() };
        this.replace(webhooks)?;
        Ok(this)
    }

    /// Replaces the receivers for later events. The workers of the earlier receivers deliver the
    /// waiting webhooks and then end.
    pub(crate) fn replace(&self, webhooks: Vec<Webhook>) -> Result<(), InvalidWebhook> {
        let mut state = locked(&self.state);
        let mut workers = Vec::new();
        let receivers = webhooks.into_iter().map(|webhook| self.receiver(webhook, &mut workers));
        let receivers = receivers.collect::<Result<Vec<_>, _>>()?;
        let earlier = mem::replace(&mut state.receivers, receivers);
        state.removed.extend(earlier.into_iter().map(|receiver| receiver.counts));
        state.removed.retain(|counts| counts.waiting() > 0);
        while state.workers.try_join_next().is_some() {}
        for worker in workers {
            state.workers.spawn_on(worker.run(), &self.runtime);
        }
        Ok(())
    }

    /// Restores the receivers of the start. Their counts start at 0.
    pub(crate) fn reset(&self) {
        // This cannot fail, because they were valid at the start.
        let _ = self.replace(self.initial.clone());
    }

    fn receiver(&self, webhook: Webhook, workers: &mut Vec<DeliveryWorker>) -> Result<Receiver, InvalidWebhook> {
        let invalid = |reason: &'static str| InvalidWebhook { url: shown(&webhook.url), reason: reason.into() };
        let endpoint = webhook.endpoint().map_err(invalid)?;
        webhook.check_events()?;
        let (counts, endpoint, webhook) = (Arc::new(Counts::new(&webhook)), Arc::new(endpoint), Arc::new(webhook));
        let queues = std::array::from_fn(|_| {
            let (queue, waiting) = channel(MAX_WAITING);
            workers.push(DeliveryWorker {
                webhook: Arc::clone(&webhook),
                endpoint: Arc::clone(&endpoint),
                waiting,
                counts: Arc::clone(&counts),
                sdkappid: self.sdkappid,
                clock: Arc::clone(&self.clock),
            });
            queue
        });
        Ok(Receiver { webhook, queues, counts })
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
        let mut body = None;
        for receiver in state.receivers.iter().filter(|receiver| receiver.webhook.wants(event.command())) {
            let body = body.get_or_insert_with(|| Bytes::from(serde_json::to_string(event).unwrap_or_default()));
            let delivery = Delivery { command: event.command(), body: body.clone(), client_ip, platform };
            let queue = receiver.queues.iter().cycle().nth((user % QUEUES as u64) as usize);
            receiver.counts.queued(|| queue.is_some_and(|queue| queue.try_send(delivery).is_ok()));
        }
    }

    /// Stops accepting events, and waits until all waiting webhooks are delivered or have failed.
    pub(crate) async fn finish(&self) {
        let mut workers = {
            let mut state = locked(&self.state);
            let receivers = mem::take(&mut state.receivers);
            state.removed.extend(receivers.into_iter().map(|receiver| receiver.counts));
            mem::take(&mut state.workers)
        };
        while workers.join_next().await.is_some() {}
    }

    /// Returns the number of waiting webhooks, including those for removed receivers.
    pub(crate) fn waiting(&self) -> u64 {
        let state = locked(&self.state);
        let receivers = state.receivers.iter().map(|receiver| &receiver.counts);
        receivers.chain(&state.removed).map(|counts| counts.waiting()).sum()
    }
}
