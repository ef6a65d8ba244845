//! Opening the database.

use std::path::Path;

use rusqlite::Connection;

use super::upkeep;

/// Marks a file as ours: `tim` and the first letter of the emulator.
const APPLICATION_ID: i32 = 0x7469_6d65;
/// Counts up when schema.sql changes.
const SCHEMA_VERSION: i32 = 3;

/// Of a file, this much is read where it lies in memory, without a copy: with millions of follows that takes half the
/// time of a call.
const MAPPED: i64 = 2 * 1000 * 1000 * 1000;

/// Opens the file, made when it is missing; without a path a database in memory.
///
/// A call is answered after its transaction is committed, and in a file a commit waits for the disk: what was answered
/// survives a crash. WAL lets other tools read the file meanwhile.
pub(crate) fn open(path: Option<&Path>) -> Result<Connection, String> {
    let open = || {
        let Some(path) = path else { return Connection::open_in_memory() };
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "mmap_size", MAPPED)?;
        Ok(db)
    };
    let db = open().map_err(|error| error.to_string())?;
    // One statement a query of the emulator: none is prepared twice.
    db.set_prepared_statement_cache_capacity(64);
    make_schema(&db).map_err(|error| error.to_string())?.map(|()| db)
}

fn make_schema(db: &Connection) -> rusqlite::Result<Result<(), String>> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i32>(0));
    let objects = number("SELECT COUNT(*) FROM sqlite_schema")?;
    let marks = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    Ok(match marks {
        (0, 0) if objects == 0 => {
            let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};");
            let schema = concat!("BEGIN IMMEDIATE;", include_str!("schema.sql"));
            db.execute_batch(&[schema, upkeep::SQL, &marks, "COMMIT;"].concat())?;
            Ok(())
        }
        (APPLICATION_ID, SCHEMA_VERSION) => Ok(()),
        (APPLICATION_ID, other) => {
            Err(format!("it has schema {other}, this version of the emulator reads {SCHEMA_VERSION}: use a new file"))
        }
        _ => Err("it is a database of another program: use a new file".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_another_kind_is_left_alone() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE other (x)").unwrap();
        assert!(make_schema(&db).unwrap().unwrap_err().contains("another program"));

        let db = Connection::open_in_memory().unwrap();
        make_schema(&db).unwrap().unwrap();
        make_schema(&db).unwrap().unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        assert!(make_schema(&db).unwrap().unwrap_err().contains("schema 99"));
    }
}
