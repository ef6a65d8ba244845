//! The file that `--out` names: locked while it is written, and checked against changes by others.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Why an output file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("cannot {doing} {}: {error}", path.display())]
    Io { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("{} exists already and is not overwritten, because of --no-clobber", .0.display())]
    Exists(PathBuf),
    #[error("another process writes {}; wait until it ends, or name another file", .0.display())]
    Locked(PathBuf),
    #[error(
        "{} was changed by another program: it has {length} bytes, and {written} were written; check it, and start \
         again with another file",
        path.display()
    )]
    Changed { path: PathBuf, length: u64, written: u64 },
    #[error("{} was deleted or replaced while it was written; start again with another file", .0.display())]
    Replaced(PathBuf),
}

/// How [`OutputFile::open`] treats a file that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Empties it.
    Overwrite,
    /// Fails.
    Keep,
    /// Leaves its content, so that the caller can resume.
    Resume,
}

/// A regular file with an exclusive lock, or a device or named pipe without one.
#[derive(Debug)]
pub(crate) struct OutputFile {
    path: PathBuf,
    file: File,
    encoder: Rc<RefCell<Encoder>>,
    /// Only a regular file has a lock and a length.
    is_regular: bool,
}

impl OutputFile {
    /// Opens and locks a file.
    pub(crate) fn open(path: &Path, gzip: bool, existing: Existing) -> Result<Self, FileError> {
        let failed = |doing: &'static str| move |error| FileError::Io { path: path.to_owned(), doing, error };
        let mut options = OpenOptions::new();
        options.write(true).truncate(false);
        match existing {
            Existing::Keep => options.create_new(true),
            Existing::Overwrite | Existing::Resume => options.create(true),
        };
        let file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
            _ => failed("write")(error),
        })?;
        let is_regular = file.metadata().map_err(failed("read"))?.is_file();
        if is_regular {
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => FileError::Locked(path.to_owned()),
                TryLockError::Error(error) => failed("lock")(error),
            })?;
            if existing == Existing::Overwrite {
                file.set_len(0).map_err(failed("write"))?;
            }
        }
        let plain = file.try_clone().map_err(failed("write"))?;
        let encoder = Rc::new(RefCell::new(if gzip { Encoder::Gzip(plain, None) } else { Encoder::Plain(plain) }));
        Ok(Self { path: path.to_owned(), file, encoder, is_regular })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has a length that can be checked.
    pub(crate) fn is_regular(&self) -> bool {
        self.is_regular
    }

    /// Whether it is the device of a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    /// How many bytes it has.
    pub(crate) fn length(&self) -> Result<u64, FileError> {
        Ok(self.file.metadata().map_err(|error| self.failed("read", error))?.len())
    }

    /// Cuts everything behind `length` bytes, and writes on from there.
    pub(crate) fn cut(&mut self, length: u64) -> Result<(), FileError> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map(drop).map_err(|error| self.failed("cut", error))
    }

    /// What writes to the file.
    pub(crate) fn writer(&self) -> impl Write + 'static {
        Shared(Rc::clone(&self.encoder))
    }

    /// Ends the compressed part, so that the file can be cut here and is complete without what
    /// follows.
    pub(crate) fn end_part(&mut self) -> io::Result<()> {
        self.encoder.borrow_mut().end_part()
    }

    /// Brings the content to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// How many bytes were written. Fails if the file has another length, or if another file has
    /// its name now.
    pub(crate) fn verify(&mut self) -> Result<u64, FileError> {
        if !self.is_regular {
            return Ok(0);
        }
        let written = self.file.stream_position().map_err(|error| self.failed("read", error))?;
        if !self.is_named() {
            return Err(FileError::Replaced(self.path.clone()));
        }
        match self.length()? {
            length if length == written => Ok(written),
            length => Err(FileError::Changed { path: self.path.clone(), length, written }),
        }
    }

    /// Whether its path still leads to it.
    fn is_named(&self) -> bool {
        let (Ok(named), Ok(open)) = (fs::metadata(&self.path), self.file.metadata()) else { return false };
        is_same_file(&named, &open)
    }

    fn failed(&self, doing: &'static str, error: io::Error) -> FileError {
        FileError::Io { path: self.path.clone(), doing, error }
    }
}

/// Whether both paths are names of one file. Only unix tells.
pub(super) fn is_hard_link(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other)) else { return false };
    cfg!(unix) && is_same_file(&one, &other)
}

#[cfg(unix)]
fn is_same_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Other systems do not let a program delete or replace an open file.
#[cfg(not(unix))]
fn is_same_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[derive(Debug)]
enum Encoder {
    Plain(File),
    /// A part begins with its first byte: an empty one would be written for nothing.
    Gzip(File, Option<Box<GzEncoder<File>>>),
}

impl Encoder {
    fn end_part(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(_, part) => part.take().map_or(Ok(()), |part| part.finish().map(drop)),
            Self::Plain(_) => Ok(()),
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(_, Some(part)) => part.write(bytes),
            Self::Gzip(file, part @ None) => {
                part.insert(Box::new(GzEncoder::new(file.try_clone()?, Compression::default()))).write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            // A flush would end a block and make the file larger. `end_part` writes everything.
            Self::Gzip(..) => Ok(()),
        }
    }
}

struct Shared(Rc<RefCell<Encoder>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::MultiGzDecoder;

    use super::*;

    fn scratch(name: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        (folder, path)
    }

    #[test]
    fn a_file_is_written_by_one_process_only() {
        let (_folder, path) = scratch("rows");
        let file = OutputFile::open(&path, false, Existing::Overwrite).unwrap();
        file.writer().write_all(b"one\n").unwrap();
        for existing in [Existing::Overwrite, Existing::Resume] {
            let error = OutputFile::open(&path, false, existing).unwrap_err();
            assert!(matches!(error, FileError::Locked(_)), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
        drop(file);
        assert_eq!(OutputFile::open(&path, false, Existing::Resume).unwrap().length().unwrap(), 4);
        assert!(matches!(OutputFile::open(&path, false, Existing::Keep), Err(FileError::Exists(_))));
    }

    #[test]
    fn a_change_by_others_is_found() {
        let (_folder, path) = scratch("rows");
        let mut file = OutputFile::open(&path, false, Existing::Overwrite).unwrap();
        file.writer().write_all(b"one\n").unwrap();
        assert_eq!(file.verify().unwrap(), 4);
        fs::write(&path, "").unwrap();
        assert!(matches!(file.verify(), Err(FileError::Changed { length: 0, written: 4, .. })));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "one\n").unwrap();
        if cfg!(unix) {
            assert!(matches!(file.verify(), Err(FileError::Replaced(_))));
        }
    }

    #[test]
    fn compressed_parts_can_be_cut_and_continued() {
        let (_folder, path) = scratch("rows.gz");
        let mut file = OutputFile::open(&path, true, Existing::Overwrite).unwrap();
        file.writer().write_all(b"one\n").unwrap();
        file.end_part().unwrap();
        let length = file.verify().unwrap();
        file.writer().write_all(b"lost").unwrap();
        drop(file);
        let mut file = OutputFile::open(&path, true, Existing::Resume).unwrap();
        file.cut(length).unwrap();
        file.writer().write_all(b"two\n").unwrap();
        file.end_part().unwrap();
        file.end_part().unwrap();
        file.verify().unwrap();
        let mut text = String::new();
        MultiGzDecoder::new(File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }
}
