//! What both clients share: everything that is decided about a call, without IO.

mod backoff;
mod budget;
mod call;
mod call_state;
mod decide;
mod hosts;
mod redact;
mod stop;

use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tim_sig::{SignatureCache, Signer};
use tim_transport::ClockReading;
use tim_types::{SdkAppId, UserId};

use crate::event::Observer;
use crate::{Config, ConfigError, RateLimiter};

use budget::RetryBudget;
pub use call::RawResponse;
pub(crate) use call::{Call, PageRead, Step};
pub(crate) use decide::{Decision, decide, decide_code};
use hosts::Hosts;
pub(crate) use stop::Stop;

/// What stands in a query value as it is.
const UNESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The settings and the state that all calls of a client share.
#[derive(Debug)]
pub(crate) struct Engine {
    sdkappid: SdkAppId,
    /// `sdkappid` and `identifier` as they stand in every query.
    identity: String,
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
    /// Checks the settings; `now` is needed to prove that they can sign.
    pub(crate) fn new(config: Config, now: ClockReading) -> Result<Self, ConfigError> {
        let (primary, backup) = config.bases()?;
        let admin = utf8_percent_encode(config.admin.as_str(), UNESCAPED);
        let who = format!("sdkappid={}&identifier={admin}", config.sdkappid);
        let signer = Signer::new(config.sdkappid.0, config.key)?;
        let signatures = SignatureCache::new(signer, config.validity, 2);
        signatures.get(config.admin.as_str(), now.unix)?;
        Ok(Self {
            sdkappid: config.sdkappid,
            identity: who,
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
