//! The state as text: one JSON record a line, or `from,to` for a follow.

use std::io::{BufRead, Write};

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tim_types::{ProfileItem, UserId};

use super::friends::FriendEntry;
use super::{accounts, blocks, follows, friends, profiles, seconds};
use crate::check;

/// One line. Users that it names get accounts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Record {
    Account {
        user: UserId,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        profile: Map<String, Value>,
    },
    Follow {
        from: UserId,
        to: UserId,
        #[serde(default)]
        at: Option<u64>,
    },
    Friend {
        owner: UserId,
        friend: UserId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        source: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        remark: String,
        #[serde(default)]
        at: Option<u64>,
    },
    Block {
        owner: UserId,
        user: UserId,
        #[serde(default)]
        at: Option<u64>,
    },
}

/// Reads all lines. The error names the invalid line.
pub(crate) fn read(mut from: impl BufRead) -> Result<Vec<Record>, String> {
    let (mut records, mut lines, mut line) = (Vec::new(), 0, String::new());
    while from.read_line(&mut line).map_err(|error| format!("line {}: {error}", lines + 1))? > 0 {
        lines += 1;
        let record = Record::read(line.trim_ascii()).map_err(|reason| format!("line {lines}: {reason}"))?;
        if let Some(record) = record {
            record.check().map_err(|reason| format!("line {lines}: {reason}"))?;
            records.push(record);
        }
        line.clear();
    }
    Ok(records)
}

/// Adds the records, at `now` where they have no time.
pub(crate) fn add(db: &Connection, records: Vec<Record>, now: u64) -> rusqlite::Result<()> {
    records.into_iter().try_for_each(|record| record.add(db, now))
}

/// Writes the whole state, one JSON record per line.
pub(crate) fn export(db: &Connection, mut to: impl Write) -> Result<(), String> {
    let write = |record: Record| -> Result<(), String> {
        serde_json::to_writer(&mut to, &record).map_err(|error| error.to_string())?;
        to.write_all(b"\n").map_err(|error| error.to_string())
    };
    records(db, write)?;
    to.flush().map_err(|error| error.to_string())
}

fn records(db: &Connection, mut write: impl FnMut(Record) -> Result<(), String>) -> Result<(), String> {
    // One transaction, so all of it is from one moment.
    let moment = db.unchecked_transaction().map_err(text)?;
    type Read = fn(&Connection, &Row<'_>) -> rusqlite::Result<Record>;
    let queries: [(&str, Read); 4] = [
        ("SELECT user FROM account", Record::account),
        ("SELECT from_user, to_user, followed_at FROM follow ORDER BY sequence", |_, row| Record::follow(row)),
        ("SELECT owner, friend, source, remark, added_at FROM friend", |_, row| Record::friend(row)),
        ("SELECT owner, user, blocked_at FROM blocked", |_, row| Record::block(row)),
    ];
    for (sql, read) in queries {
        let mut statement = moment.prepare(sql).map_err(text)?;
        let mut rows = statement.query([]).map_err(text)?;
        while let Some(row) = rows.next().map_err(text)? {
            write(read(&moment, row).map_err(text)?)?;
        }
    }
    Ok(())
}

fn text(error: rusqlite::Error) -> String {
    error.to_string()
}

impl Record {
    /// `None` for a line that says nothing: an empty one, or the head of a table.
    fn read(line: &str) -> Result<Option<Self>, String> {
        if line.starts_with('{') {
            return serde_json::from_str(line).map(Some).map_err(|error| error.to_string());
        }
        let mut cells = line.split(',');
        let (from, to, at) = match (cells.next(), cells.next(), cells.next(), cells.next()) {
            (Some(""), None, ..) | (Some("from"), Some("to"), ..) => return Ok(None),
            (Some(from), Some(to), at, None) => (from, to, at),
            _ => return Err(format!("{line:?} is neither a JSON record nor from,to nor from,to,time")),
        };
        let at = at.map(|at| at.parse().map_err(|_| format!("the time {at:?} is no number of unix seconds")));
        Ok(Some(Self::Follow { from: from.into(), to: to.into(), at: at.transpose()? }))
    }

    fn check(&self) -> Result<(), String> {
        let (one, other) = match self {
            Self::Account { user, .. } => return check::user("user", user),
            Self::Follow { from, to, .. } => (("from", from), ("to", to)),
            Self::Friend { owner, friend, .. } => (("owner", owner), ("friend", friend)),
            Self::Block { owner, user, .. } => (("owner", owner), ("user", user)),
        };
        check::user(one.0, one.1)?;
        check::user(other.0, other.1)?;
        if one.1 == other.1 { Err(format!("{} and {} are the same user", one.0, other.0)) } else { Ok(()) }
    }

    fn add(self, db: &Connection, now: u64) -> rusqlite::Result<()> {
        let time = |at: Option<u64>| seconds(at.unwrap_or(now));
        let accounts =
            |one: &UserId, other: &UserId| accounts::import(db, one).and_then(|()| accounts::import(db, other));
        match self {
            Self::Account { user, profile } => {
                accounts::import(db, &user)?;
                let fields: Vec<_> =
                    profile.into_iter().map(|(tag, value)| ProfileItem::new(tag.as_str(), value)).collect();
                profiles::set(db, &user, &fields)
            }
            Self::Follow { from, to, at } => {
                accounts(&from, &to)?;
                if follows::exists(db, &from, &to)? { Ok(()) } else { follows::begin(db, &from, &to, time(at)) }
            }
            Self::Friend { owner, friend, source, remark, at } => {
                accounts(&owner, &friend)?;
                friends::add(db, &owner, &friend, &FriendEntry { source, remark, added_at: time(at) }).map(drop)
            }
            Self::Block { owner, user, at } => {
                accounts(&owner, &user)?;
                blocks::add(db, &owner, &user, time(at)).map(drop)
            }
        }
    }

    fn account(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Self> {
        let user = user(row, 0)?;
        let profile = profiles::get(db, &user)?.unwrap_or_default().0;
        let profile = profile.into_iter().map(|field| (field.tag.as_str().to_owned(), field.value)).collect();
        Ok(Self::Account { user, profile })
    }

    fn follow(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self::Follow { from: user(row, 0)?, to: user(row, 1)?, at: time(row, 2)? })
    }

    fn friend(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (owner, friend) = (user(row, 0)?, user(row, 1)?);
        Ok(Self::Friend { owner, friend, source: row.get(2)?, remark: row.get(3)?, at: time(row, 4)? })
    }

    fn block(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self::Block { owner: user(row, 0)?, user: user(row, 1)?, at: time(row, 2)? })
    }
}

fn user(row: &Row<'_>, column: usize) -> rusqlite::Result<UserId> {
    row.get::<_, String>(column).map(UserId::from)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    row.get::<_, i64>(column).map(|at| Some(at.unsigned_abs()))
}
