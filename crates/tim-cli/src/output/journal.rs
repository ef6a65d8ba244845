//! The journal of a bulk command: which run it is, and how much of its output is safe.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::input::preflight::Fingerprint;
use crate::input::source::InputPosition;
use crate::run::summary::Summary;

/// The form of the file; a later version of this program may write another.
const VERSION: u32 = 1;

/// A file that says where a run can go on.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    page: Page,
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Page {
    tim_journal: u32,
    run: Vec<(String, String)>,
    place: Checkpoint,
}

/// A place in a run: everything before it is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// How many targets, or users of an export, are through.
    pub(crate) targets: u64,
    /// Over these.
    pub(crate) fingerprint: Fingerprint,
    /// Where they end in the input.
    #[serde(default)]
    pub(crate) input: InputPosition,
    /// How many bytes of the output belong to them.
    pub(crate) output_bytes: u64,
    /// Where the list of the next user goes on, and how many of its entries are through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<(String, u64)>,
    /// What came of them.
    pub(crate) summary: Summary,
    /// Nothing is left to be done.
    pub(crate) finished: bool,
}

/// What makes a run: command, app, input and so on, by name. Two runs with equal ones can share a journal.
pub(crate) type Run = Vec<(String, String)>;

/// Why a journal is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("the journal {} cannot be {doing}: {error}", path.display())]
    Io { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("{} is no journal of this version of tim; name another file with --resume", .0.display())]
    NoJournal(PathBuf),
    #[error(
        "the journal {} belongs to another run: {what} was {was} and is now {is}; give the command as it was, or begin \
         anew with another journal",
        path.display()
    )]
    OtherRun { path: PathBuf, what: String, was: String, is: String },
}

impl Journal {
    /// Opens the journal of `run`, or begins one.
    pub(crate) fn open(path: &Path, run: Run) -> Result<Self, JournalError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let page = Page { tim_journal: VERSION, run, place: Checkpoint::default() };
                return Ok(Self { path: path.to_owned(), page });
            }
            Err(error) => return Err(JournalError::Io { path: path.to_owned(), doing: "read", error }),
        };
        let page: Page = serde_json::from_str(&text).map_err(|_| JournalError::NoJournal(path.to_owned()))?;
        if page.tim_journal != VERSION {
            return Err(JournalError::NoJournal(path.to_owned()));
        }
        match difference(&page.run, &run) {
            Some((what, was, is)) => Err(JournalError::OtherRun { path: path.to_owned(), what, was, is }),
            None => Ok(Self { path: path.to_owned(), page }),
        }
    }

    /// Where the run goes on.
    pub(crate) fn place(&self) -> &Checkpoint {
        &self.page.place
    }

    /// Whether the file is there: a run that was never begun has none.
    pub(crate) fn is_begun(&self) -> bool {
        self.path.exists()
    }

    /// Writes the place down. The output must be on the disk already. The file is the old one or the new one, whenever the
    /// power goes.
    pub(crate) fn write(&mut self, place: Checkpoint) -> Result<(), JournalError> {
        self.page.place = place;
        let mut temporary = self.path.clone().into_os_string();
        temporary.push(".tmp");
        let write = || -> io::Result<()> {
            let mut file = File::create(&temporary)?;
            serde_json::to_writer(&mut file, &self.page)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)?;
            sync_folder(&self.path)
        };
        write().map_err(|error| JournalError::Io { path: self.path.clone(), doing: "written", error })
    }
}

fn difference(was: &Run, is: &Run) -> Option<(String, String, String)> {
    let value = |run: &Run, name: &str| {
        run.iter().find(|(key, _)| key == name).map_or_else(|| "not there".to_owned(), |(_, value)| value.clone())
    };
    let differs = |name: &&String| value(was, name) != value(is, name);
    let name = is.iter().chain(was).map(|(name, _)| name).find(differs)?;
    Some((name.clone(), value(was, name), value(is, name)))
}

/// Makes the name of a file in its folder last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only unix opens folders.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tim-cli-journal-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn run(command: &str) -> Run {
        vec![("the command".to_owned(), command.to_owned()), ("the app".to_owned(), "1".to_owned())]
    }

    #[test]
    fn a_place_is_found_again() {
        let path = scratch("again");
        let mut journal = Journal::open(&path, run("follow_add")).unwrap();
        assert!(!journal.is_begun());
        let place =
            Checkpoint { targets: 7, output_bytes: 99, cursor: Some(("c".to_owned(), 3)), ..Checkpoint::default() };
        journal.write(place.clone()).unwrap();
        let journal = Journal::open(&path, run("follow_add")).unwrap();
        assert_eq!((journal.is_begun(), journal.place()), (true, &place));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn another_run_is_refused_and_the_difference_named() {
        let path = scratch("other");
        Journal::open(&path, run("follow_add")).unwrap().write(Checkpoint::default()).unwrap();
        let error = Journal::open(&path, run("follow_delete")).unwrap_err().to_string();
        assert!(error.contains("the command was follow_add and is now follow_delete"), "{error}");
        let error = Journal::open(&path, run("follow_add")[..1].to_vec()).unwrap_err().to_string();
        assert!(error.contains("the app was 1 and is now not there"), "{error}");
        fs::write(&path, "{}").unwrap();
        assert!(Journal::open(&path, run("follow_add")).unwrap_err().to_string().contains("is no journal"));
        fs::remove_file(path).unwrap();
    }
}
