//! Searches bytes for a text.

/// Whether the text contains the part. ASCII letters match in both cases. The time is linear in the
/// length of both.
pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    let lower = |bytes| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    // The comparison of the lengths is faster than two copies. Most names are shorter.
    part.len() <= text.len() && lower(text).contains(&lower(part))
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

    /// Each position of the text is the start of a long match. A comparison of each window with the
    /// part would take hours.
    #[test]
    fn the_time_of_a_search_is_linear() {
        let text = "a".repeat(4 * 1024 * 1024);
        let part = "A".repeat(1024 * 1024) + "b";
        assert!(!contains(text.as_bytes(), part.as_bytes()));
        assert!(contains((text + "B").as_bytes(), part.as_bytes()));
    }

    #[test]
    fn bytes_that_are_not_text_do_not_hide_a_part() {
        assert!(contains(b"\xff\xfeabc\xff", b"ABC"));
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
