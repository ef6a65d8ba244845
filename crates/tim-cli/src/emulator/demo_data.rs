//! A few users with relations, for a first look at the emulator.

use tim_emulator::{Emulator, StateError};

/// Records as `--import` reads them.
const RECORDS: &str = include_str!("demo_data.ndjson");

/// The users of the records.
pub(super) const USERS: &str = "alice, bob, carol, dave, erin, frank, grace, heidi, ivan and judy";

/// Adds the users, unless there are accounts besides those of the `admins` admins. Returns whether it
/// did.
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
    fn the_users_are_those_of_the_records() {
        let records = RECORDS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let users: Vec<String> =
            records.filter_map(|record| Some(record["account"]["user"].as_str()?.to_owned())).collect();
        assert_eq!(users.join(", "), USERS.replace(" and ", ", "));
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
