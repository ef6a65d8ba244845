//! The journal of a run: which run it is, and how much of its output is on the disk.
//!
//! [`Page`] is the core: it reads and writes text and compares runs. [`Journal`] keeps a page in a
//! file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::saving::{JournalFolder, replace};

/// The version of the file format.
const VERSION: u32 = 2;
/// A longer file is not a journal.
const MAX_BYTES: u64 = 1 << 20;

/// What identifies a run: command, app, input and so on, by name. Only runs with equal values share
/// a journal.
pub type Identity = Vec<(String, String)>;

/// The content of a journal. `C` is what the run resumes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<C> {
    tim_journal: u32,
    run: Identity,
    /// How many bytes of the output belong to the checkpoint.
    pub output_bytes: u64,
    /// Whether everything is done.
    pub finished: bool,
    pub checkpoint: C,
}

/// Why the text of a journal cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageError {
    NotAJournal,
    OtherRun { what: String, was: String, is: String },
}

impl<C: Default + Serialize + DeserializeOwned> Page<C> {
    /// The page of a run that has not begun.
    pub fn new(run: Identity) -> Self {
        Self { tim_journal: VERSION, run, output_bytes: 0, finished: false, checkpoint: C::default() }
    }

    /// Reads the page of `run`.
    pub fn decode(text: &[u8], run: &Identity) -> Result<Self, PageError> {
        let page: Self = serde_json::from_slice(text).map_err(|_| PageError::NotAJournal)?;
        if page.tim_journal != VERSION {
            return Err(PageError::NotAJournal);
        }
        match difference(&page.run, run) {
            Some((what, was, is)) => Err(PageError::OtherRun { what, was, is }),
            None => Ok(page),
        }
    }

    /// The text of the file.
    pub fn encode(&self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The first value that differs: its name, and both values.
fn difference(was: &Identity, is: &Identity) -> Option<(String, String, String)> {
    let value = |run: &Identity, name: &str| {
        run.iter().find(|(key, _)| key == name).map_or_else(|| "not set".to_owned(), |(_, value)| value.clone())
    };
    let differs = |name: &&String| value(was, name) != value(is, name);
    let name = is.iter().chain(was).map(|(name, _)| name).find(differs)?;
    Some((name.clone(), value(was, name), value(is, name)))
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("cannot {doing} the journal {}: {error}", path.display())]
    Io { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("{} is not a tim journal, or was written by another version; give --resume another file", .0.display())]
    NotAJournal(PathBuf),
    #[error(
        "the journal {} belongs to another run: {what} was {was} and is now {is}; give the same command as before, or \
         start again with another journal",
        path.display()
    )]
    OtherRun { path: PathBuf, what: String, was: String, is: String },
}

/// A page in a file.
#[derive(Debug)]
pub(crate) struct Journal<C> {
    path: PathBuf,
    page: Page<C>,
    exists: bool,
}

impl<C: Default + Serialize + DeserializeOwned> Journal<C> {
    /// Reads the journal of `run`. A file that does not exist is the journal of a run that has not
    /// begun.
    pub(crate) fn open(path: &Path, run: Identity) -> Result<Self, JournalError> {
        let (page, exists) = match read(path) {
            Ok(text) => (Page::decode(&text, &run).map_err(|error| named(path, error))?, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Page::new(run), false),
            Err(error) => return Err(JournalError::Io { path: path.to_owned(), doing: "read", error }),
        };
        Ok(Self { path: path.to_owned(), page, exists })
    }

    /// What the file holds.
    pub(crate) fn page(&self) -> &Page<C> {
        &self.page
    }

    /// How many bytes of the output the file claims, and whether it says that the run is finished.
    /// `None` if there was no file when the journal was opened.
    pub(crate) fn claim(&self) -> Option<(u64, bool)> {
        self.exists.then_some((self.page.output_bytes, self.page.finished))
    }

