//! How fast calls are sent, and how long one is tried.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tim_follow::transport::ClockReading;
use tim_follow::{
    Acquire, Config, Endpoint, Limits, LocalRateLimiter, OnUnavailable, RateLimitKey, RateLimiter, RedisLimiterError,
    RedisRateLimiter, Unlimited, Waiter,
};

use crate::exit::Failure;
use crate::settings::secret::never_quoted;
use crate::settings::{RateLimit, Resolved, Source};
use crate::time;

/// How fast calls are sent, and how long one is tried.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Calls")]
pub(crate) struct PaceArgs {
    /// Calls per second, `none`, or the URL of a Redis, whose limit all processes with the same URL
    /// share. The service takes 200 calls per second of each command, probably from all programs of
    /// an app together. A URL with a password must be in the variable or the profile, because other
    /// users can see arguments [env: TIM_RATE_LIMIT] [default: 200]
    #[arg(long, alias = "calls-per-second", value_name = "N|none|URL", value_parser = never_quoted(rate_limit))]
    rate_limit: Option<RateLimit>,
    /// Calls per second of each command that the processes with the same Redis send together; use
    /// the same number in all of them [default: 200]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    rate_limit_calls: Option<NonZeroU32>,
    /// If Redis is unavailable: `wait` until the timeout of a call, then stop; `stop` at once; or
    /// send at most N calls per second of each command from this process [default: wait]
    #[arg(long, value_name = "wait|stop|N")]
    without_redis: Option<WithoutRedis>,
    /// The time limit of one call with its retries and waits, such as 30s or 2m [default: 60s for
    /// the targets of a file, otherwise 20s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    timeout: Option<Duration>,
    /// The maximum number of requests of one call, 1 to 100; 1 disables retries [default: 30 for
    /// the targets of a file, otherwise 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Limits::MAX_ATTEMPTS)))]
    max_attempts: Option<u32>,
}

/// What happens if Redis is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WithoutRedis {
    Wait,
    Stop,
    Share(NonZeroU32),
}

impl FromStr for WithoutRedis {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "wait" => Ok(Self::Wait),
            "stop" => Ok(Self::Stop),
            number => match number.parse() {
                Ok(number) => NonZeroU32::new(number).map(Self::Share).ok_or("must be at least 1"),
                Err(_) => Err("expected wait, stop, or the calls per second of this process"),
            },
        }
    }
}

pub(super) fn at_least_one(text: &str) -> Result<NonZeroU32, &'static str> {
    match text.parse::<u32>() {
        Ok(number) => NonZeroU32::new(number).ok_or("must be at least 1"),
        Err(_) => Err("expected a number"),
    }
}

fn rate_limit(text: &str) -> Result<RateLimit, String> {
    match text.parse::<RateLimit>().map_err(|error| error.to_string())? {
        RateLimit::Redis(url) if url.may_have_password() => {
            Err("the URL can contain a password, which other users can see in arguments: set TIM_RATE_LIMIT, or \
                 rate_limit in a profile"
                .to_owned())
        }
        limit => Ok(limit),
    }
}

fn timeout(text: &str) -> Result<Duration, &'static str> {
    match time::parse_duration(text)? {
        time if time < Duration::from_secs(1) => Err("must be at least 1s"),
        time if time > Limits::MAX_TIME => Err("must be at most 1d"),
        time => Ok(time),
    }
}

/// The pace in use: flags, with the rate limit of the settings.
#[derive(Debug)]
pub(crate) struct Pace {
    rate_limit: Option<Resolved<RateLimit>>,
    /// Calls per second of each command in Redis.
    shared: Option<NonZeroU32>,
    without_redis: WithoutRedis,
    timeout: Option<Duration>,
    max_attempts: Option<u32>,
}

/// With it, 200 calls a second are reached up to a latency of 150 ms.
const MAX_IN_FLIGHT: usize = 32;

