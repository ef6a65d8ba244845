//! How long to wait before a retry: exponential backoff with full jitter.

use std::time::Duration;

const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// The wait before a retry, whose `number` is 1 for the first: a random time up to a bound, which
/// starts at `first` and doubles each time. The random part keeps calls that failed together from
/// being retried together.
pub(crate) fn wait(first: Duration, number: u32, random: &mut fastrand::Rng) -> Duration {
    let doublings = number.saturating_sub(1).min(16);
    let bound = first.saturating_mul(1 << doublings).min(MAX_BACKOFF);
    // At most 5e9, so the cast keeps it.
    Duration::from_nanos(random.u64(..=bound.as_nanos() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(200);

    #[test]
    fn the_bound_doubles_up_to_the_maximum() {
        let mut random = fastrand::Rng::with_seed(7);
        for (number, bound) in [(1, 200), (2, 400), (3, 800), (5, 3200), (6, 5000), (1000, 5000)] {
            let waits: Vec<_> = (0..1000).map(|_| wait(FIRST, number, &mut random)).collect();
            let bound = Duration::from_millis(bound);
            assert!(waits.iter().all(|wait| *wait <= bound));
            assert!(waits.iter().any(|wait| *wait > bound * 9 / 10), "the whole range is used");
            assert!(waits.iter().any(|wait| *wait < bound / 10), "the whole range is used");
        }
    }
}
