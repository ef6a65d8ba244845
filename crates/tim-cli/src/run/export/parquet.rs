//! Lists in a Parquet file: the rows are NDJSON first.

use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::output::row::Row;
use crate::output::sink::SinkArgs;
use crate::output::{Format, note};
use crate::run::conclude::Ended;

/// The part of the help about Parquet.
pub(super) const HELP: &str = if cfg!(feature = "parquet") {
    "--out FILE.parquet writes Parquet. Rows are written to FILE.parquet.part first, and converted at the end.\n\n"
} else {
    ""
};

/// A Parquet file that is written at the end of the run.
pub(super) struct ParquetFile {
    file: PathBuf,
    /// The rows as NDJSON.
    rows: PathBuf,
    is_resumable: bool,
}

impl ParquetFile {
    /// The file of `--out` if it has the ending of Parquet. Changes `--out` to that of the rows.
    pub(super) fn of(sink: &mut SinkArgs) -> Result<Option<Self>, Failure> {
        let is_parquet = |path: &&PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        let Some(file) = sink.out.as_ref().filter(is_parquet).cloned() else { return Ok(None) };
        if cfg!(not(feature = "parquet")) {
            return Err(Failure::usage(
                "this tim cannot write Parquet: build it with `--features parquet`, or use the ending .csv or .ndjson",
            ));
        }
        if sink.output_format.is_some() {
            return Err(Failure::usage("the ending .parquet chooses the format: remove --output-format"));
        }
        let rows = file.with_extension("parquet.part");
        sink.out = Some(rows.clone());
        sink.becomes = Some(file.clone());
        sink.output_format = Some(Format::Ndjson);
        Ok(Some(Self { file, rows, is_resumable: sink.resume.is_some() }))
    }

    /// Converts the rows, which are like `row`, if all of them are there.
    pub(super) fn finish(self, ended: &Ended, row: &impl Row) -> Result<(), Failure> {
        let Self { file, rows, is_resumable } = self;
        if ended.complete && rows.exists() {
            convert(&rows, &file, row)?;
        } else if !ended.complete && !is_resumable {
            let (file, rows) = (file.display(), rows.display());
            note(format_args!(
                "tim: {file} was not written, because rows are missing; the others are in {rows} as NDJSON"
            ));
        }
        Ok(())
    }
}

#[cfg(feature = "parquet")]
fn convert(rows: &Path, file: &Path, row: &impl Row) -> Result<(), Failure> {
    crate::output::parquet::convert(rows, file, row).map_err(|error| Failure::file(file, &error))
}

#[cfg(not(feature = "parquet"))]
fn convert(_: &Path, _: &Path, _: &impl Row) -> Result<(), Failure> {
    Ok(())
}
