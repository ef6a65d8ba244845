//! Several processes together stay within the limit in every second, and come close to it.

use std::process::{Child, Command, Stdio};

use crate::server::Redis;
use crate::service::Service;

pub(crate) const LIMIT: usize = 200;

/// A process that makes calls. Those with an even number use the asynchronous client.
pub(crate) struct Worker(Child);

impl Worker {
    pub(crate) fn start(
        number: usize,
        redis: &str,
        service: &Service,
        calls: usize,
        deadline_ms: u32,
        share: u32,
    ) -> Self {
        let kind = if number.is_multiple_of(2) { "async" } else { "blocking" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_redis-worker"));
        command.args([redis, &service.url, kind, &calls.to_string(), &deadline_ms.to_string(), &share.to_string()]);
        Self(command.stdout(Stdio::piped()).spawn().unwrap())
    }

    /// Waits for the end; returns one line for each call that failed.
    pub(crate) fn end(self) -> Vec<String> {
        let output = self.0.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

#[test]
fn eight_processes_stay_within_one_limit_and_use_it() {
    let (redis, service) = (Redis::start("processes"), Service::start());
    let workers: Vec<_> = (0..8).map(|number| Worker::start(number, &redis.url(), &service, 200, 20_000, 0)).collect();
    for worker in workers {
        assert_eq!(worker.end(), [""; 0]);
    }
    assert_eq!(service.calls(), 8 * 200);
    let (most, a_second) = service.pace();
    assert!(most <= LIMIT, "{most} calls in a second");
    assert!(a_second >= 0.95 * LIMIT as f64, "{a_second} calls a second");
}
