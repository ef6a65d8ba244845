//! The configuration that all tests with random input share.

use proptest::test_runner::{Config, RngSeed};

/// Tests this many cases. The seed is fixed, so each run tests the same cases. PROPTEST_CASES and
/// PROPTEST_RNG_SEED override both.
pub(crate) fn config(cases: u32) -> Config {
    let default = Config::default();
    Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases),
        rng_seed: match default.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1_702_262_118),
            fixed => fixed,
        },
        failure_persistence: None,
        ..default
    }
}
