//! Writes recorded calls as JSON, NDJSON or HAR, in chunks of a limited size.

use std::io::{self, Write};
use std::iter::Rev;
use std::sync::Arc;
use std::vec;

use hyper::body::Bytes;
use serde::Deserialize;

use super::har::Entry;
use super::{CallFilter, CallLog, CallRecord, Detail};

/// The format in which recorded calls are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallFormat {
    /// A JSON array of calls.
    Json,
    /// NDJSON: one call per line.
    Ndjson,
    /// A HAR 1.2 file, which browsers and proxies read.
    Har,
}

impl CallFormat {
    /// Returns the text before the first call.
    fn head(self) -> &'static str {
        match self {
            Self::Json => "[",
            Self::Ndjson => "",
            Self::Har => concat!(
                r#"{"log":{"version":"1.2","creator":{"name":"tim-emulator","version":""#,
                env!("CARGO_PKG_VERSION"),
                r#""},"entries":["#
            ),
        }
    }

    /// Returns the text between two calls.
    fn separator(self) -> &'static str {
        match self {
            Self::Json | Self::Har => ",\n",
            Self::Ndjson => "\n",
        }
    }

    /// Returns the text after the last call. `has_calls` is whether there is a call.
    fn tail(self, has_calls: bool) -> &'static str {
        match self {
            Self::Json => "]\n",
            Self::Ndjson if has_calls => "\n",
            Self::Ndjson => "",
            Self::Har => "]}}\n",
        }
    }
}

impl CallLog {
    /// Writes the calls that match and are in the log now, in chunks of at most 256 KiB. `base_url`
    /// is the base URL of the emulator.
    ///
    /// The export keeps at most one call in memory. It omits a call that leaves the log meanwhile.
    pub(crate) fn export(&self, filter: &CallFilter, format: CallFormat, base_url: &str) -> Export<'_> {
        Export { log: self, chunks: self.chunks(filter, format, Detail::Full, base_url) }
    }

    /// Like [`export`](Self::export), for a caller that passes the log for each chunk. HAR has the
    /// same detail always.
    pub(crate) fn chunks(&self, filter: &CallFilter, format: CallFormat, detail: Detail, base_url: &str) -> Chunks {
        Chunks {
            filter: filter.clone(),
            format,
            detail,
            base_url: base_url.to_owned(),
            after: 0,
            until: self.last_number(),
            newest: None,
            part: Some(Part::Head),
            written: 0,
        }
    }
}

/// The chunks of an export as an iterator.
#[derive(Debug)]
pub(crate) struct Export<'a> {
    log: &'a CallLog,
    chunks: Chunks,
}

impl Iterator for Export<'_> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.chunks.next(self.log)
    }
}

/// The chunks of an export that are not written yet.
#[derive(Debug)]
pub(crate) struct Chunks {
    filter: CallFilter,
    format: CallFormat,
    detail: Detail,
    base_url: String,
    /// The number of the latest call that was read from the log.
    after: u64,
    until: u64,
    /// The numbers of the calls that are not written yet, if the filter has a `last`.
    newest: Option<Rev<vec::IntoIter<u64>>>,
    part: Option<Part>,
    /// The number of bytes of the part that are in earlier chunks.
    written: usize,
}

#[derive(Debug)]
enum Part {
    Head,
    Call { call: Arc<CallRecord>, is_first: bool },
    Tail { has_calls: bool },
}

impl Chunks {
    const CHUNK: usize = 256 * 1024;

    fn next_part(&mut self, log: &CallLog, part: &Part) -> Option<Part> {
        let is_first = match part {
            Part::Head => true,
            Part::Call { .. } => false,
            Part::Tail { .. } => return None,
        };
        match self.next_call(log) {
            Some(call) => Some(Part::Call { call, is_first }),
            None => Some(Part::Tail { has_calls: !is_first }),
        }
    }

    fn next_call(&mut self, log: &CallLog) -> Option<Arc<CallRecord>> {
        if self.filter.last.is_none() {
            let call = log.next_match(&self.filter, self.after, self.until).call?;
            self.after = call.number;
            return Some(call);
        }
        // Only the numbers are kept, so that a slow reader keeps no calls in memory.
        let filter = &self.filter;
        let select = || log.newest_matches(filter).map(|call| call.number).collect::<Vec<_>>().into_iter().rev();
        self.newest.get_or_insert_with(select).find_map(|number| log.get(number))
    }

    fn write(&self, part: &Part, to: &mut Window) -> io::Result<()> {
        match part {
            Part::Head => to.write_all(self.format.head().as_bytes()),
            Part::Tail { has_calls } => to.write_all(self.format.tail(*has_calls).as_bytes()),
            Part::Call { call, is_first } => {
                if !is_first {
                    to.write_all(self.format.separator().as_bytes())?;
                }
                match self.format {
                    CallFormat::Json | CallFormat::Ndjson => serde_json::to_writer(to, &self.detail.of(call))?,
                    CallFormat::Har => serde_json::to_writer(to, &Entry::new(call, &self.base_url))?,
                }
                Ok(())
            }
        }
    }

    /// Writes the next chunk; `None` after the last one.
    pub(crate) fn next(&mut self, log: &CallLog) -> Option<Bytes> {
        let mut chunk = Window { skip: 0, room: Self::CHUNK, bytes: Vec::new() };
        while let Some(part) = self.part.take() {
            let before = chunk.bytes.len();
            chunk.skip = self.written;
            // The only error is that the chunk is full.
            if self.write(&part, &mut chunk).is_err() {
                self.written += chunk.bytes.len() - before;
                self.part = Some(part);
                break;
            }
            self.written = 0;
            self.part = self.next_part(log, &part);
        }
        (!chunk.bytes.is_empty()).then(|| chunk.bytes.into())
    }
}

/// Keeps the part of a text that fits into a chunk, so the text of a large call is never in memory
/// as a whole. The text is written again for the next chunk.
struct Window {
    /// The number of bytes before the part.
    skip: usize,
    room: usize,
    bytes: Vec<u8>,
}

impl Write for Window {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let skipped = self.skip.min(text.len());
        let taken = self.room.min(text.len() - skipped);
        self.bytes.extend_from_slice(&text[skipped..skipped + taken]);
        self.skip -= skipped;
        self.room -= taken;
        Ok(skipped + taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
