//! Text that messages share.

/// A number of things, in the plural unless it is one: `1 entry`, `2 entries`, `2 targets`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    match (number, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(start)) => format!("{number} {start}ies"),
        (_, None) => format!("{number} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_thing_is_in_the_singular() {
        let texts = [counted(1, "entry"), counted(0, "entry"), counted(1, "target"), counted(2, "target")];
        assert_eq!(texts, ["1 entry", "0 entries", "1 target", "2 targets"]);
    }
}
