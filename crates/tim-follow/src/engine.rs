//! What both clients share: everything that is decided about a call, without IO.

mod call;
mod signature;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tim_sig::{SignError, Signer};
use tim_transport::Moment;

use crate::{Config, ConfigError};

pub use call::RawAnswer;
pub(crate) use call::{Call, Step};
use signature::Signature;

/// What stands in a query value as it is.
const UNESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The settings and the state that all calls of a client share.
#[derive(Debug)]
pub(crate) struct Engine {
    base: String,
    /// `sdkappid` and `identifier` as they stand in every query.
    who: String,
    signature: Signature,
    random: Mutex<fastrand::Rng>,
    attempt_timeout: Duration,
}

impl Engine {
    /// Checks the settings; `now` is needed to prove that they can sign.
    pub(crate) fn new(config: Config, now: Moment) -> Result<Self, ConfigError> {
        let base = config.base()?;
        let admin = utf8_percent_encode(config.admin.as_str(), UNESCAPED);
        let who = format!("sdkappid={}&identifier={admin}", config.sdkappid);
        let signer = Signer::new(config.sdkappid.0, config.key)?;
        let signature = Signature::new(signer, config.admin, config.validity);
        signature.at(now.unix)?;
        let random = Mutex::new(fastrand::Rng::new());
        Ok(Self { base, who, signature, random, attempt_timeout: config.attempt_timeout })
    }

    /// The URL of a call, with the signature in it.
    fn url(&self, service: &str, command: &str, now: Moment) -> Result<String, SignError> {
        let usersig = self.signature.at(now.unix)?;
        let random = self.random.lock().unwrap_or_else(PoisonError::into_inner).u32(..);
        let (base, who, usersig) = (&self.base, &self.who, usersig.expose());
        Ok(format!("{base}/v4/{service}/{command}?{who}&usersig={usersig}&random={random}&contenttype=json"))
    }
}
