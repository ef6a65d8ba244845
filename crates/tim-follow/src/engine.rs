//! The state and the decisions that both clients share, without IO.

mod backoff;
mod budget;
mod call;
mod call_state;
mod hosts;
mod redact;
mod stop;
mod url;

use std::sync::{Arc, Mutex, PoisonError};

use tim_sig::{SignatureCache, Signer};
use tim_transport::ClockReading;
use tim_types::{SdkAppId, UserId};

pub(crate) use crate::error::{Decision, decide_code};
use crate::observer::Observer;
use crate::{Config, ConfigError, RateLimiter};

use budget::RetryBudget;
pub use call::RawResponse;
pub(crate) use call::{Call, CallOptions, PageRead, Step};
use hosts::Hosts;
pub(crate) use stop::Stop;
use url::Identity;

/// The settings and the state that all calls of a client share.
#[derive(Debug)]
pub(crate) struct Engine {
    sdkappid: SdkAppId,
    identity: Identity,
    hosts: Hosts,
    admin: UserId,
    /// Holds the signature of the admin.
    signatures: SignatureCache,
    rate_limiter: Arc<dyn RateLimiter>,
    retry_budget: RetryBudget,
    observer: Observer,
    random: Mutex<fastrand::Rng>,
}

impl Engine {
    /// Checks the settings, and signs once at `now` to check that signing works.
    pub(crate) fn new(config: Config, now: ClockReading) -> Result<Self, ConfigError> {
        let (primary, backup) = config.bases()?;
        let signer = Signer::new(config.sdkappid.0, config.key)?;
        let signatures = SignatureCache::new(signer, config.validity, 2);
        signatures.get(config.admin.as_str(), now.unix)?;
        Ok(Self {
            sdkappid: config.sdkappid,
            identity: Identity::new(config.sdkappid, &config.admin),
            hosts: Hosts::new(primary, backup),
            admin: config.admin,
            signatures,
            rate_limiter: config.rate_limiter,
            retry_budget: RetryBudget::new(config.retry_budget),
            observer: config.observer,
            random: Mutex::new(config.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
        })
    }

    fn random<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
