//! When and in which order a run writes its output and its journal, and how a later run begins with
//! both. No IO, no clock.

use std::time::{Duration, Instant};

/// How often a checkpoint is written at most.
const PAUSE: Duration = Duration::from_millis(200);
/// A checkpoint may take one part in so many of the time.
const SHARE: u32 = 20;

/// When the next checkpoint may be written.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    due: Instant,
}

impl Schedule {
    /// The first checkpoint is due at once.
    pub fn new(now: Instant) -> Self {
        Self { due: now }
    }

    fn is_due(self, now: Instant) -> bool {
        now >= self.due
    }

    /// Notes that a checkpoint was written between `start` and `end`.
    fn written(&mut self, start: Instant, end: Instant) {
        let pause = PAUSE.max(end.saturating_duration_since(start).saturating_mul(SHARE));
        self.due = end.checked_add(pause).unwrap_or(end);
    }
}

/// Where in a run a checkpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Continues,
    Stopped,
    Finished,
}

/// The output of a run, and its journal if it has one.
pub trait Files {
    type Checkpoint: Clone;
    type Error;

    /// Whether there is a journal.
    fn is_resumable(&self) -> bool;

    /// Writes the buffered rows to the output.
    ///
    /// # Errors
    /// Returns why the rows cannot be written.
    fn flush(&mut self) -> Result<(), Self::Error>;

    /// Ends the compressed part of the output, so that the output can be cut here.
    ///
    /// # Errors
    /// Returns why the end of the part cannot be written.
    fn end_part(&mut self) -> Result<(), Self::Error>;

    /// Returns how many bytes the output has.
    ///
    /// # Errors
    /// Another program changed the output.
    fn verify(&mut self) -> Result<u64, Self::Error>;

    /// Brings the output to the disk.
    ///
    /// # Errors
    /// Returns why the disk does not have the output.
    fn sync(&mut self) -> Result<(), Self::Error>;

    /// Replaces the journal.
    ///
    /// # Errors
    /// Returns why the journal cannot be written.
    fn write_journal(
        &mut self,
        output_bytes: u64,
        finished: bool,
        checkpoint: Self::Checkpoint,
    ) -> Result<(), Self::Error>;
}

/// Writes the rows so far, and then the checkpoint behind them. The output is on the disk before
/// the journal claims it.
///
/// # Errors
/// Returns what failed. The journal has an earlier checkpoint then.
pub fn save<F: Files>(files: &mut F, checkpoint: &F::Checkpoint, part: Part) -> Result<(), F::Error> {
    files.flush()?;
    if part != Part::Continues || files.is_resumable() {
        files.end_part()?;
    }
    let written = files.verify()?;
    if files.is_resumable() {
        files.sync()?;
        files.write_journal(written, part == Part::Finished, checkpoint.clone())?;
    }
    Ok(())
}

/// Writes the rows so far and a checkpoint, if that is due. `clock` returns the current time.
///
/// # Errors
/// Returns what failed.
pub fn save_if_due<F: Files>(
    files: &mut F,
    schedule: &mut Schedule,
    checkpoint: &F::Checkpoint,
    clock: impl Fn() -> Instant,
) -> Result<(), F::Error> {
    let start = clock();
    if !schedule.is_due(start) {
        return Ok(());
    }
    save(files, checkpoint, Part::Continues)?;
    schedule.written(start, clock());
    Ok(())
}

/// The folder of a journal: the journal and the temporary file that replaces it.
pub trait JournalFolder {
    type Error;

    /// Removes the temporary file of an earlier run, if there is one.
    ///
    /// # Errors
    /// Returns why the file cannot be removed.
    fn remove_temporary(&mut self) -> Result<(), Self::Error>;

    /// Writes the temporary file.
    ///
    /// # Errors
    /// Returns why the file cannot be written.
    fn write_temporary(&mut self, text: &[u8]) -> Result<(), Self::Error>;

    /// Brings the temporary file to the disk.
    ///
    /// # Errors
    /// Returns why the disk does not have the file.
    fn sync_temporary(&mut self) -> Result<(), Self::Error>;

    /// Gives the temporary file the name of the journal, in one step.
    ///
    /// # Errors
    /// Returns why the file cannot be renamed.
    fn rename_temporary(&mut self) -> Result<(), Self::Error>;

    /// Brings the names of the files to the disk.
    ///
    /// # Errors
    /// Returns why the disk does not have the names.
    fn sync_folder(&mut self) -> Result<(), Self::Error>;
}

/// Replaces the text of a journal. After a power cut, the journal has either the old text or the
/// new one.
///
/// # Errors
/// Returns what failed.
pub fn replace<F: JournalFolder>(folder: &mut F, text: &[u8]) -> Result<(), F::Error> {
    folder.remove_temporary()?;
    folder.write_temporary(text)?;
    folder.sync_temporary()?;
    folder.rename_temporary()?;
    folder.sync_folder()
}

/// How a run with a journal begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It was finished before.
    Finished,
    /// There is neither a journal nor an output, or only an empty output.
    New,
    /// It resumes behind so many bytes of the output.
    Resume(u64),
}

/// Why a run cannot begin with its journal and its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// There is a journal, and its output is gone.
    Lost,
    /// There is an output, and no journal.
    NotEmpty,
    /// The output has other lengths than the journal allows.
    Mismatch { length: u64, journaled: u64 },
}

impl Start {
    /// Decides how a run begins. `journal` is how many bytes of the output the journal claims, and
    /// whether it says that the run is finished; `None` without a journal. `output` is the length
    /// of the output, if it exists.
    ///
    /// # Errors
    /// Returns how the journal and the output contradict each other.
    pub fn decide(journal: Option<(u64, bool)>, output: Option<u64>) -> Result<Self, Conflict> {
        match (journal, output) {
            (None, None | Some(0)) => Ok(Self::New),
            (None, Some(_)) => Err(Conflict::NotEmpty),
            (Some(_), None) => Err(Conflict::Lost),
            (Some((journaled, true)), Some(length)) if length == journaled => Ok(Self::Finished),
            (Some((journaled, false)), Some(length)) if length >= journaled => Ok(Self::Resume(journaled)),
            (Some((journaled, _)), Some(length)) => Err(Conflict::Mismatch { length, journaled }),
        }
    }
}

/// The output and the journal of a run that begins.
pub trait FilesAtStart {
    type Error;

    /// Cuts everything behind so many bytes of the output.
    ///
    /// # Errors
    /// Returns why the output cannot be cut.
    fn cut(&mut self, length: u64) -> Result<(), Self::Error>;

    /// Brings the name of the output to the disk.
    ///
    /// # Errors
    /// Returns why the disk does not have the name.
    fn sync_folder(&mut self) -> Result<(), Self::Error>;

    /// Writes the journal of a run without a checkpoint.
    ///
    /// # Errors
    /// Returns why the journal cannot be written.
    fn write_first_journal(&mut self) -> Result<(), Self::Error>;
}

/// Cuts off what was written behind the checkpoint, or writes the first journal. The output exists
/// on the disk before the journal does.
///
/// # Errors
/// Returns what failed.
pub fn begin<F: FilesAtStart>(files: &mut F, start: Start) -> Result<(), F::Error> {
    match start {
        Start::Finished => Ok(()),
        Start::Resume(length) => files.cut(length),
        Start::New => {
            files.cut(0)?;
            files.sync_folder()?;
            files.write_first_journal()
        }
    }
}

#[cfg(test)]
mod tests;
