use std::net::TcpListener;

use tim_types::SdkAppId;

use super::*;

fn add_of(app: u32) -> RateLimitKey<'static> {
    RateLimitKey::new(SdkAppId(app), "follow_add", 200)
}

/// A limiter whose Redis cannot be reached: nobody listens on port 1, and no test gets it.
fn unreachable() -> RedisRateLimiter {
    RedisRateLimiter::new("redis://127.0.0.1:1").unwrap()
}

/// Acquires until Redis has responded or failed.
fn acquire(limiter: &RedisRateLimiter, waiter: &mut Waiter, now: ClockReading) -> Acquire {
    let Acquire::Pending(pending) = limiter.acquire(add_of(1), waiter, now) else { panic!("no message to Redis") };
    pending.wait(Duration::from_secs(10));
    limiter.acquire(add_of(1), waiter, now)
}

#[test]
fn no_message_shows_the_url() {
    for url in ["redis://:hunter2@localhost:x", "rediss://:hunter2@localhost/#insecure", "hunter2", "http://hunter2"] {
        let error = RedisRateLimiter::new(url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let limiter = RedisRateLimiter::new("redis://:hunter2@localhost").unwrap();
    assert!(!format!("{limiter:?}").contains("hunter2"), "{limiter:?}");
}

#[cfg(not(feature = "redis-tls"))]
#[test]
fn tls_without_its_feature_is_an_error() {
    let error = RedisRateLimiter::new("rediss://localhost").unwrap_err();
    assert!(matches!(error, RedisLimiterError::TlsDisabled), "{error:?}");
    assert!(error.to_string().contains("`redis-tls`"), "{error}");
}

#[cfg(feature = "redis-tls")]
#[test]
fn root_certificates_are_checked_when_the_limiter_is_created() {
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (url, pem, problem) in [
        ("redis://localhost", damaged, "does not ask for TLS"),
        ("rediss://localhost", "", "no certificate in PEM"),
        ("rediss://localhost", damaged, "a certificate is damaged"),
    ] {
        let error = RedisRateLimiter::with_root_certificates(url, pem).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    RedisRateLimiter::new("rediss://localhost").unwrap();
}

#[test]
fn throttling_of_one_app_is_not_reported_for_another() {
    let (limiter, now) = (unreachable(), ClockReading::system());
    limiter.on_throttled(add_of(1), now);
    let _ = limiter.acquire(add_of(2), &mut Waiter::default(), now);
    assert_eq!(limiter.waiting.lock().throttled.len(), 1, "not yet reported");
    let _ = limiter.acquire(add_of(1), &mut Waiter::default(), now);
    assert_eq!(limiter.waiting.lock().throttled.len(), 0);
}

#[test]
fn the_prefix_and_the_limits_are_those_of_the_builder() {
    let limiter = unreachable().prefix("mine").limit("follow_add", 7);
    let Keys { calls, facts } = limiter.keys(add_of(1));
    assert_eq!([calls, facts], ["mine:{1:follow_add}:calls", "mine:{1:follow_add}:facts"]);
    assert!(format!("{limiter:?}").contains(r#"limits: {"follow_add": 7}, prefix: "mine""#), "{limiter:?}");
}

#[test]
fn a_call_of_the_local_share_without_a_response_holds_its_slot_for_a_window() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(1));
    let (mut waiter, now) = (Waiter::default(), ClockReading::system());
    let _ = acquire(&limiter, &mut waiter, now);
    let sent = ClockReading::at(now.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut waiter, sent), Acquire::Granted));
    let lost = ClockReading::at(sent.instant + WINDOW);
    limiter.on_no_response(add_of(1), waiter, Some(lost));
    assert_eq!(limiter.waiting.lock().local_in_flight.len(), 0);
    let at = |time| ClockReading::at(lost.instant + time);
    let mut next = Waiter::default();
    let _ = limiter.acquire(add_of(1), &mut next, lost);
    let early = limiter.acquire(add_of(1), &mut next, at(WINDOW - Duration::from_millis(1)));
    assert!(matches!(early, Acquire::RetryAfter(_)), "{early:?}");
    assert!(matches!(limiter.acquire(add_of(1), &mut next, at(WINDOW)), Acquire::Granted));
}

#[test]
fn throttling_slows_the_local_share_down() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(2));
    let now = ClockReading::system();
    limiter.on_throttled(add_of(1), now);
    let mut waiters = [Waiter::default(), Waiter::default()];
    let granted = waiters.each_mut().map(|waiter| limiter.local.acquire(local_key(add_of(1), 2), waiter, now));
    assert!(matches!(granted, [Acquire::Granted, Acquire::RetryAfter(_)]), "{granted:?}");
}

#[test]
fn a_call_of_the_local_share_that_is_not_sent_leaves_nothing_behind() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(1));
    let (mut waiter, now) = (Waiter::default(), ClockReading::system());
    assert!(matches!(acquire(&limiter, &mut waiter, now), Acquire::RetryAfter(WINDOW)));
    let later = ClockReading::at(now.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut waiter, later), Acquire::Granted));
    assert_eq!(limiter.waiting.lock().local_in_flight.len(), 1);
    limiter.cancel(add_of(1), waiter);
    assert_eq!(limiter.waiting.lock().local_in_flight.len(), 0);
    let after = ClockReading::at(later.instant + WINDOW * 2);
    let freed = limiter.local.acquire(add_of(1), &mut Waiter::default(), after);
    assert!(matches!(freed, Acquire::RetryAfter(WINDOW)), "{freed:?}");
}

