//! Rows as a Parquet file, made from the same rows in NDJSON when all of them are there.
//!
//! A Parquet file has its index at the end, so an incomplete one cannot be continued. NDJSON can.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

use super::journal::sync_folder;
use super::row::Row;
use super::{csv, schema};

/// The number of rows that are held in memory.
const ROWS: usize = 10_000;

type Object = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Boolean,
    Integer,
    /// A text, or JSON for all other values.
    Text,
}

/// Writes `rows`, a file with rows like `row`, to `file`, and removes `rows`. The file is there as
/// a whole or not at all.
pub(crate) fn convert<R: Row>(rows: &Path, file: &Path, row: &R) -> io::Result<()> {
    let temporary = file.with_extension("parquet.tmp");
    let written = write(rows, &temporary, &columns(row)?).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(file)?;
    fs::remove_file(rows)
}

/// The columns of CSV, with the types of their schema.
fn columns<R: Row>(row: &R) -> io::Result<Vec<(String, Kind)>> {
    let schema = schema::of::<R>();
    let column = |(name, _): (String, Value)| {
        let kind = kind(&schema, &name);
        (name, kind)
    };
    Ok(csv::columns(row)?.into_iter().map(column).collect())
}

fn kind(schema: &Value, name: &str) -> Kind {
    // A value that can have several types is a text.
    let types = &schema["properties"][name]["type"];
    match types.as_str().or_else(|| types[0].as_str()) {
        Some("boolean") => Kind::Boolean,
        Some("integer") => Kind::Integer,
        _ => Kind::Text,
    }
}

fn write(rows: &Path, file: &Path, columns: &[(String, Kind)]) -> io::Result<()> {
    let field = |(name, kind): &(String, Kind)| match kind {
        Kind::Boolean => format!("optional boolean {name};"),
        Kind::Integer => format!("optional int64 {name};"),
        Kind::Text => format!("optional binary {name} (STRING);"),
    };
    let schema = format!("message rows {{ {} }}", columns.iter().map(field).collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).map_err(other)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let output = File::create(file)?;
    let mut writer = SerializedFileWriter::new(output.try_clone()?, schema, Arc::new(properties)).map_err(other)?;
    let mut lines = BufReader::new(File::open(rows)?).lines();
    loop {
        let group: Vec<Object> =
            lines.by_ref().take(ROWS).map(|line| Ok(serde_json::from_str(&line?)?)).collect::<io::Result<_>>()?;
        if group.is_empty() {
            break;
        }
        let mut writer = writer.next_row_group().map_err(other)?;
        columns.iter().try_for_each(|column| write_column(&mut writer, &group, column)).map_err(other)?;
        writer.close().map_err(other)?;
    }
    writer.close().map_err(other)?;
    output.sync_all()
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    rows: &[Object],
    (name, kind): &(String, Kind),
) -> Result<(), ParquetError> {
    let values = rows.iter().map(|row| row.get(name).filter(|value| !value.is_null()));
    match kind {
        Kind::Boolean => write_values::<BoolType>(group, values.map(|value| value.map(|value| *value == true))),
        Kind::Integer => write_values::<Int64Type>(group, values.map(|value| value?.as_i64())),
        Kind::Text => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let texts = values.map(|value| value.map(|value| ByteArray::from(text(value).into_bytes())));
            write_values::<ByteArrayType>(group, texts)
        }
    }
}

/// Writes the next column.
fn write_values<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let values: Vec<_> = values.collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use schemars::JsonSchema;
    use serde::Serialize;

    use super::*;
    use crate::output::row::Cells;

    #[derive(Default, Serialize, JsonSchema)]
    struct Example {
        command: &'static str,
        to: Option<&'static str>,
        ok: bool,
        followed_at: Option<u64>,
        nick: Value,
        profile: Option<Object>,
    }

    impl Row for Example {
        fn cells(&self) -> Cells {
            Cells::new()
        }
    }

    #[test]
    fn columns_have_the_types_of_the_schema() {
        let kinds: Vec<_> = columns(&Example::default()).unwrap().into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Boolean, Kind::Integer, Kind::Text, Kind::Text]);
    }

    #[test]
    fn rows_are_found_again() {
        let rows = std::env::temp_dir().join(format!("tim-cli-parquet-{}.part", std::process::id()));
        let file = rows.with_extension("parquet");
        let profile = Some(Object::from_iter([("a".to_owned(), 1.into())]));
        let entry =
            Example { command: "x", to: Some("小明"), ok: true, followed_at: Some(7), nick: "".into(), profile };
        let lines = [&entry, &Example::default()].map(|row| serde_json::to_string(row).unwrap() + "\n");
        fs::write(&rows, lines.concat().repeat(6000)).unwrap();
        convert(&rows, &file, &entry).unwrap();
        let reader = SerializedFileReader::new(File::open(&file).unwrap()).unwrap();
        assert_eq!((reader.metadata().num_row_groups(), reader.metadata().file_metadata().num_rows()), (2, 12_000));
        let found: Vec<_> = reader.get_row_iter(None).unwrap().take(2).map(|row| row.unwrap().to_string()).collect();
        assert_eq!(
            found,
            [
                r#"{to: "小明", ok: true, followed_at: 7, nick: "", profile: "{"a":1}"}"#,
                "{to: null, ok: false, followed_at: null, nick: null, profile: null}"
            ]
        );
        assert!(!rows.exists());
        fs::remove_file(file).unwrap();
    }
}
