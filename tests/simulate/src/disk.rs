//! A simulated disk with the output and the journal of a run. It can lose what was not synced.

mod file;
mod folder;

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use tim_cli::core::{Checkpoint, Identity, JournalFolder, Page};

use crate::defect::Defect;
use crate::invariants::{self, RowsSoFar};
use crate::lock::locked;
use crate::plan::RunEnd;
use crate::sim::Sim;

pub(crate) use file::File;
use folder::Folder;

/// Why an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiskError {
    /// The process was killed.
    Killed,
    /// The disk is full.
    Full,
    /// The output has another length than the process wrote.
    Changed,
    /// There is such a file already.
    Exists,
}

pub(crate) struct Disk {
    sim: Arc<Sim>,
    identity: Identity,
    defect: Option<Defect>,
    state: Mutex<State>,
}

struct State {
    /// The folder of the output.
    output: Folder,
    /// The folder of the journal.
    journal: Folder,
    /// Where the process writes in the output.
    position: usize,
    /// The number of operations of this process.
    operations: u32,
    /// The operation at which the process is killed.
    killed_at: Option<u32>,
    /// The operations for which the space is missing.
    full: Range<u32>,
    is_dead: bool,
    /// The rows that the last journal claimed.
    rows: RowsSoFar,
    random: Rng,
}

/// The names in both folders.
const OUTPUT: usize = 0;
const JOURNAL: usize = 0;
const TEMPORARY: usize = 1;

impl Disk {
    pub(crate) fn new(sim: &Arc<Sim>, identity: Identity, task: u32, defect: Option<Defect>) -> Self {
        let state = State {
            output: Folder::default(),
            journal: Folder::default(),
            position: 0,
            operations: 0,
            killed_at: None,
            full: 0..0,
            is_dead: false,
            rows: RowsSoFar::default(),
            random: Rng::with_seed(sim.plan.seed ^ (u64::from(task) << 32)),
        };
        Self { sim: Arc::clone(sim), identity, defect, state: Mutex::new(state) }
    }

    /// A process starts, which ends in this way.
    pub(crate) fn start(&self, end: Option<RunEnd>) {
        let mut state = locked(&self.state);
        (state.operations, state.position, state.is_dead) = (0, 0, false);
        state.killed_at = end.and_then(RunEnd::operation);
        state.full = match end {
            Some(RunEnd::DiskFull(from, operations)) => from..from.saturating_add(operations),
            _ => 0..0,
        };
    }

    /// The process ends. From now on it changes nothing.
    pub(crate) fn kill(&self) {
        locked(&self.state).is_dead = true;
    }

    /// Why an operation of the output failed.
    pub(crate) fn failure(&self) -> DiskError {
        if self.is_dead() { DiskError::Killed } else { DiskError::Full }
    }

    pub(crate) fn is_dead(&self) -> bool {
        locked(&self.state).is_dead
    }

    /// Loses a random part of what was not synced.
    pub(crate) fn cut_power(&self) {
        let mut state = locked(&self.state);
        let State { output, journal, random, rows, .. } = &mut *state;
        output.cut_power(random);
        journal.cut_power(random);
        *rows = RowsSoFar::default();
    }

    /// The text of the journal, if there is one.
    pub(crate) fn journal(&self) -> Option<Vec<u8>> {
        locked(&self.state).journal.read(JOURNAL).map(<[u8]>::to_vec)
    }

    /// The content of the output, if there is one.
    pub(crate) fn output(&self) -> Option<Vec<u8>> {
        locked(&self.state).output.read(OUTPUT).map(<[u8]>::to_vec)
    }

    pub(crate) fn output_length(&self) -> Option<u64> {
        locked(&self.state).output.read(OUTPUT).map(|content| content.len() as u64)
    }

    /// Makes an empty output, if none exists.
    pub(crate) fn create_output(&self) -> Result<(), DiskError> {
        self.operate("create the output", |state| {
            if state.output.read(OUTPUT).is_none() {
                state.output.create(OUTPUT);
            }
        })
    }

