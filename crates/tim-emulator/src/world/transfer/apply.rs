//! Adds a small number of records to a database that is in use.

use rusqlite::{Connection, Result};
use tim_types::{ProfileItem, UserId};

use super::Record;
use super::record::AccountRecord;
use crate::world::{accounts, blocks, follows, friends, groups, logins, profiles, requests, seconds};

/// Adds the records. A record without a time gets `now`. Creates the accounts of all users in the
/// records. An existing relation stays unchanged; profile fields, login states and the time of a
/// kick are overwritten. Relation limits do not apply. The caller opens a transaction, and rolls it
/// back after an error.
pub(crate) fn apply(db: &Connection, records: Vec<Record>, now: u64) -> Result<()> {
    records.into_iter().try_for_each(|record| add(db, record, now))
}

fn add(db: &Connection, record: Record, now: u64) -> Result<()> {
    let time = |at: Option<u64>| seconds(at.unwrap_or(now));
    match record {
        Record::Account(account) => add_account(db, account, seconds(now)),
        Record::Follow { from, to, at } => {
            import_both(db, &from, &to)?;
            if follows::exists(db, &from, &to)? { Ok(()) } else { follows::begin(db, &from, &to, time(at)) }
        }
        Record::Friend(record) => {
            let (owner, friend, entry) = record.into_entry(now);
            import_both(db, &owner, &friend)?;
            add_groups(db, &owner, &entry.groups)?;
            friends::add(db, &owner, &friend, &entry).map(drop)
        }
        Record::FriendRequest(record) => {
            let request = record.into_request(now);
            import_both(db, &request.to, &request.from)?;
            let exists = requests::get(db, &request.from, &request.to)?.is_some();
            if exists { Ok(()) } else { requests::put(db, &request) }
        }
        Record::Block { owner, user, at } => {
            import_both(db, &owner, &user)?;
            blocks::add(db, &owner, &user, time(at)).map(drop)
        }
    }
}

fn add_account(db: &Connection, account: AccountRecord, now: i64) -> Result<()> {
    let AccountRecord { user, profile, groups, logins, kicked_at } = account;
    accounts::import(db, &user)?;
    let fields = profile.into_iter().map(|(tag, value)| ProfileItem::new(tag.as_str(), value));
    profiles::set(db, &user, &fields.collect::<Vec<_>>())?;
    add_groups(db, &user, &groups)?;
    for (platform, status) in &logins {
        logins::set(db, &user, platform, Some(status), now)?;
    }
    kicked_at.map_or(Ok(()), |at| accounts::kick(db, &user, seconds(at)))
}

fn add_groups(db: &Connection, owner: &UserId, names: &[String]) -> Result<()> {
    names.iter().try_for_each(|name| groups::add(db, owner, name).map(drop))
}

fn import_both(db: &Connection, one: &UserId, other: &UserId) -> Result<()> {
    accounts::import(db, one)?;
    accounts::import(db, other)
}
