//! The files of a run, as the order of its writes uses them.

use std::io;

use super::{Checkpoint, SinkError};
use crate::output::Output;
use crate::output::file::OutputFile;
use crate::output::journal::{Journal, sync_folder};
use crate::output::saving::{Files, FilesAtStart};

/// The files of a run that saves.
pub(super) struct Saving<'a, C> {
    pub(super) out: &'a mut Output,
    pub(super) file: &'a mut OutputFile,
    pub(super) journal: Option<&'a mut Journal<C>>,
}

impl<C: Checkpoint> Files for Saving<'_, C> {
    type Checkpoint = C;
    type Error = SinkError;

    fn is_resumable(&self) -> bool {
        self.journal.is_some()
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.out.show().map_err(|error| failed(self.file, error))
    }

    fn end_part(&mut self) -> Result<(), SinkError> {
        self.file.end_part().map_err(|error| failed(self.file, error))
    }

    fn verify(&mut self) -> Result<u64, SinkError> {
        Ok(self.file.verify()?)
    }

    fn sync(&mut self) -> Result<(), SinkError> {
        self.file.sync().map_err(|error| failed(self.file, error))
    }

    fn write_journal(&mut self, output_bytes: u64, finished: bool, checkpoint: C) -> Result<(), SinkError> {
        match &mut self.journal {
            Some(journal) => Ok(journal.write(output_bytes, finished, checkpoint)?),
            None => Ok(()),
        }
    }
}

/// The files of a run that begins.
pub(super) struct Beginning<'a, C> {
    pub(super) file: &'a mut OutputFile,
    pub(super) journal: &'a mut Journal<C>,
}

impl<C: Checkpoint> FilesAtStart for Beginning<'_, C> {
    type Error = SinkError;

    fn cut(&mut self, length: u64) -> Result<(), SinkError> {
        Ok(self.file.cut(length)?)
    }

    fn sync_folder(&mut self) -> Result<(), SinkError> {
        sync_folder(self.file.path()).map_err(|error| failed(self.file, error))
    }

    fn write_first_journal(&mut self) -> Result<(), SinkError> {
        Ok(self.journal.write(0, false, C::default())?)
    }
}

fn failed(file: &OutputFile, error: io::Error) -> SinkError {
    SinkError::Write { path: Some(file.path().to_owned()), error }
}
