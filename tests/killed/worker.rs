//! Runs a batch: alice follows `u0`, `u1`, ... from a position on. Prints each outcome on a line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::Arc;

use tim_follow::{Config, LocalRateLimiter, SdkAppId, SecretKey, blocking, follow};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, calls_per_second, first, end] = &args[..] else { panic!("{args:?}") };
    let limiter = LocalRateLimiter::new().limit("follow_add", calls_per_second.parse().unwrap());
    let key = SecretKey::new(std::env::var("KEY").unwrap());
    let config =
        Config::new(SdkAppId(1400000000), "administrator", key).base_url(base_url).rate_limiter(Arc::new(limiter));
    let targets = (first.parse().unwrap()..end.parse::<usize>().unwrap()).map(|number| format!("u{number}"));
    for item in blocking::Client::new(config).unwrap().batch(follow::Add::template("alice"), targets) {
        println!("{} {}", item.target, item.outcome);
    }
}
