//! Opens the database. A file that is not a database of the emulator is not changed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::upkeep;

/// Marks a file as a database of the emulator: `time` in ASCII.
const APPLICATION_ID: i32 = 0x7469_6d65;
/// The version of the schema. It increases when the schema or its meaning changes.
pub(super) const SCHEMA_VERSION: i32 = 5;

/// The maximum size of the part of a file that is mapped into memory. SQLite reads it without a
/// copy, which halves the time of a call on millions of follows.
const MAPPED_BYTES: i64 = 2 * 1000 * 1000 * 1000;
/// The maximum size of the write-ahead log after a commit, for example of a large import.
const MAX_LOG_BYTES: i64 = 64 * 1024 * 1024;
/// The suffixes of the files that jobs write next to the data file: the records of an import, and a
/// working copy of the state. They remain if the process is killed.
pub(super) const SCRATCH: [&str; 2] = [".tim-import", ".tim-job"];
/// The maximum time that a connection waits for the lock of another program when it opens the file.
const OPEN_WAIT: Duration = Duration::from_secs(5);
/// The number of prepared statements in the cache. It is large enough for all statements of the
/// emulator.
const STATEMENTS: usize = 128;

/// Opens an empty database in memory.
pub(crate) fn in_memory() -> Result<Connection, String> {
    let db = blank()?;
    create_schema(&db).map_err(text)?;
    Ok(db)
}

/// Opens a database in memory without a schema.
pub(crate) fn blank() -> Result<Connection, String> {
    let db = Connection::open_in_memory().map_err(text)?;
    prepare(&db);
    Ok(db)
}

/// Opens the database file for writes, and creates it if it is missing or empty.
///
/// A call is acknowledged after its commit, and a commit waits for the disk, so an acknowledged
/// call survives a crash. In WAL mode, other programs can read the file meanwhile.
pub(crate) fn file(path: &Path) -> Result<Connection, String> {
    let exists = check_header(path)?;
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let open = || {
        db.busy_timeout(OPEN_WAIT)?;
        if !exists {
            // Runs before WAL mode is on, so that the marks are in the file itself and not in the
            // log.
            create_schema(&db)?;
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "journal_size_limit", MAX_LOG_BYTES)?;
        db.pragma_update(None, "mmap_size", MAPPED_BYTES)
    };
    open().map_err(text)?;
    prepare(&db);
    Ok(db)
}

/// Opens another connection to the database file, for reads only.
pub(crate) fn for_reading(path: &Path) -> Result<Connection, String> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let open = || {
        db.busy_timeout(OPEN_WAIT)?;
        db.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
        db.pragma_update(None, "query_only", true)
    };
    open().map_err(text)?;
    prepare(&db);
    Ok(db)
}

/// Returns the absolute path of a data file, with symbolic links resolved. SQLite names its own
/// files after this path, and all names of a data file share one lock.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let missing = || Ok(fs::canonicalize(parent)?.join(path.file_name().unwrap_or_default()));
    fs::canonicalize(path).or_else(|_: io::Error| missing()).unwrap_or_else(|_: io::Error| path.to_owned())
}

/// Returns the path of a file next to `path`: the same name with `end` appended.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Opens a file. The flag for URIs is off, so a name like `file:x` is the name of a file.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, String> {
    // SQLite has special names such as `:memory:`. With a directory, a relative name is never
    // special.
    let path = if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) };
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(text)
}

fn prepare(db: &Connection) {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
}

fn create_schema(db: &Connection) -> rusqlite::Result<()> {
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};");
    db.execute_batch(&["BEGIN IMMEDIATE;", include_str!("schema.sql"), upkeep::SQL, &marks, "COMMIT;"].concat())
}

/// Returns whether the file contains a database of this version; false if it is missing or empty.
/// Reads the header without SQLite, so a file of another program is not changed.
fn check_header(path: &Path) -> Result<bool, String> {
    /// The start of every SQLite file; see
    /// <https://www.sqlite.org/fileformat.html#the_database_header>.
    const MAGIC: &[u8] = b"SQLite format 3\0";
    const VERSION_AT: usize = 60;
    const APPLICATION_AT: usize = 68;

    let mut header = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(100).read_to_end(&mut header).map_err(|error| error.to_string())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.to_string()),
    };
    if header.is_empty() {
        return Ok(false);
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, i32::from_be_bytes)
    };
    if !header.starts_with(MAGIC) || number(APPLICATION_AT) != APPLICATION_ID {
        return Err("it is not a database of tim-emulator (it was not changed): name a new file".to_owned());
    }
    match number(VERSION_AT) {
        SCHEMA_VERSION => Ok(true),
        other => Err(format!(
            "it has format {other}, and this version of the emulator reads format {SCHEMA_VERSION}: export it with the \
             version that wrote it, and import it into a new file"
        )),
    }
}

/// A lock that prevents a second emulator from using the same file.
#[derive(Debug)]
pub(crate) struct DataLock {
    path: PathBuf,
    _file: File,
}

