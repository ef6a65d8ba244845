//! Checks of requests that tim-types has no type for, with the errors of tim-types.

use tim_types::{InvalidRequest, UserId};

/// Checks one user id in the field `field`.
pub(crate) fn user(field: &str, user: &UserId) -> Result<(), String> {
    user.validate(field).map_err(text)
}

/// Checks the length of a list whose maximum is not documented. Without a limit, a call could block
/// the emulator for a long time.
pub(crate) fn at_most_1000(field: &str, given: usize) -> Result<(), String> {
    match given {
        ..=1000 => Ok(()),
        _ => Err(format!("{field} has {given} elements: one call takes at most 1000, so use several calls")),
    }
}

/// Checks a value of a closed set in the field `field`.
pub(crate) fn one_of(field: &str, given: &str, known: &'static [&'static str]) -> Result<(), String> {
    if known.contains(&given) {
        return Ok(());
    }
    Err(text(InvalidRequest::UnknownValue { field: field.to_owned(), given: given.to_owned(), known }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn text(error: InvalidRequest) -> String {
    error.to_string()
}

/// A time in unix seconds.
pub(crate) fn time(at: u64) -> Result<(), String> {
    /// The last second of the year 9999.
    const MAX: u64 = 253_402_300_799;
    if at <= MAX {
        return Ok(());
    }
    let found = if at / 1000 <= MAX { "looks like milliseconds" } else { "is after the year 9999" };
    Err(format!("the time {at} {found}: write unix seconds, for example 1702262118"))
}

/// The name of a platform on which a user logs in, for example `iPhone`.
pub(crate) fn platform(name: &str) -> Result<(), String> {
    if (1..=32).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(format!("the platform is \"{name}\": it must be 1 to 32 letters and digits, for example iPhone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_seconds() {
        assert_eq!((time(0), time(253_402_300_799)), (Ok(()), Ok(())));
        assert!(time(253_402_300_800).unwrap_err().contains("looks like milliseconds"));
        assert!(time(u64::MAX).unwrap_err().contains("is after the year 9999"));
    }

    #[test]
    fn a_platform_is_letters_and_digits() {
        for name in ["iPhone", "Mac", "HarmonyOS5", &"x".repeat(32)] {
            assert_eq!(platform(name), Ok(()), "{name}");
        }
        for name in ["", "i Phone", "手机", &"x".repeat(33)] {
            assert!(platform(name).is_err(), "{name}");
        }
    }
}
