//! Any bytes are a file of targets, or are rejected. How they arrive does not matter: at once, byte
//! by byte, or compressed. A run can resume behind each target.
//!
//! The first byte selects what the file contains.

use std::io::{Cursor, Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use tim_cli::reading::{InputKind, InputRecord, ReadInput, continue_input, read_export, read_input};

/// The first byte of a file that is an export, for `tim diff`.
const EXPORT: u8 = b'x';

pub(crate) fn run(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let kind = match first {
        b't' => InputKind::Targets,
        b'f' => InputKind::Friends,
        b's' => InputKind::Profiles,
        b'r' => InputKind::RetryTargets,
        b'l' => InputKind::RetryLists,
        &EXPORT => return read_as_export(bytes),
        _ => InputKind::Pairs,
    };
    let all = read_input(kind, Cursor::new(bytes.to_vec()));
    check_messages(&all);
    let slow = read_input(kind, Slow(bytes.to_vec(), 0));
    if is_gzip(bytes) && all.error.is_some() {
        // How much of a damaged stream is decompressed depends on how much is read at once.
        return assert!(slow.error.is_some(), "{slow:?}");
    }
    assert_eq!(slow, all, "read byte by byte");
    if is_gzip(bytes) {
        return;
    }
    assert_eq!(read_input(kind, Cursor::new(gzip(bytes))), all, "compressed");
    for (index, record) in all.records.iter().enumerate().take(8) {
        let InputRecord::Target { state, .. } = record else { continue };
        let expected = ReadInput { records: all.records[index + 1..].to_vec(), error: all.error.clone() };
        assert_eq!(continue_input(kind, bytes, *state), expected, "continued behind record {index}");
    }
}

fn read_as_export(bytes: &[u8]) {
    let all = read_export(Cursor::new(bytes.to_vec()));
    let slow = read_export(Slow(bytes.to_vec(), 0));
    assert!(slow == all || is_gzip(bytes) && slow.is_err() && all.is_err(), "read byte by byte: {slow:?}, {all:?}");
    if !is_gzip(bytes) {
        assert_eq!(read_export(Cursor::new(gzip(bytes))), all, "compressed");
    }
    if let Err(error) = all {
        assert!(!error.contains(char::is_control), "{error:?}");
    }
}

/// The text of a file can be hostile: a message must not move the cursor of a terminal.
fn check_messages(all: &ReadInput) {
    let bad = all.records.iter().filter_map(|record| match record {
        InputRecord::Bad(why) => Some(why),
        InputRecord::Target { .. } => None,
    });
    for message in bad.chain(&all.error) {
        assert!(!message.is_empty() && !message.contains(char::is_control), "{message:?}");
    }
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Gives one byte at a time, from a position.
struct Slow(Vec<u8>, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some(byte), Some(to)) = (self.0.get(self.1), buffer.first_mut()) else { return Ok(0) };
        *to = *byte;
        self.1 += 1;
        Ok(1)
    }
}
