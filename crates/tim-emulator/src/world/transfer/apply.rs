//! Adds a small number of records to a database that is in use.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};
use tim_types::{ProfileItem, UserId};

use super::Record;
use crate::world::friends::FriendEntry;
use crate::world::{accounts, blocks, follows, friends, profiles, seconds};

/// Adds the records in one transaction, at `now` if they have no time. Accounts of all users that they name are created.
/// A relation that exists stays as it is; profile fields are set again. Relation limits do not apply.
///
/// # Errors
/// The database failed; nothing was added.
pub(crate) fn apply(db: &Connection, records: Vec<Record>, now: u64) -> Result<()> {
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    records.into_iter().try_for_each(|record| add(&transaction, record, now))?;
    transaction.commit()
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
