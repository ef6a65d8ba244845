//! A call that does not wait any more frees its position in Redis.

use std::thread;
use std::time::Duration;

use tim_follow::transport::ClockReading;
use tim_follow::{Acquire, RateLimitKey, RateLimiter as _, RedisRateLimiter, SdkAppId, Waiter};

use crate::server::Redis;

fn key() -> RateLimitKey<'static> {
    RateLimitKey::new(SdkAppId(1), "follow_add", 1)
}

/// Acquires until Redis has responded.
fn acquire(limiter: &RedisRateLimiter, waiter: &mut Waiter) -> Acquire {
    loop {
        match limiter.acquire(key(), waiter, ClockReading::system()) {
            Acquire::Pending(_) => thread::sleep(Duration::from_millis(20)),
            response => return response,
        }
    }
}

#[test]
fn a_cancelled_waiter_is_removed_from_redis() {
    let redis = Redis::start("cancelled");
    let limiter = RedisRateLimiter::new(&redis.url()).unwrap();
    let (mut first, mut second) = (Waiter::default(), Waiter::default());
    for waiter in [&mut first, &mut second] {
        let delay = acquire(&limiter, waiter);
        assert!(matches!(delay, Acquire::RetryAfter(_)), "without data, a window passes: {delay:?}");
    }
    assert_eq!(redis.query::<u32>("ZCARD tim:quota:{1:follow_add}:calls"), 2);
    limiter.cancel(key(), second);
    // Messages are sent in order, so the cancellation has arrived when this one has a response.
    acquire(&limiter, &mut Waiter::default());
    assert_eq!(redis.query::<u32>("ZCARD tim:quota:{1:follow_add}:calls"), 2, "the first and the third");
}