#[test]
fn a_cancelled_waiter_of_the_local_share_makes_room() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(1));
    let now = ClockReading::system();
    let _ = acquire(&limiter, &mut Waiter::default(), now);
    let later = ClockReading::at(now.instant + WINDOW);
    let [mut first, mut second, mut third] = [(); 3].map(|()| Waiter::default());
    let wait = |waiter: &mut Waiter| match limiter.acquire(add_of(1), waiter, later) {
        Acquire::Granted => Duration::ZERO,
        Acquire::RetryAfter(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!([wait(&mut first), wait(&mut second), wait(&mut third)], [Duration::ZERO, WINDOW, WINDOW * 2]);
    limiter.cancel(add_of(1), second);
    assert_eq!(wait(&mut third), WINDOW);
}

#[test]
fn a_call_of_the_local_share_holds_its_slot_until_a_window_after_its_response() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(1));
    let (mut waiter, now) = (Waiter::default(), ClockReading::system());
    assert!(matches!(acquire(&limiter, &mut waiter, now), Acquire::RetryAfter(WINDOW)));
    let later = ClockReading::at(now.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut waiter, later), Acquire::Granted));
    limiter.on_response(add_of(1), waiter, later);
    let after = ClockReading::at(later.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut Waiter::default(), after), Acquire::Granted));
}

#[test]
fn a_call_that_redis_grants_is_sent_once_and_leaves_nothing_behind() {
    let (limiter, mut waiter, now) = (unreachable(), Waiter::default(), ClockReading::system());
    assert!(matches!(limiter.acquire(add_of(1), &mut waiter, now), Acquire::Pending(_)));
    limiter.waiting.on_delays([(1, Duration::ZERO)].into_iter());
    assert!(matches!(limiter.acquire(add_of(1), &mut waiter, now), Acquire::Granted));
    assert!(limiter.waiting.lock().remove(1).is_none());
}

/// Seed 32291 of the simulation: the message was in flight when Redis became unavailable.
#[test]
fn a_late_grant_of_redis_is_not_used_in_the_window_of_a_local_share() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(1));
    let (mut late, mut local, now) = (Waiter::default(), Waiter::default(), ClockReading::system());
    assert!(matches!(acquire(&limiter, &mut late, now), Acquire::RetryAfter(WINDOW)));
    let later = ClockReading::at(now.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut local, later), Acquire::Granted));
    limiter.waiting.on_delays([(1, Duration::ZERO)].into_iter());
    assert!(matches!(limiter.acquire(add_of(1), &mut late, later), Acquire::RetryAfter(WINDOW)));
    let after = ClockReading::at(later.instant + WINDOW);
    assert!(matches!(limiter.acquire(add_of(1), &mut late, after), Acquire::Pending(_)));
}

/// Seed 14281 of the simulation: other processes may use Redis again.
#[test]
fn an_outage_that_nobody_has_checked_for_long_counts_as_a_new_one() {
    let limiter = unreachable().on_unavailable(OnUnavailable::LocalShare(5));
    let now = ClockReading::system();
    assert!(matches!(acquire(&limiter, &mut Waiter::default(), now), Acquire::RetryAfter(WINDOW)));
    let later = |time: Duration| ClockReading::at(now.instant + time);
    let acquire = |time| limiter.acquire(add_of(1), &mut Waiter::default(), later(time));
    assert!(matches!(acquire(WINDOW), Acquire::Granted));
    assert!(matches!(acquire(WINDOW * 2), Acquire::Granted));
    assert!(matches!(acquire(WINDOW * 2 + STALE), Acquire::RetryAfter(WINDOW)));
    assert!(matches!(acquire(WINDOW * 3 + STALE), Acquire::Granted));
}

#[test]
fn the_reason_for_an_outage_is_named() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = RedisRateLimiter::new(&format!("redis://{}", silent.local_addr().unwrap())).unwrap();
    let missing = RedisRateLimiter::new("unix:///nonexistent/redis.sock").unwrap();
    for (limiter, expected) in [
        (
            silent,
            "no response from Redis within 500 ms; check its URL (rediss:// is for TLS), the network and its load",
        ),
        (unreachable(), "no connection to Redis: nothing listens at its address; start it, or check the URL"),
        (missing, "no connection to Redis: its socket file does not exist; start it, or check the URL"),
    ] {
        match acquire(&limiter, &mut Waiter::default(), ClockReading::system()) {
            Acquire::Unavailable { reason, .. } => assert_eq!(reason, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn no_error_has_a_source_that_display_shows_too() {
    use std::error::Error as _;

    let errors = [
        RedisLimiterError::InvalidUrl,
        RedisLimiterError::TlsDisabled,
        RedisLimiterError::RootCertificates { problem: "damaged".to_owned() },
        RedisLimiterError::SpawnThread(io::Error::other("no memory")),
    ];
    for error in errors {
        assert!(error.source().is_none(), "{error}");
    }
}
