//! Import and export of a world that is in use.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::Connection;

use super::transfer::{self, ExportError, Import, ImportError};
use super::{World, snapshot};

impl World {
    /// Adds all records of the input, of `now` if they have no time; see [`transfer`]. Returns their number.
    ///
    /// # Errors
    /// The number of the line that is invalid, and why. Nothing was imported.
    pub(crate) fn import(&mut self, from: impl BufRead, now: u64) -> Result<u64, String> {
        let import = collect(from, now).map_err(|error| error.to_string())?;
        let records = import.len();
        match import {
            Import::Rows(rows) => transfer::apply(&self.db, rows, now).map_err(|error| error.to_string())?,
            Import::Staged(stage) => {
                let mut copy = Connection::open("").map_err(|error| error.to_string())?;
                snapshot::copy(&self.db, &mut copy)?;
                stage.merge_into(&copy, &|_| ControlFlow::Continue(())).map_err(|error| error.to_string())?;
                snapshot::copy(&copy, &mut self.db)?;
            }
        }
        Ok(records)
    }

    /// [Imports](Self::import) a file.
    pub(crate) fn import_from(&mut self, path: &Path, now: u64) -> Result<u64, String> {
        self.import(BufReader::with_capacity(1 << 16, File::open(path).map_err(|error| error.to_string())?), now)
    }

    /// Writes all records; see [`transfer::export`].
    pub(crate) fn export(&self, mut to: impl Write) -> Result<(), String> {
        let exported = transfer::export(&self.db, &mut to, &|_| ControlFlow::Continue(()));
        text(exported)
    }

    /// [Exports](Self::export) to a file; see [`transfer::export_to`].
    pub(crate) fn export_to(&self, path: &Path) -> Result<(), String> {
        let exported = transfer::export_to(&self.db, path, &|_| ControlFlow::Continue(()));
        text(exported)
    }
}

fn collect(from: impl BufRead, now: u64) -> Result<Import, ImportError> {
    transfer::collect(&mut transfer::read(from)?, None, now, &|_| ControlFlow::Continue(()))
}

fn text(exported: Result<u64, ExportError>) -> Result<(), String> {
    exported.map(drop).map_err(|error| error.to_string())
}
