//! Tests that need more than one crate.
//!
//! There are three layers, because the emulator can be wrong too. Fixtures compare with the
//! documented bytes, contracts compare what the clients send with literals, and stories test
//! sequences of calls against the emulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod cold_start;
mod conformance;
mod contract;
mod damaged;
mod documents;
#[path = "../../crates/tim-follow/tests/it/either.rs"]
mod either;
mod faults;
mod fixtures;
mod hostile;
mod https;
mod kicks;
mod killed;
mod leak;
mod online_status;
mod pacing;
mod roundtrip;
mod signatures;
mod stories;
mod streams;
mod webhooks;

use std::sync::LazyLock;

use tokio::runtime::Runtime;

/// Runs futures of the asynchronous client.
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    RUNTIME.block_on(future)
}
