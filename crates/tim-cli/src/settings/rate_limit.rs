//! The setting `rate_limit`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// How many calls per second may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RateLimit {
    /// This number of calls per second of each command.
    Calls(NonZeroU32),
    /// Any number.
    Unlimited,
    /// The processes with the same Redis share the limit.
    Redis(RedisUrl),
}

/// The URL of a Redis. It can contain a password, so it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RedisUrl(String);

/// A text that is not a rate limit. The message does not quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseRateLimitError {
    #[error("must be at least 1; `none` means no limit")]
    Zero,
    #[error("expected calls per second, `none`, or a URL such as redis://host/0, rediss://host/0 or unix:///path")]
    Other,
}

impl FromStr for RateLimit {
    type Err = ParseRateLimitError;

    fn from_str(text: &str) -> Result<Self, ParseRateLimitError> {
        let text = text.trim();
        if matches!(text, "none" | "unlimited") {
            return Ok(Self::Unlimited);
        }
        if ["redis://", "rediss://", "unix://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(Self::Redis(RedisUrl(text.to_owned())));
        }
        match text.parse::<u32>() {
            Ok(number) => NonZeroU32::new(number).map(Self::Calls).ok_or(ParseRateLimitError::Zero),
            Err(_) => Err(ParseRateLimitError::Other),
        }
    }
}

impl RedisUrl {
    /// The complete URL. Keep it out of all output.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the URL can contain a user, a password or parameters.
    pub(crate) fn may_have_password(&self) -> bool {
        self.0.contains(['@', '?', '#'])
    }

    /// The URL without a user, a password and parameters.
    fn shown(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        // A password can contain a `?` that is not encoded.
        let rest = rest.rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{}", rest.split(['?', '#']).next().unwrap_or_default())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

/// Shows the limit without a password.
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(calls) => calls.fmt(f),
            Self::Unlimited => f.write_str("none"),
            Self::Redis(url) => f.write_str(&url.shown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_is_a_number_none_or_a_redis() {
        let calls = |calls| RateLimit::Calls(NonZeroU32::new(calls).unwrap());
        assert_eq!("100".parse(), Ok(calls(100)));
        assert_eq!(["none", "unlimited"].map(str::parse), [Ok(RateLimit::Unlimited), Ok(RateLimit::Unlimited)]);
        for url in ["redis://host", "rediss://host:6380/1", "unix:///run/redis.sock"] {
            assert_eq!(url.parse::<RateLimit>().unwrap().to_string(), url);
        }
        assert_eq!("0".parse::<RateLimit>(), Err(ParseRateLimitError::Zero));
        for text in ["", "-1", "1.5", "200/s", "http://host", "4294967296"] {
            assert_eq!(text.parse::<RateLimit>(), Err(ParseRateLimitError::Other), "{text}");
        }
    }

    #[test]
    fn no_output_has_the_password() {
        for url in [
            "redis://:hunter2@host/0",
            "rediss://me:hun?ter2@host/0",
            "redis://me:hun@ter2@host/0",
            "redis://host/0?password=hunter2",
            "unix:///path?pass=hunter2",
        ] {
            let limit: RateLimit = url.parse().unwrap();
            let shown = format!("{limit} {limit:?}");
            assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
            assert!(matches!(&limit, RateLimit::Redis(url) if url.may_have_password()));
        }
        assert!(matches!("redis://host:6379/0".parse(), Ok(RateLimit::Redis(url)) if !url.may_have_password()));
    }
}