impl DataLock {
    /// Locks a data file by locking another file next to it. Removes files that an earlier process
    /// left.
    pub(crate) fn of(data: &Path) -> Result<Self, String> {
        let path = beside(data, ".lock");
        let cannot = |error: io::Error| format!("cannot create the lock file {}: {error}", path.display());
        let file = File::options().create(true).append(true).open(&path).map_err(cannot)?;
        if file.metadata().map_err(cannot)?.len() > 0 {
            return Err(format!("{} would be its lock file, but has content: name another data file", path.display()));
        }
        file.try_lock().map_err(|_| {
            format!(
                "another emulator is using it (it holds the lock of {}): stop it, or name another file",
                path.display()
            )
        })?;
        for end in SCRATCH {
            let _ = fs::remove_file(beside(data, end));
        }
        Ok(Self { path, _file: file })
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        // Removes the file while it is still locked, so no other emulator can have locked it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Identifies a file, to distinguish it from another file with the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    files: [(PathBuf, Option<(u64, u64)>); 2],
}

impl FileIdentity {
    /// Returns the identity of the database file that has this name now, and of its log.
    pub(crate) fn of(path: &Path) -> Self {
        Self { files: [path.to_owned(), beside(path, "-wal")].map(|path| (path.clone(), id_of(&path))) }
    }

    /// Returns an error if the file was deleted, or replaced by another one.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.files.iter().find(|(path, id)| id_of(path) != *id) {
            None => Ok(()),
            Some((path, _)) => Err(format!(
                "the data file {} was deleted or replaced while the emulator runs: restart the emulator",
                path.display()
            )),
        }
    }
}

#[cfg(unix)]
fn id_of(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// On other systems, SQLite opens the file in a way that prevents its deletion.
#[cfg(not(unix))]
fn id_of(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|_| (0, 0))
}

fn text(error: rusqlite::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that is removed after the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tim-emulator-store-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn files(&self) -> Vec<(String, Vec<u8>)> {
            let read =
                |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
            let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| read(entry.unwrap())).collect();
            files.sort();
            files
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_foreign_file_stays_byte_for_byte_as_it_is() {
        let scratch = Scratch::new("foreign");
        fs::write(scratch.0.join("notes.txt"), "not a database").unwrap();
        Connection::open(scratch.0.join("other.db")).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
        let before = scratch.files();
        for name in ["notes.txt", "other.db"] {
            assert!(file(&scratch.0.join(name)).unwrap_err().contains("not a database of tim-emulator"));
        }
        assert_eq!(scratch.files(), before);
    }

    #[test]
    fn another_format_is_named() {
        let scratch = Scratch::new("format");
        let path = scratch.0.join("world.db");
        file(&path).unwrap().pragma_update(None, "user_version", 4).unwrap();
        let error = file(&path).unwrap_err();
        assert!(error.contains("format 4") && error.contains("reads format 5"), "{error}");
    }

    #[test]
    fn a_new_file_has_its_marks_before_anything_is_written_to_the_log() {
        let scratch = Scratch::new("marks");
        let path = scratch.0.join("world.db");
        let db = file(&path).unwrap();
        assert_eq!(check_header(&path), Ok(true), "the connection is still open");
        drop(db);
        assert_eq!(check_header(&path), Ok(true));
    }

    #[test]
    fn a_special_name_is_the_name_of_a_file() {
        let scratch = Scratch::new("names");
        for name in [":memory:", "file:world.db"] {
            file(&scratch.0.join(name)).unwrap();
            assert!(scratch.0.join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn one_emulator_at_a_time_uses_a_file() {
        let scratch = Scratch::new("lock");
        let data = scratch.0.join("world.db");
        let first = DataLock::of(&data).unwrap();
        assert!(DataLock::of(&data).unwrap_err().contains("another emulator"));
        drop(first);
        DataLock::of(&data).unwrap();
        assert_eq!(scratch.files(), [], "no lock file stays");
    }

    #[test]
    fn a_foreign_file_with_the_name_of_the_lock_stays() {
        let scratch = Scratch::new("lock-name");
        fs::write(scratch.0.join("Cargo.lock"), "version = 4").unwrap();
        let before = scratch.files();
        assert!(DataLock::of(&scratch.0.join("Cargo")).unwrap_err().contains("has content"));
        assert_eq!(scratch.files(), before);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_has_the_lock_of_its_file() {
        let scratch = Scratch::new("link");
        let (data, link) = (scratch.0.join("world.db"), scratch.0.join("link.db"));
        fs::write(&data, "").unwrap();
        std::os::unix::fs::symlink(&data, &link).unwrap();
        assert_eq!(resolve(&link), resolve(&data));
        assert_eq!(resolve(&scratch.0.join("new.db")), resolve(&scratch.0).join("new.db"));
        assert!(resolve(Path::new("file:new.db")).is_absolute());
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_was_replaced_is_noticed() {
        let scratch = Scratch::new("identity");
        let path = scratch.0.join("world.db");
        fs::write(&path, "1").unwrap();
        let identity = FileIdentity::of(&path);
        assert_eq!(identity.check(), Ok(()));
        fs::write(scratch.0.join("other.db"), "2").unwrap();
        fs::rename(scratch.0.join("other.db"), &path).unwrap();
        assert!(identity.check().unwrap_err().contains("replaced"));
        fs::remove_file(&path).unwrap();
        assert!(identity.check().unwrap_err().contains("deleted"));
    }
}
