//! What both clients share: everything that is decided about a call, without IO.

mod backoff;
mod call;
mod decide;
mod flight;
mod hosts;
mod redact;
mod signature;

use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tim_sig::Signer;
use tim_transport::Moment;
use tim_types::SdkAppId;

use crate::event::Observer;
use crate::{Config, ConfigError, Quota};

pub use call::RawAnswer;
pub(crate) use call::{Call, PageRead, Step};
pub(crate) use decide::{Decision, decide, decide_code};
use hosts::Hosts;
use signature::Signature;

/// What stands in a query value as it is.
const UNESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The settings and the state that all calls of a client share.
#[derive(Debug)]
pub(crate) struct Engine {
    sdkappid: SdkAppId,
    /// `sdkappid` and `identifier` as they stand in every query.
    who: String,
    hosts: Hosts,
    signature: Signature,
    quota: Arc<dyn Quota>,
    observer: Observer,
    random: Mutex<fastrand::Rng>,
}

impl Engine {
    /// Checks the settings; `now` is needed to prove that they can sign.
    pub(crate) fn new(config: Config, now: Moment) -> Result<Self, ConfigError> {
        let (primary, backup) = config.bases()?;
        let admin = utf8_percent_encode(config.admin.as_str(), UNESCAPED);
        let who = format!("sdkappid={}&identifier={admin}", config.sdkappid);
        let signer = Signer::new(config.sdkappid.0, config.key)?;
        let signature = Signature::new(signer, config.admin, config.validity);
        signature.at(now.unix)?;
        Ok(Self {
            sdkappid: config.sdkappid,
            who,
            hosts: Hosts::new(primary, backup),
            signature,
            quota: config.quota,
            observer: config.observer,
            random: Mutex::new(config.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
        })
    }

    fn random<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
