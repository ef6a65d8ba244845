//! The error of a call says why Redis is unavailable.

use std::sync::Arc;
use std::time::Duration;

use tim_follow::{Config, Error, ErrorKind, Limits, RawResponse, RedisRateLimiter, SdkAppId, SecretKey, blocking};

use crate::server::{Redis, free_port};
use crate::service::Service;

/// Makes one call with this rate limiter, which has to succeed.
pub(crate) fn succeeds(limiter: RedisRateLimiter) {
    call(limiter, Duration::from_secs(20)).unwrap();
}

/// Makes one call with this rate limiter, which has to be unavailable. Returns the reason.
pub(crate) fn reason(limiter: RedisRateLimiter) -> String {
    let error = call(limiter, Duration::from_secs(1)).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    match error.kind() {
        ErrorKind::LimiterUnavailable { reason, .. } => reason.clone(),
        _ => panic!("{error}"),
    }
}

fn call(limiter: RedisRateLimiter, deadline: Duration) -> Result<RawResponse, Error> {
    let service = Service::start();
    let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
        .base_url(&service.url)
        .limits(Limits::default().deadline(deadline))
        .rate_limiter(Arc::new(limiter));
    blocking::Client::new(config).unwrap().call("follow", "follow_check", "{}")
}

#[track_caller]
fn fails(url: &str, expected: &str) {
    let text = reason(RedisRateLimiter::new(url).unwrap());
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_login_that_fails() {
    let port = free_port();
    let _redis = Redis::start_with("login", &format!("--port {port} --requirepass right"), &[]);
    succeeds(RedisRateLimiter::new(&format!("redis://:right@127.0.0.1:{port}")).unwrap());
    fails(&format!("redis://127.0.0.1:{port}"), "Redis requires a password (NOAUTH); add it to the URL");
    fails(&format!("redis://:hunter2@127.0.0.1:{port}"), "Redis rejected the login (WRONGPASS); check the user");
    fails(&format!("redis://me:hunter2@127.0.0.1:{port}"), "Redis rejected the login (WRONGPASS); check the user");
}

#[test]
fn a_redis_without_the_command_auth_does_not_reveal_the_password() {
    let redis = Redis::start_with("no-auth", "--rename-command AUTH no", &[]);
    fails(&format!("{}?pass=hunter2", redis.url()), "Redis rejected the login");
}

#[test]
fn a_replica() {
    let redis = Redis::start_with("replica", "--replicaof 127.0.0.1 1", &[]);
    fails(&redis.url(), "Redis is a read-only replica (READONLY); use the address of the primary");
}

#[test]
fn a_user_without_permission() {
    let port = free_port();
    let acl = "user me on >hunter2 ~* +ping +script";
    let _redis = Redis::start_with("acl", &format!("--port {port} --aclfile users"), &[("users", acl)]);
    fails(&format!("redis://me:hunter2@127.0.0.1:{port}"), "Redis denied permission (NOPERM)");
}

#[test]
fn no_redis() {
    // Nobody listens on port 1, and no test gets it.
    fails("redis://:hunter2@127.0.0.1:1", "no connection to Redis: nothing listens");
    fails("redis://:hunter2@host.invalid", "no connection to Redis: failed to lookup address information");
    let mut redis = Redis::start("no-redis");
    redis.kill();
    fails(&redis.url(), "no connection to Redis: its socket file does not exist");
}
