//! Times for people.

use std::time::Duration;

use tim_follow::transport::ClockReading;

/// The unix time now, in seconds.
pub(crate) fn now() -> u64 {
    ClockReading::system().unix
}

/// A unix time in UTC, like `2023-12-11 02:35:18Z`.
pub(crate) fn utc(unix: u64) -> String {
    let (year, month, day) = date(unix / 86_400);
    let (hour, minute, second) = (unix / 3600 % 24, unix / 60 % 60, unix % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// The Gregorian date so many days after 1970-01-01, counted in eras of 400 years that begin on a first of March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Parses a number and its unit: `30s`, `15m`, `12h` or `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "expected a number and a unit, such as 30s, 15m, 12h or 7d";
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(FORM),
    };
    let digits = &text[..text.len() - 1];
    // `parse` alone would take a sign too.
    if !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(FORM);
    }
    let number: u64 = digits.parse().map_err(|_| FORM)?;
    number.checked_mul(unit).map(Duration::from_secs).ok_or("it is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As GNU date prints them.
    #[test]
    fn known_times() {
        assert_eq!(utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59Z");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00Z");
        assert_eq!(utc(1_702_262_118), "2023-12-11 02:35:18Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00Z");
        assert!(utc(u64::MAX).ends_with('Z'));
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(
            [seconds("30s"), seconds("15m"), seconds("12h"), seconds("7d")].map(Result::unwrap),
            [30, 900, 43_200, 604_800]
        );
        for text in ["", "s", "7", "7w", "-1d", "+1d", "1.5h", "7 d", "7天", "99999999999999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("999999999999999999d"), Err("it is too long"));
    }
}
