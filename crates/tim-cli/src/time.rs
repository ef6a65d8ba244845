//! Times and durations for people.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::{Span, SpanRelativeTo, Timestamp};
use tim_follow::transport::ClockReading;

/// The unix time now, in seconds.
pub(crate) fn now() -> u64 {
    ClockReading::system().unix
}

/// The unix time now, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock in milliseconds")]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The monotonic clock now.
pub(crate) fn instant() -> Instant {
    ClockReading::system().instant
}

/// A unix time in UTC, like `2023-12-11 02:35:18Z`. A time after the year 9999 becomes the last one
/// of that year that can be shown.
pub(crate) fn utc(unix: u64) -> String {
    timestamp(unix).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A unix time in milliseconds as the time of day in UTC, like `02:35:18.007`.
pub(crate) fn time_of_day(unix_ms: u64) -> String {
    let ms = unix_ms % 1000;
    format!("{}.{ms:03}", timestamp(unix_ms / 1000).strftime("%H:%M:%S"))
}

fn timestamp(unix: u64) -> Timestamp {
    i64::try_from(unix).ok().and_then(|unix| Timestamp::from_second(unix).ok()).unwrap_or(Timestamp::MAX)
}

/// Parses a unix time in seconds, or a date and time with a UTC offset, such as
/// `2026-11-22 13:45:02Z`.
pub(crate) fn parse_time(text: &str) -> Result<u64, &'static str> {
    const FORM: &str = "write unix seconds, or a time such as 2026-11-22T13:45:02Z";
    let seconds = || text.parse::<Timestamp>().ok().and_then(|time| u64::try_from(time.as_second()).ok());
    text.parse().ok().or_else(seconds).ok_or(FORM)
}

/// Parses a duration with units, such as `30s`, `15m`, `12h`, `7d` or `1h30m`. A day has 24 hours.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "write a number and a unit, such as 30s, 15m, 12h or 7d";
    let span: Span = text.parse().map_err(|_| FORM)?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| FORM)?;
    Duration::try_from(duration).map_err(|_| FORM)
}

/// Replaces times such as `1795355102 (unix seconds)`, which tim-sig writes, with times in UTC.
pub(crate) fn with_dates(text: &str) -> String {
    const UNIT: &str = " (unix seconds)";
    let mut parts: Vec<&str> = text.split(UNIT).collect();
    let last = parts.pop().unwrap_or_default();
    let mut replaced = String::with_capacity(text.len());
    for part in parts {
        let words = part.trim_end_matches(|c: char| c.is_ascii_digit());
        replaced.push_str(words);
        match part.strip_prefix(words).and_then(|digits| digits.parse().ok()) {
            Some(unix) => replaced.push_str(&utc(unix)),
            None => replaced.extend([part.strip_prefix(words).unwrap_or_default(), UNIT]),
        }
    }
    replaced + last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As GNU date prints them.
    #[test]
    fn known_times_are_shown_in_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00Z");
        assert_eq!(utc(1_702_262_118), "2023-12-11 02:35:18Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00Z");
    }

    #[test]
    fn a_time_out_of_range_saturates() {
        for unix in [1 << 40, u64::MAX] {
            assert_eq!(utc(unix), "9999-12-30 22:00:00Z");
        }
    }

    #[test]
    fn a_time_of_day_has_milliseconds() {
        assert_eq!(time_of_day(1_702_262_118_007), "02:35:18.007");
        assert_eq!(time_of_day(0), "00:00:00.000");
    }

    #[test]
    fn a_time_is_parsed_as_it_is_shown() {
        for text in ["1702262118", "2023-12-11 02:35:18Z", "2023-12-11T10:35:18+08:00"] {
            assert_eq!(parse_time(text), Ok(1_702_262_118), "{text}");
        }
        assert_eq!(parse_time("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "now", "1969-12-31T23:59:59Z", "2023-12-11 02:35:18"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_is_parsed_with_its_units() {
        let seconds = |text| parse_duration(text).map(|time| time.as_secs());
        assert_eq!(
            ["30s", "15m", "12h", "7d", "1h30m", "1.5h"].map(seconds),
            [30, 900, 43_200, 604_800, 5400, 5400].map(Ok)
        );
        for text in ["", "s", "7", "1mo", "-1d", "7天", "99999999999999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unix_seconds_in_a_text_become_dates() {
        let text = "it was valid until 1702262118 (unix seconds); also: made at 0 (unix seconds)";
        assert_eq!(with_dates(text), "it was valid until 2023-12-11 02:35:18Z; also: made at 1970-01-01 00:00:00Z");
        for text in ["", "7 s", " (unix seconds)", "x (unix seconds) y", "99999999999999999999 (unix seconds)"] {
            assert_eq!(with_dates(text), text);
        }
    }
}
