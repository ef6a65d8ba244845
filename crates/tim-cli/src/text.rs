//! Text that messages share.

/// A number with a noun in singular or plural: `1 target`, `2 targets`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
