//! DEFLATE (RFC 1951), which flate2 does: its states are bounded here, and signatures stored as they are.

use flate2::{Compress, Compression as Effort, Decompress, FlushCompress, FlushDecompress, Status};

use crate::Malformed;
use crate::document::MAX_DOCUMENT;

/// How a stream was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: stored blocks.
    Stored,
    /// With the code that the format fixes, as short texts are.
    Fixed,
    /// With a code of its own, as longer texts are.
    Dynamic,
}

/// Appends `data` as a stored block.
pub(crate) fn store(data: &[u8], out: &mut Vec<u8>) {
    const { assert!(MAX_DOCUMENT <= u16::MAX as usize, "one block holds a document") };
    let length = data.len() as u16;
    out.push(1);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
}

/// Appends `data` compressed.
pub(crate) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // What is compressed is never much longer than what is stored.
    out.reserve(data.len() + 64);
    let done = Compress::new(Effort::default(), false).compress_vec(data, out, FlushCompress::Finish);
    if !matches!(done, Ok(Status::StreamEnd)) {
        out.truncate(start);
        store(data, out);
    }
}

/// Appends what `data` holds to the empty buffer `out`, at most [`MAX_DOCUMENT`] bytes; returns how many bytes of `data`
/// that took, and how its first block was compressed.
pub(crate) fn inflate(data: &[u8], out: &mut Vec<u8>) -> Result<(usize, Compression), Malformed> {
    let compression = match data.first().map(|byte| byte >> 1 & 3) {
        Some(0) => Compression::Stored,
        Some(1) => Compression::Fixed,
        Some(2) => Compression::Dynamic,
        _ => return Err(Malformed::NotZlib),
    };
    out.reserve_exact(MAX_DOCUMENT + 1);
    let mut inflate = Decompress::new(false);
    match inflate.decompress_vec(data, out, FlushDecompress::Finish) {
        _ if out.len() > MAX_DOCUMENT => Err(Malformed::TooLong),
        Ok(Status::StreamEnd) => Ok((inflate.total_in() as usize, compression)),
        _ => Err(Malformed::NotZlib),
    }
}