    /// Replaces the file. The output must be on the disk before. After a power cut, the file is
    /// either the old or the new one.
    pub(crate) fn write(&mut self, output_bytes: u64, finished: bool, checkpoint: C) -> Result<(), JournalError> {
        self.page = Page { output_bytes, finished, checkpoint, ..Page::new(std::mem::take(&mut self.page.run)) };
        let written =
            self.page.encode().and_then(|text| replace(&mut Folder { path: &self.path, temporary: None }, &text));
        written.map_err(|error| JournalError::Io { path: self.path.clone(), doing: "write", error })
    }
}

fn named(path: &Path, error: PageError) -> JournalError {
    let path = path.to_owned();
    match error {
        PageError::NotAJournal => JournalError::NotAJournal(path),
        PageError::OtherRun { what, was, is } => JournalError::OtherRun { path, what, was, is },
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut text)?;
    Ok(text)
}

/// The folder of the journal `path`.
struct Folder<'a> {
    path: &'a Path,
    /// The temporary file, while it is written.
    temporary: Option<NamedTempFile>,
}

impl Folder<'_> {
    /// The name of the temporary file. It is fixed, so that a killed program leaves at most one
    /// behind.
    fn name(&self) -> OsString {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        name
    }
}

impl JournalFolder for Folder<'_> {
    type Error = io::Error;

    fn remove_temporary(&mut self) -> io::Result<()> {
        match fs::remove_file(folder_of(self.path).join(self.name())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn write_temporary(&mut self, text: &[u8]) -> io::Result<()> {
        let file = tempfile::Builder::new().prefix(&self.name()).rand_bytes(0).tempfile_in(folder_of(self.path))?;
        self.temporary.insert(file).write_all(text)
    }

    fn sync_temporary(&mut self) -> io::Result<()> {
        self.temporary.as_ref().map_or(Ok(()), |file| file.as_file().sync_all())
    }

    fn rename_temporary(&mut self) -> io::Result<()> {
        match self.temporary.take() {
            Some(file) => Ok(file.persist(self.path).map(drop)?),
            None => Ok(()),
        }
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        sync_folder(self.path)
    }
}

/// Makes the name of a file in its folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Only unix opens folders.
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        (folder, path)
    }

    fn run(command: &str) -> Identity {
        vec![("the command".to_owned(), command.to_owned()), ("the app".to_owned(), "1".to_owned())]
    }

    #[test]
    fn a_checkpoint_is_read_again() {
        let (_folder, path) = scratch();
        let mut journal = Journal::<u64>::open(&path, run("follow_add")).unwrap();
        assert_eq!(journal.claim(), None);
        journal.write(99, false, 7).unwrap();
        fs::write(path.with_extension("journal.tmp"), "a killed program left this").unwrap();
        journal.write(100, true, 8).unwrap();
        let journal = Journal::<u64>::open(&path, run("follow_add")).unwrap();
        assert_eq!((journal.claim(), journal.page().checkpoint), (Some((100, true)), 8));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_page_of_another_run_is_an_error_that_names_the_difference() {
        let text = Page::<u64>::new(run("follow_add")).encode().unwrap();
        let other = |run: Identity| match Page::<u64>::decode(&text, &run) {
            Err(PageError::OtherRun { what, was, is }) => [what, was, is].join("|"),
            other => panic!("{other:?}"),
        };
        assert_eq!(other(run("follow_delete")), "the command|follow_add|follow_delete");
        assert_eq!(other(run("follow_add")[..1].to_vec()), "the app|1|not set");
    }

    #[test]
    fn other_files_and_other_versions_are_not_journals() {
        let (_folder, path) = scratch();
        let old = r#"{"tim_journal":1,"run":[],"output_bytes":0,"finished":false,"checkpoint":0}"#;
        for text in ["", "{}", "not JSON", old] {
            fs::write(&path, text).unwrap();
            let error = Journal::<u64>::open(&path, Vec::new()).unwrap_err().to_string();
            assert!(error.contains("is not a tim journal"), "{error}");
        }
    }
}
