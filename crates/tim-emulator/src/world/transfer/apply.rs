//! Adds a small number of records to a database that is in use.

use rusqlite::{Connection, Result};
use tim_types::{ProfileItem, UserId};

use super::Record;
use crate::world::friends::FriendEntry;
use crate::world::{accounts, blocks, follows, friends, profiles, seconds};

/// Adds the records. A record without a time gets `now`. Creates the accounts of all users in the
/// records. An existing relation stays unchanged; profile fields are overwritten. Relation limits
/// do not apply. The caller opens a transaction, and rolls it back after an error.
pub(crate) fn apply(db: &Connection, records: Vec<Record>, now: u64) -> Result<()> {
    records.into_iter().try_for_each(|record| add(db, record, now))
}

fn add(db: &Connection, record: Record, now: u64) -> Result<()> {
    let time = |at: Option<u64>| seconds(at.unwrap_or(now));
    let import_both = |one: &UserId, other: &UserId| {
        accounts::import(db, one)?;
        accounts::import(db, other)
    };
    match record {
        Record::Account { user, profile } => {
            accounts::import(db, &user)?;
            let fields = profile.into_iter().map(|(tag, value)| ProfileItem::new(tag.as_str(), value));
            profiles::set(db, &user, &fields.collect::<Vec<_>>())
        }
        Record::Follow { from, to, at } => {
            import_both(&from, &to)?;
            if follows::exists(db, &from, &to)? { Ok(()) } else { follows::begin(db, &from, &to, time(at)) }
        }
        Record::Friend { owner, friend, source, remark, at } => {
            import_both(&owner, &friend)?;
            friends::add(db, &owner, &friend, &FriendEntry { source, remark, added_at: time(at) }).map(drop)
        }
        Record::Block { owner, user, at } => {
            import_both(&owner, &user)?;
            blocks::add(db, &owner, &user, time(at)).map(drop)
        }
    }
}