    pub(crate) fn cut_output(&self, length: u64) -> Result<(), DiskError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.operate("cut the output", |state| {
            if let Some(file) = state.output.file(OUTPUT).filter(|_| self.defect != Some(Defect::KeepsRows)) {
                file.cut(length);
            }
            state.position = length;
        })
    }

    pub(crate) fn sync_output_name(&self) -> Result<(), DiskError> {
        self.operate("sync the folder of the output", |state| state.output.sync())
    }

    pub(crate) fn sync_output(&self) -> Result<(), DiskError> {
        self.operate("sync the output", |state| {
            if let Some(file) = state.output.file(OUTPUT).filter(|_| self.defect != Some(Defect::ForgetsSync)) {
                file.sync();
            }
        })
    }

    /// How many bytes the process has in the output.
    pub(crate) fn verify_output(&self) -> Result<u64, DiskError> {
        let state = locked(&self.state);
        let length = state.output.read(OUTPUT).map(<[u8]>::len);
        if state.is_dead {
            Err(DiskError::Killed)
        } else if length == Some(state.position) {
            Ok(state.position as u64)
        } else {
            self.sim.check(invariants::outputs_have_the_written_length(length, state.position));
            Err(DiskError::Changed)
        }
    }

    /// Does something with the disk, unless the process is killed at it. Then it can be done or
    /// not.
    fn operate(&self, what: &str, act: impl FnOnce(&mut State)) -> Result<(), DiskError> {
        self.write_part(what, |state, part| {
            if part == 1.0 {
                act(state);
            }
        })
    }

    /// Does the given part of something.
    fn write_part(&self, what: &str, act: impl FnOnce(&mut State, f64)) -> Result<(), DiskError> {
        let mut state = locked(&self.state);
        if state.is_dead {
            return Err(DiskError::Killed);
        }
        state.operations += 1;
        let result = if state.killed_at == Some(state.operations) {
            self.sim.log(|| format!("the process is killed at operation {}: {what}", state.operations));
            let part = if state.random.bool() { 1.0 } else { state.random.f64() };
            act(&mut state, part);
            state.is_dead = true;
            Err(DiskError::Killed)
        } else if state.full.contains(&state.operations) {
            let part = state.random.f64();
            act(&mut state, part);
            Err(DiskError::Full)
        } else {
            act(&mut state, 1.0);
            Ok(())
        };
        let State { output, journal, .. } = &*state;
        self.sim.check(invariants::journals_are_whole(journal.reachable(JOURNAL)));
        let certain = output.certain_length(OUTPUT);
        let claims = journal.reachable(JOURNAL).map(|file| file.claim);
        self.sim.check(invariants::journals_claim_what_is_on_the_disk(claims, certain));
        result
    }

    /// Checks the new journal, and notes what it claims.
    fn check_journal(&self, state: &mut State) {
        let Some(text) = state.journal.read(TEMPORARY) else { return };
        let page = Page::<Checkpoint>::decode(text, &self.identity);
        let Ok(page) = page.map_err(|error| self.sim.check(invariants::journals_are_readable(Some(&error)))) else {
            return;
        };
        if let Some(file) = state.journal.file(TEMPORARY) {
            file.claim = page.output_bytes;
        }
        self.sim.log(|| {
            let Page { output_bytes, finished, checkpoint, .. } = &page;
            format!("a journal with {} records in {output_bytes} bytes, finished: {finished}", checkpoint.processed)
        });
        let output = state.output.read(OUTPUT).unwrap_or_default();
        let checked = invariants::journals_agree_with_their_rows(&page, output, &mut state.rows);
        self.sim.check(checked);
    }
}

/// The journal of a run on the disk.
pub(crate) struct JournalOnDisk<'a>(pub(crate) &'a Disk);

impl JournalFolder for JournalOnDisk<'_> {
    type Error = DiskError;

    fn remove_temporary(&mut self) -> Result<(), DiskError> {
        self.0.operate("remove the temporary journal", |state| state.journal.remove(TEMPORARY))
    }

    fn write_temporary(&mut self, text: &[u8]) -> Result<(), DiskError> {
        if locked(&self.0.state).journal.read(TEMPORARY).is_some() {
            return Err(DiskError::Exists);
        }
        self.0.write_part("write the temporary journal", |state, part| {
            let file = state.journal.create(TEMPORARY);
            file.write(0, first(text, part));
        })
    }

    fn sync_temporary(&mut self) -> Result<(), DiskError> {
        self.0.operate("sync the temporary journal", |state| {
            if let Some(file) = state.journal.file(TEMPORARY) {
                file.sync();
            }
        })
    }

    fn rename_temporary(&mut self) -> Result<(), DiskError> {
        self.0.operate("rename the journal", |state| {
            self.0.check_journal(state);
            state.journal.rename(TEMPORARY, JOURNAL);
        })
    }

    fn sync_folder(&mut self) -> Result<(), DiskError> {
        self.0.operate("sync the folder of the journal", |state| state.journal.sync())
    }
}

/// Writes to the output.
pub(crate) struct OutputWriter(pub(crate) Arc<Disk>);

impl Write for OutputWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write_part("write rows", |state, part| {
            let (at, bytes) = (state.position, first(bytes, part));
            if let Some(file) = state.output.file(OUTPUT) {
                file.write(at, bytes);
                state.position += bytes.len();
            }
        });
        written.map(|()| bytes.len()).map_err(|error| io::Error::other(format!("{error:?}")))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The first part of the bytes.
fn first(bytes: &[u8], part: f64) -> &[u8] {
    let length = (bytes.len() as f64 * part) as usize;
    bytes.get(..length).unwrap_or(bytes)
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").finish_non_exhaustive()
    }
}
