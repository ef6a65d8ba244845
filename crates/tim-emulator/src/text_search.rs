//! Searches bytes for a text.

/// Whether the text contains the part. ASCII letters match in both cases.
pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    // Compares one byte before it compares the whole window, because most windows differ in it.
    let starts = |window: &[u8]| window.first().is_some_and(|byte| *byte == lower || *byte == upper);
    text.windows(part.len()).any(|window| starts(window) && window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_at_each_position() {
        let found = |text: &str, part: &str| contains(text.as_bytes(), part.as_bytes());
        for part in ["", "a", "A", "bC", "Cd", "d", "abcd", "ABCD"] {
            assert!(found("aBcD", part), "{part}");
        }
        for part in ["x", "abcde", "ac", "da", "[", "dd"] {
            assert!(!found("aBcD", part), "{part}");
        }
        assert!(found("", "") && !found("", "a"));
        assert!(found("aab", "ab") && found("a关注b", "关") && !found("a关注b", "心"));
        assert!(!found("@[", "`{"), "only letters match in both cases");
    }

    #[test]
    fn a_part_is_found_in_each_block() {
        for length in [1, 2, 63, 64, 65, 100] {
            let part = "x".repeat(length);
            for before in (0..200).chain([1000]) {
                let text = format!("{}{part}{}", "-".repeat(before), "-".repeat(before % 3));
                assert!(contains(text.as_bytes(), part.to_ascii_uppercase().as_bytes()), "{length} {before}");
                assert!(!contains(text.as_bytes(), format!("{part}x").as_bytes()), "{length} {before}");
            }
        }
    }
}
