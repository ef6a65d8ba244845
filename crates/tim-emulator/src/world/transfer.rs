//! Import and export of the whole state.
//!
//! An import reads all records before it changes a database: [`collect`] keeps a few in memory, for [`apply`], and more
//! in a [`Stage`] of their own, for [`Stage::merge_into`].

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

/// Up to so many records, and so many bytes of them, are kept in memory.
const MAX_IN_MEMORY: (u64, u64) = (10_000, 16 << 20);
/// How many records are read or written between two calls of [`OnProgress`].
const PROGRESS_EVERY: u64 = 10_000;

/// Gets the number of records so far; `Break` stops the job.
pub(crate) type OnProgress<'a> = dyn Fn(u64) -> ControlFlow<()> + 'a;

/// Why nothing was imported.
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
    /// A few, for [`apply`].
    Rows(Vec<Record>),
    /// More than that, for [`Stage::merge_into`].
    Staged(Stage),
}

impl Import {
    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Rows(rows) => rows.len() as u64,
            Self::Staged(stage) => stage.len(),
        }
    }
}

/// Collects all records, of `now` if they have no time. `stage` is the path of the [`Stage`], if one is needed.
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
