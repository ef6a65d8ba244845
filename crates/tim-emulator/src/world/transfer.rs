//! Import and export of the whole state.
//!
//! An import reads all records before it changes a database. [`collect`] keeps a small number of
//! records in memory, for [`apply`]. It writes a larger number to a [`Stage`], for
//! [`Stage::merge_into`].

mod apply;
mod csv;
mod export;
mod lines;
mod merge;
mod read;
mod record;
mod stage;

pub(crate) use apply::apply;
pub(crate) use export::{ExportError, export, export_to};
pub(crate) use read::{Records, read};
pub(crate) use record::Record;
pub(crate) use stage::Stage;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// The maximum number of records that are kept in memory, and of bytes in their lines.
const MAX_IN_MEMORY: (u64, u64) = (10_000, 16 << 20);
/// The number of records that are read or written between two calls of [`OnProgress`].
pub(super) const PROGRESS_EVERY: u64 = 10_000;

/// A function that gets the number of records so far. `Break` stops the job.
pub(crate) type OnProgress<'a> = dyn Fn(u64) -> ControlFlow<()> + 'a;

/// The reason why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// Foreign text in `reason` is escaped.
    #[error("line {line}: {reason}")]
    Line { line: u64, reason: String },
    #[error("cannot read the input, or write a temporary file for it: {0}")]
    File(#[from] io::Error),
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the import was stopped")]
    Stopped,
}

impl ImportError {
    fn line(line: u64, reason: impl Into<String>) -> Self {
        Self::Line { line, reason: reason.into() }
    }
}

/// All records of an import.
pub(crate) enum Import {
    /// A small number of records, for [`apply`].
    Rows(Vec<Record>),
    /// A larger number of records, for [`Stage::merge_into`].
    Staged(Stage),
}

impl Import {
    /// Returns the number of records.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Rows(rows) => rows.len() as u64,
            Self::Staged(stage) => stage.len(),
        }
    }
}

/// Collects all records. A record without a time gets `now`. `stage` is the path of the [`Stage`],
/// if one is needed.
///
/// # Errors
/// A record is invalid, the stage cannot be written, or `on_progress` stopped the import.
pub(crate) fn collect(
    records: &mut Records<'_>,
    stage: Option<&Path>,
    now: u64,
    on_progress: &OnProgress<'_>,
) -> Result<Import, ImportError> {
    let mut import = Import::Rows(Vec::new());
    while let Some(record) = records.next() {
        let record = record?;
        match &mut import {
            Import::Rows(rows) if (rows.len() as u64) < MAX_IN_MEMORY.0 && records.bytes() <= MAX_IN_MEMORY.1 => {
                rows.push(record);
            }
            Import::Rows(rows) => {
                let mut stage = Stage::new(stage)?;
                rows.iter().chain([&record]).try_for_each(|record| stage.push(record, now))?;
                import = Import::Staged(stage);
            }
            Import::Staged(stage) => stage.push(&record, now)?,
        }
        if import.len().is_multiple_of(PROGRESS_EVERY) && on_progress(import.len()) == ControlFlow::Break(()) {
            return Err(ImportError::Stopped);
        }
    }
    Ok(import)
}

#[cfg(test)]
mod tests;
