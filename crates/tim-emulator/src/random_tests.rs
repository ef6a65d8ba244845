//! The configuration that all tests with random input share.
#![expect(clippy::print_stdout, reason = "the output of a test that fails is shown")]

use proptest::test_runner::{Config, RngSeed};

/// Tests this many cases, other ones in each run. A test that fails prints the seed; with the same
/// `PROPTEST_RNG_SEED`, the cases are the same. `PROPTEST_CASES` overrides the number.
pub(crate) fn config(cases: u32) -> Config {
    let default = Config::default();
    let seed = match default.rng_seed {
        RngSeed::Random => fastrand::u64(..),
        RngSeed::Fixed(seed) => seed,
    };
    println!("PROPTEST_RNG_SEED={seed}");
    Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..default
    }
}

#[test]
fn each_run_tests_other_cases_unless_a_seed_is_set() {
    let is_set = std::env::var_os("PROPTEST_RNG_SEED").is_some();
    assert_eq!(config(1).rng_seed == config(1).rng_seed, is_set);
}
