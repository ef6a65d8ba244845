//! What a client needs to know.

use std::time::Duration;

use tim_sig::{SecretKey, SignError};
use tim_transport::{Options, Request, TransportError};
use tim_types::{Region, SdkAppId, UserId};

/// The settings of a client: which app, who acts, where, and how long things may take.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) sdkappid: SdkAppId,
    pub(crate) admin: UserId,
    pub(crate) key: SecretKey,
    pub(crate) place: Option<Place>,
    pub(crate) validity: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) transport: Options,
}

/// Where the service is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Region(Region),
    BaseUrl(String),
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
        /// The given URL, without what follows a `?` or stands before an `@`.
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

    /// The settings of the app `sdkappid`, in whose name `admin` acts. `admin` must be an app admin in the console.
    pub fn new(sdkappid: SdkAppId, admin: impl Into<UserId>, key: SecretKey) -> Self {
        let mut transport = Options::default();
        transport.user_agent = concat!("tim-follow/", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            sdkappid,
            admin: admin.into(),
            key,
            place: None,
            validity: Self::DEFAULT_VALIDITY,
            attempt_timeout: Request::DEFAULT_TIMEOUT,
            transport,
        }
    }

    /// Where the app lives, as the console shows it. Calls go to that region over HTTPS.
    #[must_use]
    pub fn region(self, region: Region) -> Self {
        Self { place: Some(Place::Region(region)), ..self }
    }

    /// Sends calls to this URL instead of a region, for example `http://127.0.0.1:8080` of an emulator.
    ///
    /// Only here may a URL be plain `http`: the signature travels in it, so use it on your own machine only.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { place: Some(Place::BaseUrl(url.into())), ..self }
    }

    /// How long each signature is valid, in whole seconds; a day by default. It is made anew before its end.
    #[must_use]
    pub fn validity(self, validity: Duration) -> Self {
        Self { validity, ..self }
    }

    /// How long one request may take; 5 s by default. The service itself gives up after 3 s, so give it more.
    #[must_use]
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self { attempt_timeout: timeout, ..self }
    }

    /// Options of the transport that `new` of a client makes.
    #[must_use]
    pub fn transport(self, options: Options) -> Self {
        Self { transport: options, ..self }
    }

    /// The start of every URL, without a slash at its end.
    pub(crate) fn base(&self) -> Result<String, ConfigError> {
        match &self.place {
            None => Err(ConfigError::NoRegion),
            Some(Place::Region(region)) => Ok(format!("https://{}", region.primary_host())),
            Some(Place::BaseUrl(url)) => base_url(url),
        }
    }
}

fn base_url(url: &str) -> Result<String, ConfigError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let problem = match rest {
        None => "it must start with https:// or http://",
        Some(rest) if rest.is_empty() || rest.starts_with(['/', ':']) => "it names no host",
        Some(rest) if rest.contains(['?', '#']) => "it must end before the query",
        Some(rest) if rest.contains('@') => "it must hold no user or password",
        Some(rest) if rest.contains(|c: char| c.is_whitespace() || c.is_control()) => "it holds white space",
        Some(_) => return Ok(url.trim_end_matches('/').to_owned()),
    };
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let shown = shown.rsplit('@').next().unwrap_or_default();
    Err(ConfigError::BaseUrl { url: shown.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::new(SdkAppId(1), "administrator", SecretKey::new("key"))
    }

    #[test]
    fn a_region_is_https() {
        assert_eq!(config().region(Region::Tokyo).base().unwrap(), "https://adminapijpn.im.qcloud.com");
        assert!(matches!(config().base(), Err(ConfigError::NoRegion)));
    }

    #[test]
    fn a_base_url_has_a_scheme_and_a_host_and_no_secret() {
        assert_eq!(config().base_url("http://127.0.0.1:80/").base().unwrap(), "http://127.0.0.1:80");
        for (url, problem) in [
            ("127.0.0.1:80", "it must start with https:// or http://"),
            ("http://", "it names no host"),
            ("http://:80", "it names no host"),
            ("http://host/?usersig=secret", "it must end before the query"),
            ("http://me:secret@host", "it must hold no user or password"),
            ("http://a b", "it holds white space"),
        ] {
            let error = config().base_url(url).base().unwrap_err().to_string();
            assert!(error.ends_with(problem), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
