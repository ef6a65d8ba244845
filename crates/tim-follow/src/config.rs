//! Settings of a client.

mod base_url;
mod env;
mod error;

use std::sync::Arc;
use std::time::Duration;

use tim_sig::SecretKey;
use tim_transport::Options;
use tim_types::{Region, SdkAppId, UserId};

use crate::event::Event;
use crate::observer::Observer;
use crate::{Limits, LocalRateLimiter, RateLimiter};
use base_url::BaseUrl;

pub use error::ConfigError;

/// The settings of a client: the app, the admin, the key, the region, and optional settings with
/// defaults.
///
/// ```
/// use std::time::Duration;
/// use tim_follow::{Config, Limits, Region, SdkAppId, SecretKey};
///
/// # fn key() -> SecretKey { SecretKey::new("key") }
/// let config = Config::new(SdkAppId(1400000000), "administrator", key())
///     .region(Region::Singapore)
///     .limits(Limits::default().deadline(Duration::from_secs(5)));
/// # let _ = config;
/// ```
///
/// [`from_env`](Self::from_env) reads the required settings from environment variables. A client
/// checks all settings when it is created. `Debug` does not show the key.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) sdkappid: SdkAppId,
    pub(crate) admin: UserId,
    pub(crate) key: SecretKey,
    location: Option<Location>,
    backup_url: Option<BaseUrl>,
    pub(crate) validity: Duration,
    pub(crate) limits: Limits,
    pub(crate) retry_budget: Option<u32>,
    pub(crate) rate_limiter: Arc<dyn RateLimiter>,
    pub(crate) observer: Observer,
    pub(crate) seed: Option<u64>,
    transport: Options,
}

/// Where calls go.
#[derive(Debug, Clone)]
enum Location {
    Region(Region),
    BaseUrl(BaseUrl),
}

impl Config {
    /// The default validity of a signature: one day, the shortest that Tencent recommends.
    pub const DEFAULT_VALIDITY: Duration = Duration::from_secs(86_400);

    /// The default number of tokens of the [retry budget](Self::retry_budget): enough for 100
    /// retries, or for 50 after timeouts.
    pub const DEFAULT_RETRY_BUDGET: u32 = 500;

    /// Settings of the app `sdkappid`. Calls are made as `admin`, which must be an app admin in the
    /// console. `key` is the secret key of the app.
    ///
    /// A [`region`](Self::region) or a [`base_url`](Self::base_url) is required too.
    pub fn new(sdkappid: SdkAppId, admin: impl Into<UserId>, key: SecretKey) -> Self {
        let mut transport = Options::default();
        transport.user_agent = concat!("tim-follow/", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            sdkappid,
            admin: admin.into(),
            key,
            location: None,
            backup_url: None,
            validity: Self::DEFAULT_VALIDITY,
            limits: Limits::default(),
            retry_budget: Some(Self::DEFAULT_RETRY_BUDGET),
            rate_limiter: Arc::new(LocalRateLimiter::new()),
            observer: Observer::default(),
            seed: None,
            transport,
        }
    }

    /// Sets the region of the app, as the console shows it. Calls go to its hosts over HTTPS.
    ///
    /// If no connection to the primary host can be made, calls go to the documented backup host of
    /// the same region for one minute.
    #[must_use]
    pub fn region(self, region: Region) -> Self {
        Self { location: Some(Location::Region(region)), ..self }
    }

    /// Sets a base URL to use in place of a region, for example `http://127.0.0.1:9000` of an
    /// emulator.
    ///
    /// This is the only way to use plain `http`. URLs contain the signature, so use `http` only on
    /// your own machine. A base URL has no backup unless [`backup_url`](Self::backup_url) sets one.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { location: Some(Location::BaseUrl(BaseUrl::new(url))), ..self }
    }

    /// Sets the base URL to use if no connection to the primary one can be made. It replaces the
    /// backup host of the region.
    #[must_use]
    pub fn backup_url(self, url: impl Into<String>) -> Self {
        Self { backup_url: Some(BaseUrl::new(url)), ..self }
    }

    /// Sets how long each signature is valid, in whole seconds; one day by default. A new signature
    /// is made before the old one expires.
    #[must_use]
    pub fn validity(self, validity: Duration) -> Self {
        Self { validity, ..self }
    }

    /// Sets the limits of every call. `with_limits` of a client changes them for some calls.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets the tokens of the retry budget: 500 by default, `None` for unlimited retries.
    ///
    /// The budget prevents clients from sending a failing service several times the usual load:
    ///
    /// | event | tokens |
    /// |---|---|
    /// | a retry | -5 |
    /// | a retry after a timeout | -10 |
    /// | a call ends with a result, or with a rejection that is not retried | +5 or +10: the cost of its last retry; or +1 if there was none |
    /// | a retry after throttling, with a new signature, or of a single item of a batch | 0 |
    ///
    /// If there are too few tokens for a retry, the call ends with its last error
    /// ([`Error::is_retry_budget_empty`](crate::Error::is_retry_budget_empty)), and a batch stops.
    /// Clones of a client share one budget.
    #[must_use]
    pub fn retry_budget(self, tokens: impl Into<Option<u32>>) -> Self {
        Self { retry_budget: tokens.into(), ..self }
    }

    /// Sets the rate limiter; a new [`LocalRateLimiter`] by default. Clients that are created from
    /// clones of these settings share it. All clients of one app in a process should share one.
    #[must_use]
    pub fn rate_limiter(self, rate_limiter: Arc<dyn RateLimiter>) -> Self {
        Self { rate_limiter, ..self }
    }

    /// Sets a function that is called for each [`Event`] of each call. It runs inside the call, so
    /// it must return quickly.
    #[must_use]
    pub fn observe(self, observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { observer: Observer::new(observe), ..self }
    }

    /// Makes the backoff and the query parameter `random` of each call reproducible, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// The options of the transport that `Client::new` creates, for programs that create the
    /// transport themselves.
    pub fn transport_options(&self) -> Options {
        self.transport.clone()
    }

    /// Sets the options of the transport that `Client::new` creates, for example a proxy or
    /// further root certificates. The transport of `Client::with_transport` does not use them.
    #[must_use]
    pub fn transport(self, options: Options) -> Self {
        Self { transport: options, ..self }
    }

    /// The start of every URL, without a slash at its end: the primary one and its backup.
    pub(crate) fn bases(&self) -> Result<(String, Option<String>), ConfigError> {
        let https = |host: &str| format!("https://{host}");
        let (primary, backup) = match &self.location {
            None => return Err(ConfigError::NoRegion),
            Some(Location::Region(region)) => (https(region.primary_host()), Some(https(region.backup_host()))),
            Some(Location::BaseUrl(url)) => (url.checked()?, None),
        };
        match &self.backup_url {
            Some(url) => Ok((primary, Some(url.checked()?))),
            None => Ok((primary, backup)),
        }
    }
}

#[cfg(test)]
mod tests;