impl PaceArgs {
    /// The pace in use. `settings` returns the rate limit of the settings.
    pub(super) fn resolve(
        &self,
        settings: impl FnOnce() -> Result<Option<Resolved<RateLimit>>, Failure>,
    ) -> Result<Pace, Failure> {
        let flag = self.rate_limit.clone().map(|limit| Resolved::new(limit, Source::Flag("--rate-limit")));
        let rate_limit = match flag {
            Some(limit) => Some(limit),
            None => settings()?,
        };
        let is_redis = matches!(rate_limit.as_ref().map(|limit| &limit.value), Some(RateLimit::Redis(_)));
        let needs_redis = [
            ("--rate-limit-calls", self.rate_limit_calls.is_some()),
            ("--without-redis", self.without_redis.is_some()),
        ];
        if let Some((flag, _)) = needs_redis.iter().find(|(_, given)| *given && !is_redis) {
            let problem = "needs the URL of a Redis in --rate-limit, TIM_RATE_LIMIT or rate_limit of a profile";
            return Err(Failure::usage(format!("{flag} {problem}")));
        }
        Ok(Pace {
            rate_limit,
            shared: self.rate_limit_calls,
            without_redis: self.without_redis.unwrap_or(WithoutRedis::Wait),
            timeout: self.timeout,
            max_attempts: self.max_attempts,
        })
    }
}

impl Pace {
    /// The most calls per second of a command; `None` without a limit.
    pub(crate) fn calls_per_second<E: Endpoint>(&self) -> Option<NonZeroU32> {
        let default = NonZeroU32::new(E::CALLS_PER_SECOND);
        match self.rate_limit.as_ref().map(|limit| &limit.value) {
            None => default,
            Some(RateLimit::Calls(calls)) => Some(*calls),
            Some(RateLimit::Unlimited) => None,
            Some(RateLimit::Redis(_)) => self.shared.or(default),
        }
    }

    /// Whether other processes share the limit.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.rate_limit.as_ref().map(|limit| &limit.value), Some(RateLimit::Redis(_)))
    }

    /// How many calls of a command run at once. More calls than the limit would wait longer than a
    /// second.
    pub(crate) fn in_flight<E: Endpoint>(&self) -> usize {
        self.calls_per_second::<E>().map_or(MAX_IN_FLIGHT, |calls| (calls.get() as usize).min(MAX_IN_FLIGHT))
    }

    /// The bounds of a call.
    pub(super) fn limits(&self, patient: bool) -> Limits {
        let default = Limits::default();
        // The deadline ends a call; 30 attempts take longer unless the random waits are short.
        let default = if patient { default.max_attempts(30).deadline(Duration::from_secs(60)) } else { default };
        default
            .max_attempts(self.max_attempts.unwrap_or(default.max_attempts))
            .deadline(self.timeout.unwrap_or(default.deadline))
    }

    /// `config` with the rate limit for these commands.
    pub(super) fn limited(&self, config: Config, commands: &[&str]) -> Result<Config, Failure> {
        let Some(Resolved { value: limit, source }) = &self.rate_limit else { return Ok(config) };
        let limiter: Arc<dyn RateLimiter> = match limit {
            RateLimit::Unlimited => Arc::new(Unlimited),
            RateLimit::Calls(calls) => {
                let local = LocalRateLimiter::new();
                Arc::new(commands.iter().fold(local, |local, command| local.limit(*command, calls.get())))
            }
            RateLimit::Redis(url) => {
                let failed =
                    |error: RedisLimiterError| Failure::usage(format!("cannot use the rate limit ({source}): {error}"));
                self.shared_limiter(RedisRateLimiter::new(url.expose()).map_err(failed)?, commands)
            }
        };
        Ok(config.rate_limiter(limiter))
    }

    fn shared_limiter(&self, redis: RedisRateLimiter, commands: &[&str]) -> Arc<dyn RateLimiter> {
        let redis = match self.shared {
            Some(calls) => commands.iter().fold(redis, |redis, command| redis.limit(*command, calls.get())),
            None => redis,
        };
        match self.without_redis {
            WithoutRedis::Wait => Arc::new(redis.on_unavailable(OnUnavailable::Wait)),
            WithoutRedis::Share(calls) => Arc::new(redis.on_unavailable(OnUnavailable::LocalShare(calls.get()))),
            WithoutRedis::Stop => Arc::new(StopIfUnavailable(redis.on_unavailable(OnUnavailable::Wait))),
        }
    }
}

/// Fails calls at once if the rate limiter is unavailable.
#[derive(Debug)]
struct StopIfUnavailable<R>(R);

impl<R: RateLimiter> RateLimiter for StopIfUnavailable<R> {
    fn acquire(&self, key: RateLimitKey<'_>, waiter: &mut Waiter, now: ClockReading) -> Acquire {
        match self.0.acquire(key, waiter, now) {
            // No deadline is later, so the call fails without waiting.
            Acquire::Unavailable { reason, .. } => Acquire::Unavailable { reason, retry_after: Limits::MAX_TIME },
            result => result,
        }
    }

    fn cancel(&self, key: RateLimitKey<'_>, waiter: Waiter) {
        self.0.cancel(key, waiter);
    }

