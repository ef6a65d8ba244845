//! The state as text: one JSON record a line, or `from,to` for a follow.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use rusqlite::{Connection, Row, TransactionBehavior};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tim_types::{ProfileItem, UserId};

use super::friends::FriendEntry;
use super::{World, accounts, blocks, follows, friends, profiles, seconds, upkeep};
use crate::check;

/// One line. Users that it names get accounts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Record {
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

impl World {
    /// Adds what the lines say, at `now` where they name no time: all of them, or none when one is wrong.
    /// What is there already stays as it is, profile fields excepted. RelationLimits do not count. Says how many lines it read.
    ///
    /// # Errors
    /// The number of the line that is wrong, and why.
    pub(crate) fn import(&mut self, from: impl BufRead, now: u64) -> Result<u64, String> {
        upkeep::set_cache(&self.db, true).map_err(text)?;
        let imported = self.import_lines(from, now);
        upkeep::set_cache(&self.db, false).map_err(text)?;
        imported
    }

    fn import_lines(&mut self, mut from: impl BufRead, now: u64) -> Result<u64, String> {
        let import = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(text)?;
        let suspended = upkeep::suspend(&import).map_err(text)?;
        let (mut lines, mut line) = (0, String::new());
        while from.read_line(&mut line).map_err(|error| format!("line {}: {error}", lines + 1))? > 0 {
            lines += 1;
            let record = Record::read(line.trim_ascii()).map_err(|reason| format!("line {lines}: {reason}"))?;
            if let Some(record) = record {
                record.check().map_err(|reason| format!("line {lines}: {reason}"))?;
                record.add(&import, now).map_err(text)?;
            }
            line.clear();
        }
        if suspended {
            upkeep::resume(&import).map_err(text)?;
        }
        import.commit().map_err(text)?;
        Ok(lines)
    }

    /// [Imports](Self::import) a file.
    pub(crate) fn import_from(&mut self, path: &Path, now: u64) -> Result<u64, String> {
        self.import(BufReader::new(File::open(path).map_err(|error| error.to_string())?), now)
    }

    /// Writes all that [`import`](Self::import) needs to make the same state elsewhere, each list in its order.
    pub(crate) fn export(&self, mut to: impl Write) -> Result<(), String> {
        let write = |record: Record| -> Result<(), String> {
            serde_json::to_writer(&mut to, &record).map_err(|error| error.to_string())?;
            to.write_all(b"\n").map_err(|error| error.to_string())
        };
        self.records(write)?;
        to.flush().map_err(|error| error.to_string())
    }

    /// [Exports](Self::export) to a file, which holds the earlier export until the new one is whole.
    pub(crate) fn export_to(&self, path: &Path) -> Result<(), String> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        self.export(BufWriter::new(File::create(&partial).map_err(|error| error.to_string())?))?;
        fs::rename(partial, path).map_err(|error| error.to_string())
    }

    fn records(&self, mut write: impl FnMut(Record) -> Result<(), String>) -> Result<(), String> {
        // One transaction, so that a file which another program writes to is read as it is at one moment.
        let moment = self.db.unchecked_transaction().map_err(text)?;
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
