//! Sizes in bytes, in arguments.

/// Parses a number of bytes, also with the units KiB and MiB.
pub(super) fn parse(text: &str) -> Result<usize, &'static str> {
    const FORM: &str = "write a number of bytes, or a size such as 64KiB or 1MiB";
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match text.strip_prefix(digits) {
        Some("") => 1,
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        _ => return Err(FORM),
    };
    digits.trim_end().parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).ok_or(FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_or_is_in_bytes() {
        assert_eq!(["7", "64KiB", "1MiB", "2 MiB"].map(parse), [Ok(7), Ok(65_536), Ok(1_048_576), Ok(2_097_152)]);
        for text in ["", "MiB", "1MB", "1.5MiB", "-1", "99999999999999999999", "18446744073709551615MiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
