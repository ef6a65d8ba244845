//! A few users with relations, for a first look at the emulator.

use tim_emulator::{Emulator, StateError};

/// Records as `--import` reads them.
const RECORDS: &str = include_str!("demo_data.ndjson");

/// The message if the records were added. It names their users.
pub(super) const ADDED: &str =
    "tim: the users of the demo data are alice, bob, carol, dave, erin, frank, grace, heidi, ivan and judy";
/// The message if they were not.
pub(super) const NOT_ADDED: &str = "tim: the demo data is not added, because there are users already";

/// Adds the users, unless there are accounts besides those of the `admins` admins. Returns whether
/// it did.
pub(super) fn add(emulator: &Emulator, admins: u64) -> Result<bool, StateError> {
    let is_empty = emulator.state().totals()?.accounts <= admins;
    if is_empty {
        emulator.state().import(RECORDS.as_bytes())?;
    }
    Ok(is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_message_names_the_users_of_the_records() {
        let records = RECORDS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let users: Vec<String> =
            records.filter_map(|record| Some(record["account"]["user"].as_str()?.to_owned())).collect();
        assert!(ADDED.replace(" and ", ", ").ends_with(&users.join(", ")), "{users:?}");
    }

    #[test]
    fn they_are_added_to_an_empty_state_only() {
        let emulator = Emulator::builder().start_blocking().unwrap();
        assert!(add(&emulator, 1).unwrap());
        let totals = emulator.state().totals().unwrap();
        assert_eq!((totals.accounts, totals.follows, totals.friends, totals.blocked), (11, 15, 5, 1));
        assert!(!add(&emulator, 1).unwrap());
    }
}
