//! What a client needs to know.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tim_sig::{SecretKey, SignError};
use tim_transport::{Options, TransportError};
use tim_types::{Region, SdkAppId, UserId};

use crate::event::Event;
use crate::observer::Observer;
use crate::{Limits, LocalRateLimiter, RateLimiter};

/// The settings of a client: which app, who acts, where, and how long things may take.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) sdkappid: SdkAppId,
    pub(crate) admin: UserId,
    pub(crate) key: SecretKey,
    pub(crate) place: Option<Location>,
    pub(crate) backup_url: Option<BaseUrl>,
    pub(crate) validity: Duration,
    pub(crate) limits: Limits,
    pub(crate) retry_budget: Option<u32>,
    pub(crate) rate_limiter: Arc<dyn RateLimiter>,
    pub(crate) observer: Observer,
    pub(crate) seed: Option<u64>,
    pub(crate) transport: Options,
}

/// Where the service is.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    Region(Region),
    BaseUrl(BaseUrl),
}

/// A base URL as it was given, not yet checked.
#[derive(Clone)]
pub(crate) struct BaseUrl(String);

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

/// Why a client was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither a region nor a base URL was given. An app lives in exactly one region, so none is guessed.
    #[error("it is not said where the app lives: give the region that the console shows, or a base URL")]
    NoRegion,
    /// The base URL is not one.
    #[error("{url:?} is no base URL: {problem}")]
    BaseUrl {
        /// The given URL without a query; only its scheme when it holds an `@`, since a password may be before it.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The key, the admin or the validity cannot make a signature.
    #[error("calls of this app cannot be signed: {0}")]
    Signing(#[from] SignError),
    /// The transport cannot work with its options.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl Config {
    /// How long a signature is valid unless told otherwise: a day, the shortest time that Tencent advises.
    pub const DEFAULT_VALIDITY: Duration = Duration::from_secs(86_400);

    /// The tokens of the retry budget unless told otherwise: enough for 100 retries, or 50 after timeouts.
    pub const DEFAULT_RETRY_BUDGET: u32 = 500;

    /// The settings of the app `sdkappid`, in whose name `admin` acts. `admin` must be an app admin in the console.
    pub fn new(sdkappid: SdkAppId, admin: impl Into<UserId>, key: SecretKey) -> Self {
        let mut transport = Options::default();
        transport.user_agent = concat!("tim-follow/", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            sdkappid,
            admin: admin.into(),
            key,
            place: None,
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

    /// Where the app lives, as the console shows it. Calls go to that region over HTTPS.
    ///
    /// When no connection to its host can be made, they go to the documented backup host of the same region, and come
    /// back after a minute.
    #[must_use]
    pub fn region(self, region: Region) -> Self {
        Self { place: Some(Location::Region(region)), ..self }
    }

    /// Sends calls to this URL instead of a region, for example `http://127.0.0.1:8080` of an emulator.
    ///
    /// Only here may a URL be plain `http`: the signature travels in it, so use it on your own machine only. It has no
    /// backup unless [`backup_url`](Self::backup_url) gives one.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { place: Some(Location::BaseUrl(BaseUrl(url.into()))), ..self }
    }

    /// Where calls go when no connection to the base URL, or to the region, can be made; instead of the region's own
    /// backup host.
    #[must_use]
    pub fn backup_url(self, url: impl Into<String>) -> Self {
        Self { backup_url: Some(BaseUrl(url.into())), ..self }
    }

    /// How long each signature is valid, in whole seconds; a day by default. It is made anew before its end.
    #[must_use]
    pub fn validity(self, validity: Duration) -> Self {
        Self { validity, ..self }
    }

    /// The bounds of every call; a client may be given others with its `with_limits`.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// How many tokens the client has for retries; 500 by default, `None` for retries without a budget.
    ///
    /// The budget keeps clients from sending a failing service several times the usual load. A retry costs 5 tokens, 10
    /// after a timeout. A call that the service answers, with a result or a rejection that is not retried, brings the cost
    /// of its last retry back, or 1 token when it had none. Throttled calls, a new signature and single items of a batch
    /// that are sent again cost nothing. A call that finds too few tokens ends with its last error
    /// ([`Error::is_retry_budget_empty`](crate::Error::is_retry_budget_empty)), and a batch stops. Clones of a client share its
    /// budget.
    #[must_use]
    pub fn retry_budget(self, tokens: impl Into<Option<u32>>) -> Self {
        Self { retry_budget: tokens.into(), ..self }
    }

    /// Who says when a call may go out; by default a [`LocalRateLimiter`], which clients made from clones of these settings
    /// share. All clients of one app in a process should share one.
    #[must_use]
    pub fn rate_limiter(self, quota: Arc<dyn RateLimiter>) -> Self {
        Self { rate_limiter: quota, ..self }
    }

    /// Calls this function for everything that happens to a call. It must be quick: calls wait for it.
    #[must_use]
    pub fn observe(self, observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { observer: Observer::new(observe), ..self }
    }

    /// Makes the pauses and the `random` of each call the same every time, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// The options of the transport that `new` of a client makes, for callers that make the transport themselves.
    pub fn transport_options(&self) -> Options {
        self.transport.clone()
    }

    /// Options of the transport that `new` of a client makes.
    #[must_use]
    pub fn transport(self, options: Options) -> Self {
        Self { transport: options, ..self }
    }

    /// The start of every URL, without a slash at its end: the primary one and its backup.
    pub(crate) fn bases(&self) -> Result<(String, Option<String>), ConfigError> {
        let https = |host: &str| format!("https://{host}");
        let (primary, backup) = match &self.place {
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

impl BaseUrl {
    /// The start of the URLs of calls.
    fn checked(&self) -> Result<String, ConfigError> {
        let url = self.0.as_str();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let problem = match rest {
            None => "it must start with https:// or http://",
            Some(rest) if rest.is_empty() || rest.starts_with(['/', ':']) => "it names no host",
            Some(rest) if rest.contains('@') => "it must hold no user or password",
            Some(rest) if rest.contains(['?', '#']) => "it must end before the query",
            Some(rest) if rest.contains(|c: char| c.is_whitespace() || c.is_control()) => "it holds white space",
            Some(rest) if !has_valid_port(rest) => "its port must be a number from 1 to 65535",
            Some(_) => return Ok(url.trim_end_matches('/').to_owned()),
        };
        Err(ConfigError::BaseUrl { url: self.shown(), problem })
    }

    /// The URL without what may be a secret: a query, and all but the scheme when there may be a password.
    fn shown(&self) -> String {
        match self.0.split_once("://") {
            _ if !self.0.contains('@') => self.0.split(['?', '#']).next().unwrap_or_default().to_owned(),
            Some((scheme, _)) if !scheme.contains('@') => format!("{scheme}://***"),
            _ => "***".to_owned(),
        }
    }
}

/// Whether the port after the host is one, if there is a port.
fn has_valid_port(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let after_host = match authority.rsplit_once(']') {
        Some((_, after)) => after,
        None if authority.starts_with('[') => return true,
        None => authority.find(':').map_or("", |at| &authority[at..]),
    };
    match after_host.strip_prefix(':') {
        Some(port) => port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0),
        None => after_host.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::new(SdkAppId(1), "administrator", SecretKey::new("key"))
    }

    #[test]
    fn a_region_is_https() {
        let (primary, backup) = config().region(Region::Tokyo).bases().unwrap();
        assert_eq!(primary, "https://adminapijpn.im.qcloud.com");
        assert_eq!(backup.as_deref(), Some("https://adminapijpn.my-imcloud.com"));
        assert!(matches!(config().bases(), Err(ConfigError::NoRegion)));
    }

    #[test]
    fn a_base_url_has_a_scheme_and_a_host_and_no_secret() {
        let loopback = config().base_url("http://127.0.0.1:80/");
        assert_eq!(loopback.bases().unwrap(), ("http://127.0.0.1:80".to_owned(), None));
        let backup = loopback.backup_url("http://[::1]").bases().unwrap().1;
        assert_eq!(backup.as_deref(), Some("http://[::1]"));
        for (url, problem) in [
            ("127.0.0.1:80", "it must start with https:// or http://"),
            ("http://", "it names no host"),
            ("http://:80", "it names no host"),
            ("http://host/?usersig=secret", "it must end before the query"),
            ("http://me:secret@host", "it must hold no user or password"),
            ("http://me:sec?ret@secret@host", "it must hold no user or password"),
            ("http://host/?secret@secret", "it must hold no user or password"),
            ("http://a b", "it holds white space"),
            ("http://127.0.0.1:99999", "its port must be a number from 1 to 65535"),
            ("http://host:0/path", "its port must be a number from 1 to 65535"),
            ("http://host:", "its port must be a number from 1 to 65535"),
            ("http://host:+80", "its port must be a number from 1 to 65535"),
            ("http://[::1]:65536", "its port must be a number from 1 to 65535"),
        ] {
            let error = config().base_url(url).bases().unwrap_err().to_string();
            assert!(error.ends_with(problem), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_hides_a_password_in_a_url() {
        for url in ["http://me:hunter2@host", "http://me:hun?ter2@hunter2@host/", "http://host?usersig=hunter2"] {
            let shown = format!("{:?}", config().base_url(url).backup_url(url));
            assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
        }
        let shown = format!("{:?}", config().base_url("http://127.0.0.1:80"));
        assert!(shown.contains("http://127.0.0.1:80"), "{shown}");
    }

    #[test]
    fn debug_hides_the_key() {
        let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
