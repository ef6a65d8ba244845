//! Both clients behind one type, so that the tasks are the same. The functions of the blocking
//! client block their task; the other tasks run inside it.

use std::sync::Arc;

use tim_follow::{
    BatchItem, BatchTemplate, Client, Config, ConfigError, Endpoint, Error, EventKind, FromIter, LocalRateLimiter,
    Page, PageError, Paged, RateLimiter, RawResponse, SyncPlan, SyncReport, TooManyDeletes, UserId, blocking,
};

use crate::defect::Defect;
use crate::network::{Connections, HOSTS};
use crate::plan::Process;
use crate::service::{ADMIN, SDKAPPID, key};
use crate::sharing::SharedLimiter;
use crate::sim::Sim;
use crate::wire;

#[derive(Debug, Clone)]
pub(crate) enum AnyClient {
    Async(Client),
    Blocking(blocking::Client),
}

type PageOf<R> = Result<Page<<R as Paged>::Item, <R as Paged>::Position>, PageError<<R as Paged>::Position>>;

impl AnyClient {
    /// The client of a process.
    pub(crate) fn new(sim: &Arc<Sim>, index: usize, defect: Option<Defect>) -> Result<Self, ConfigError> {
        let process = &sim.plan.processes[index];
        let config = config(sim, process, defect);
        sim.check_text(&format!("{config:?}"));
        let connections = Arc::new(Connections::new(Arc::clone(sim), index));
        Ok(if process.is_blocking {
            Self::Blocking(blocking::Client::with_transport(config, connections)?)
        } else {
            Self::Async(Client::with_transport(config, connections)?)
        })
    }

    pub(crate) async fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match self {
            Self::Async(client) => client.send(request).await,
            Self::Blocking(client) => client.send(request),
        }
    }

    pub(crate) async fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        match self {
            Self::Async(client) => client.call(service, command, body).await,
            Self::Blocking(client) => client.call(service, command, body),
        }
    }

    pub(crate) fn batch<T, I>(&self, template: T, targets: I, in_flight: usize) -> AnyOutcomes<T, I>
    where
        T: BatchTemplate,
        I: Iterator<Item = T::Target>,
    {
        match self {
            Self::Async(client) => AnyOutcomes::Async(client.batch(template, targets).in_flight(in_flight)),
            // With one call in flight, it starts no thread.
            Self::Blocking(client) => AnyOutcomes::Blocking(client.batch(template, targets).in_flight(1)),
        }
    }

    pub(crate) fn pages<R: Paged + 'static>(&self, request: R, prefetch: bool) -> AnyPages<R> {
        match self {
            Self::Async(client) if prefetch => AnyPages::Async(client.pages(request).prefetch()),
            Self::Async(client) => AnyPages::Async(client.pages(request)),
            Self::Blocking(client) => AnyPages::Blocking(client.pages(request)),
        }
    }

    pub(crate) async fn plan_follows(&self, from: String, wanted: Vec<UserId>) -> Result<SyncPlan, PageError> {
        match self {
            Self::Async(client) => client.plan_follows(from, wanted).await,
            Self::Blocking(client) => client.plan_follows(from, wanted),
        }
    }

    /// `None` if the client is blocking, whose batches would start threads.
    pub(crate) async fn apply_follows(&self, plan: SyncPlan, share: f64) -> Option<Result<SyncReport, TooManyDeletes>> {
        match self {
            Self::Async(client) => Some(client.apply_follows(plan, share).await),
            Self::Blocking(_) => None,
        }
    }
}

fn config(sim: &Arc<Sim>, process: &Process, defect: Option<Defect>) -> Config {
    let total = if sim.plan.redis.is_some() { sim.plan.service.calls_per_second } else { process.share };
    let fast = if defect == Some(Defect::FastLimiter) { (total / 10).max(1) } else { 0 };
    let limit = |limiter: LocalRateLimiter, command| limiter.limit(command, total + fast);
    let limiter: Arc<dyn RateLimiter> = match sim.plan.redis {
        Some(_) => Arc::new(SharedLimiter::new(sim, process, total + fast)),
        None => Arc::new(wire::commands().fold(LocalRateLimiter::new(), limit)),
    };
    let limits = tim_follow::Limits::default()
        .max_attempts(process.max_attempts)
        .attempt_timeout(process.attempt_timeout)
        .deadline(process.deadline)
        .initial_backoff(process.initial_backoff);
    let (observed, id) = (Arc::clone(sim), process.id);
    let config = Config::new(SDKAPPID, ADMIN, key())
        .base_url(HOSTS[0])
        .limits(limits)
        .retry_budget(process.retry_budget)
        .validity(process.validity)
        .rate_limiter(limiter)
        .seed(sim.plan.seed ^ u64::from(id))
        .observe(move |event| {
            if let EventKind::Attempt { number, .. } = event.kind {
                observed.announce(id, number);
            }
            let text = event.to_string();
            observed.check_text(&text);
            observed.check_text(&format!("{event:?}"));
            observed.log(|| format!("  task {} {text}", observed.current_task()));
        });
    if process.has_backup { config.backup_url(HOSTS[1]) } else { config }
}

pub(crate) enum AnyOutcomes<T: BatchTemplate, I> {
    Async(tim_follow::Outcomes<T, FromIter<I>>),
    Blocking(blocking::Outcomes<T, I>),
}

impl<T: BatchTemplate, I: Iterator<Item = T::Target>> AnyOutcomes<T, I> {
    pub(crate) async fn next(&mut self) -> Option<BatchItem<T::Request>> {
        match self {
            Self::Async(outcomes) => outcomes.next().await,
            Self::Blocking(outcomes) => outcomes.next(),
        }
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Self::Async(outcomes) => outcomes.stop(),
            Self::Blocking(outcomes) => outcomes.stop(),
        }
    }

    pub(crate) fn stopped_by(&self) -> Option<&Error> {
        match self {
            Self::Async(outcomes) => outcomes.stopped_by(),
            Self::Blocking(outcomes) => outcomes.stopped_by(),
        }
    }
}

pub(crate) enum AnyPages<R: Paged> {
    Async(tim_follow::Pages<R>),
    Blocking(blocking::Pages<R>),
}

impl<R: Paged + 'static> AnyPages<R> {
    pub(crate) async fn next(&mut self) -> Option<PageOf<R>> {
        match self {
            Self::Async(pages) => pages.next().await,
            Self::Blocking(pages) => pages.next(),
        }
    }
}