    fn on_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: ClockReading) {
        self.0.on_response(key, waiter, now);
    }

    fn on_no_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: Option<ClockReading>) {
        self.0.on_no_response(key, waiter, now);
    }

    fn on_throttled(&self, key: RateLimitKey<'_>, now: ClockReading) {
        self.0.on_throttled(key, now);
    }
}

#[cfg(test)]
mod tests {
    use tim_follow::SdkAppId;
    use tim_follow::follow::Check;

    use super::*;

    fn pace(limit: &str, shared: Option<u32>) -> Pace {
        let rate_limit = Some(Resolved::new(limit.parse().unwrap(), Source::Variable("TIM_RATE_LIMIT")));
        let shared = shared.and_then(NonZeroU32::new);
        Pace { rate_limit, shared, without_redis: WithoutRedis::Wait, timeout: None, max_attempts: None }
    }

    #[test]
    fn the_limit_is_that_of_the_command_unless_it_is_set() {
        let calls = |pace: Pace| pace.calls_per_second::<Check>().map(NonZeroU32::get);
        let unset = Pace { rate_limit: None, ..pace("1", None) };
        assert_eq!(calls(unset), Some(Check::CALLS_PER_SECOND));
        assert_eq!(calls(pace("7", None)), Some(7));
        assert_eq!(calls(pace("none", None)), None);
        assert_eq!(calls(pace("redis://h", None)), Some(Check::CALLS_PER_SECOND));
        assert_eq!(calls(pace("redis://h", Some(50))), Some(50));
        assert_eq!(pace("7", None).in_flight::<Check>(), 7);
        assert_eq!(pace("none", None).in_flight::<Check>(), MAX_IN_FLIGHT);
    }

    #[test]
    fn flags_replace_the_bounds_of_a_call() {
        let unset = pace("1", None);
        assert_eq!((unset.limits(true).max_attempts, unset.limits(true).deadline), (30, Duration::from_secs(60)));
        assert_eq!((unset.limits(false).max_attempts, unset.limits(false).deadline), (4, Duration::from_secs(20)));
        let set = Pace { timeout: Some(Duration::from_secs(5)), max_attempts: Some(2), ..unset };
        assert_eq!((set.limits(true).max_attempts, set.limits(true).deadline), (2, Duration::from_secs(5)));
    }

    #[test]
    fn invalid_values_say_what_is_expected() {
        assert!(rate_limit("0").unwrap_err().contains("at least 1"));
        assert!(rate_limit("redis://:hunter2@host").unwrap_err().contains("TIM_RATE_LIMIT"));
        assert!(rate_limit("redis://host").is_ok());
        assert_eq!(at_least_one("0"), Err("must be at least 1"));
        assert_eq!("0".parse::<WithoutRedis>(), Err("must be at least 1"));
        assert_eq!("50".parse(), Ok(WithoutRedis::Share(NonZeroU32::new(50).unwrap())));
        assert_eq!(["wait", "stop"].map(str::parse), [Ok(WithoutRedis::Wait), Ok(WithoutRedis::Stop)]);
        assert!(timeout("0.9s").is_err() && timeout("2d").is_err() && timeout("5").is_err());
        assert_eq!(timeout("2m"), Ok(Duration::from_secs(120)));
    }

    #[test]
    fn an_error_about_redis_names_its_source_and_hides_the_password() {
        let config = || Config::new(SdkAppId(1), "administrator", tim_follow::SecretKey::new("key"));
        let error = pace("redis://:hunter2@", None).limited(config(), &["follow_check"]).unwrap_err().message();
        assert!(error.contains("env TIM_RATE_LIMIT") && !error.contains("hunter2"), "{error}");
        let shown = format!("{:?}", pace("redis://:hunter2@h", None));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    /// A rate limiter that cannot decide.
    #[derive(Debug)]
    struct Unavailable;

    impl RateLimiter for Unavailable {
        fn acquire(&self, _: RateLimitKey<'_>, _: &mut Waiter, _: ClockReading) -> Acquire {
            Acquire::Unavailable { reason: "away".to_owned(), retry_after: Duration::from_millis(100) }
        }

        fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

        fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
    }

    #[test]
    fn stop_leaves_no_time_for_a_retry() {
        let key = RateLimitKey::new(SdkAppId(1), "follow_check", 200);
        let result = StopIfUnavailable(Unavailable).acquire(key, &mut Waiter::default(), ClockReading::system());
        assert!(matches!(result, Acquire::Unavailable { retry_after, .. } if retry_after == Limits::MAX_TIME));
    }
}
