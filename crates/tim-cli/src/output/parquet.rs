//! A list as a Parquet file, made of its rows in NDJSON when all of them are there.
//!
//! A Parquet file has its index at the end, so it cannot be cut and gone on with; the NDJSON can.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

use crate::commands::follow::profile;

/// How many rows are held at a time.
const ROWS: usize = 10_000;

type Row = Map<String, Value>;

/// Writes the entries in `rows` to `file`, which is there as a whole or not at all, and removes `rows`.
pub(crate) fn convert(rows: &Path, file: &Path, flat: bool) -> io::Result<()> {
    let temporary = file.with_extension("parquet.tmp");
    write(rows, &temporary, &columns(flat))?;
    fs::rename(&temporary, file)?;
    fs::remove_file(rows)
}

/// Names, and which of them are numbers. Whatever the service says of a profile is text: an app may put anything there.
fn columns(flat: bool) -> Vec<(&'static str, bool)> {
    let text = ["from", "kind", "to"].into_iter().chain(profile::columns(flat).iter().copied());
    let numbers = [("followed_at", true), ("profile_sequence", true)];
    text.map(|name| (name, false)).chain(numbers).collect()
}

fn write(rows: &Path, file: &Path, columns: &[(&'static str, bool)]) -> io::Result<()> {
    let field = |(name, is_number): &(&str, bool)| {
        if *is_number { format!("optional int64 {name};") } else { format!("optional binary {name} (STRING);") }
    };
    let schema = format!("message follows {{ {} }}", columns.iter().map(field).collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).map_err(other)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let output = File::create(file)?;
    let mut writer = SerializedFileWriter::new(output.try_clone()?, schema, Arc::new(properties)).map_err(other)?;
    let mut lines = BufReader::new(File::open(rows)?).lines();
    loop {
        let group: Vec<Row> =
            lines.by_ref().take(ROWS).map(|line| Ok(serde_json::from_str(&line?)?)).collect::<io::Result<_>>()?;
        if group.is_empty() {
            break;
        }
        // A list that could not be read left a row that names no entry.
        let entries: Vec<Row> = group.into_iter().filter(|row| row.get("ok") == Some(&Value::Bool(true))).collect();
        let mut group = writer.next_row_group().map_err(other)?;
        columns.iter().try_for_each(|column| write_column(&mut group, &entries, *column)).map_err(other)?;
        group.close().map_err(other)?;
    }
    writer.close().map_err(other)?;
    output.sync_all()
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    rows: &[Row],
    (name, is_number): (&str, bool),
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let values: Vec<_> = rows.iter().map(|row| row.get(name).filter(|value| !value.is_null())).collect();
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values = values.into_iter().flatten();
    if is_number {
        let numbers: Vec<i64> = values.map(|value| value.as_i64().unwrap_or_default()).collect();
        column.typed::<Int64Type>().write_batch(&numbers, Some(&there), None)?;
    } else {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts: Vec<ByteArray> = values.map(|value| ByteArray::from(text(value).into_bytes())).collect();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&there), None)?;
    }
    column.close()
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;

    #[test]
    fn entries_are_found_again() {
        let rows = std::env::temp_dir().join(format!("tim-cli-parquet-{}.part", std::process::id()));
        let file = rows.with_extension("parquet");
        let entry =
            r#"{"from":"alice","kind":"followers","to":"小明","ok":true,"followed_at":7,"nick":"","profile":{"a":1}}"#;
        let refused = r#"{"from":"zoe","kind":"followers","ok":false,"code":30003}"#;
        fs::write(&rows, format!("{entry}\n{refused}\n").repeat(6000)).unwrap();
        convert(&rows, &file, false).unwrap();
        let reader = SerializedFileReader::new(File::open(&file).unwrap()).unwrap();
        assert_eq!((reader.metadata().num_row_groups(), reader.metadata().file_metadata().num_rows()), (2, 6000));
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap().to_string();
        assert_eq!(
            row,
            r#"{from: "alice", kind: "followers", to: "小明", nick: "", profile: "{"a":1}", followed_at: 7, profile_sequence: null}"#
        );
        assert!(!rows.exists());
        fs::remove_file(file).unwrap();
    }
}
