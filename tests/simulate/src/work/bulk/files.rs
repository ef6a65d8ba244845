//! The files of a run on the simulated disk.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use tim_cli::core::{Checkpoint, Files, FilesAtStart, Page, replace};

use crate::disk::{Disk, DiskError, JournalOnDisk, OutputWriter};

/// The output and the journal of a run that begins.
pub(super) struct AtStart<'a> {
    pub(super) disk: &'a Disk,
    pub(super) page: &'a mut Page<Checkpoint>,
}

impl FilesAtStart for AtStart<'_> {
    type Error = DiskError;

    fn cut(&mut self, length: u64) -> Result<(), DiskError> {
        self.disk.cut_output(length)
    }

    fn sync_folder(&mut self) -> Result<(), DiskError> {
        self.disk.sync_output_name()
    }

    fn write_first_journal(&mut self) -> Result<(), DiskError> {
        write(self.disk, self.page)
    }
}

/// The output and the journal of a run.
pub(super) struct RunFiles {
    pub(super) disk: Arc<Disk>,
    out: BufWriter<OutputWriter>,
    page: Page<Checkpoint>,
}

impl RunFiles {
    pub(super) fn new(disk: &Arc<Disk>, buffer: usize, page: Page<Checkpoint>) -> Self {
        let out = BufWriter::with_capacity(buffer, OutputWriter(Arc::clone(disk)));
        Self { disk: Arc::clone(disk), out, page }
    }

    /// Adds a row to the buffer.
    pub(super) fn row(&mut self, row: &str) -> Result<(), DiskError> {
        let written = self.out.write_all(row.as_bytes()).and_then(|()| self.out.write_all(b"\n"));
        written.map_err(|_| self.disk.failure())
    }
}

impl Files for RunFiles {
    type Checkpoint = Checkpoint;
    type Error = DiskError;

    fn is_resumable(&self) -> bool {
        true
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        self.out.flush().map_err(|_| self.disk.failure())
    }

    /// The output is not compressed.
    fn end_part(&mut self) -> Result<(), DiskError> {
        Ok(())
    }

    fn verify(&mut self) -> Result<u64, DiskError> {
        self.disk.verify_output()
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        self.disk.sync_output()
    }

    fn write_journal(&mut self, output_bytes: u64, finished: bool, checkpoint: Checkpoint) -> Result<(), DiskError> {
        (self.page.output_bytes, self.page.finished, self.page.checkpoint) = (output_bytes, finished, checkpoint);
        write(&self.disk, &self.page)
    }
}

fn write(disk: &Disk, page: &Page<Checkpoint>) -> Result<(), DiskError> {
    let text = page.encode().map_err(|_| DiskError::Changed)?;
    replace(&mut JournalOnDisk(disk), &text)
}
