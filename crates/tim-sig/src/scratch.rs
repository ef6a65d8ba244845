//! Buffers of a thread that are used again, so that only the result is allocated.

use std::cell::RefCell;

use flate2::Decompress;

use crate::document::MAX_DOCUMENT;
use crate::secret::wipe;

/// The initial capacity: room for a signature without a userbuf. The buffers grow when one needs more.
const USUAL: usize = 512;

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
            text: Vec::with_capacity(USUAL),
            json: Vec::with_capacity(MAX_DOCUMENT + 1),
            zlib: Vec::with_capacity(USUAL),
            inflate: Decompress::new(true),
            userbuf: Vec::new(),
            userbuf_text: String::new(),
        }
    }

    /// Empties the buffers, and overwrites those that held a signature.
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
    thread_local!(static SCRATCH: RefCell<Option<Box<Scratch>>> = const { RefCell::new(None) });
    // Taken out while in use. A thread that is ending has no thread-local storage anymore.
    let kept = SCRATCH.try_with(|kept| kept.try_borrow_mut().ok()?.take()).ok().flatten();
    let mut scratch = kept.unwrap_or_else(|| Box::new(Scratch::new()));
    let result = work(&mut scratch);
    scratch.wipe();
    let _ = SCRATCH.try_with(|kept| kept.try_borrow_mut().map(|mut kept| *kept = Some(scratch)));
    result
}
