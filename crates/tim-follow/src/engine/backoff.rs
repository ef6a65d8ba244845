//! How long to wait before a repetition: exponential, with full jitter.

use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(5);

/// The wait before repetition number `repetition`, 1 for the first: anything from nothing to a bound that starts at `first`
/// and doubles each time, so that calls which failed together do not come back together.
pub(crate) fn wait(first: Duration, repetition: u32, random: &mut fastrand::Rng) -> Duration {
    let doublings = repetition.saturating_sub(1).min(16);
    let bound = first.saturating_mul(1 << doublings).min(LONGEST);
    bound.mul_f64(random.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(200);

    #[test]
    fn the_bound_doubles_up_to_the_longest() {
        let mut random = fastrand::Rng::with_seed(7);
        for (repetition, bound) in [(1, 200), (2, 400), (3, 800), (5, 3200), (6, 5000), (1000, 5000)] {
            let waits: Vec<_> = (0..1000).map(|_| wait(FIRST, repetition, &mut random)).collect();
            let bound = Duration::from_millis(bound);
            assert!(waits.iter().all(|wait| *wait <= bound));
            assert!(waits.iter().any(|wait| *wait > bound.mul_f64(0.9)), "the whole range is used");
            assert!(waits.iter().any(|wait| *wait < bound.mul_f64(0.1)), "the whole range is used");
        }
    }
}
