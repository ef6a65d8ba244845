//! Arithmetic on instants that does not panic.

use std::time::{Duration, Instant};

/// Replaces a time that the clock cannot represent; longer than any deadline.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The instant `time` after `from`. A time that the clock cannot represent counts as a century.
pub(crate) fn after(from: Instant, time: Duration) -> Instant {
    from.checked_add(time).or_else(|| from.checked_add(CENTURY)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn a_time_that_the_clock_cannot_represent_is_far_away() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::from_secs(1)), now + Duration::from_secs(1));
        assert_eq!(after(now, Duration::MAX), now + CENTURY);
        assert_eq!(after(after(now, Duration::MAX), Duration::MAX), now + CENTURY * 2);
    }
}
