//! An emulator with two users, and a client for it.

use std::time::Duration;

use tim_emulator::{Emulator, SecretKey};
use tim_follow::{Config, Error, ErrorCode, Limits, blocking, follow};

pub(crate) const KEY: &str = "the-key-that-no-page-may-show";

/// Starts an emulator in which carol follows dave.
pub(crate) fn emulator() -> Emulator {
    let emulator = Emulator::builder().secret_key(SecretKey::new(KEY)).start_blocking().unwrap();
    emulator.state().import("carol,dave".as_bytes()).unwrap();
    emulator
}

/// Returns a client without retries, so that a test sees the outcome of each call.
pub(crate) fn client(emulator: &Emulator) -> blocking::Client {
    let config = Config::new(emulator.sdkappid(), emulator.admin(), SecretKey::new(KEY));
    let limits = Limits::default().max_attempts(1).attempt_timeout(Duration::from_secs(5));
    blocking::Client::new(config.base_url(emulator.base_url()).limits(limits)).unwrap()
}

/// Sends a follow_check, and returns its code if it failed.
pub(crate) fn check(client: &blocking::Client) -> Option<ErrorCode> {
    client.send(follow::Check::new("carol", ["dave"])).err().as_ref().and_then(Error::code)
}

/// Sends a follow_add, and returns its code if it failed.
pub(crate) fn follow(client: &blocking::Client, from: &str, to: &str) -> Option<ErrorCode> {
    client.send(follow::Add::new(from, [to])).err().as_ref().and_then(Error::code)
}
