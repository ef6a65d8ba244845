//! Per-thread buffers that are reused between calls, so that only the result is allocated.

use std::cell::Cell;

use flate2::Decompress;

use crate::secret::wipe;

/// Enough for a signature without a userbuf. Each buffer grows on demand.
const INITIAL_CAPACITY: usize = 512;

pub(crate) struct Scratch {
    /// The text that the HMAC covers.
    pub(crate) text: Vec<u8>,
    /// The JSON document.
    pub(crate) json: Vec<u8>,
    /// The document as a zlib stream.
    pub(crate) zlib: Vec<u8>,
    pub(crate) inflate: Decompress,
    /// The userbuf of a room, as bytes and as base64.
    pub(crate) userbuf: Vec<u8>,
    pub(crate) userbuf_text: String,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            text: Vec::with_capacity(INITIAL_CAPACITY),
            json: Vec::with_capacity(INITIAL_CAPACITY),
            zlib: Vec::with_capacity(INITIAL_CAPACITY),
            inflate: Decompress::new(true),
            userbuf: Vec::new(),
            userbuf_text: String::new(),
        }
    }

    /// Empties the buffers, and overwrites those that held a signature. The window of `inflate`
    /// keeps the last document that was decoded; that one came from outside.
    fn wipe(&mut self) {
        for buffer in [&mut self.json, &mut self.zlib] {
            wipe(buffer);
            buffer.clear();
        }
        self.text.clear();
        self.userbuf.clear();
        self.userbuf_text.clear();
    }
}

/// Runs `work` with the empty buffers of this thread, and wipes them afterwards.
pub(crate) fn with<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local!(static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) });
    // The buffers are taken out while in use. While a thread exits, its thread-local storage is
    // unavailable.
    let kept = SCRATCH.try_with(Cell::take).ok().flatten();
    let mut scratch = kept.unwrap_or_else(|| Box::new(Scratch::new()));
    let result = work(&mut scratch);
    scratch.wipe();
    let _ = SCRATCH.try_with(|kept| kept.set(Some(scratch)));
    result
}
