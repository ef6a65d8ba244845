//! Text that all messages share.

/// A number of things, whose name has an s unless it is one.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
