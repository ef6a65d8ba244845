//! Buffers that are used again, so that nothing but the result is allocated.

use std::cell::RefCell;

use crate::codes::Codes;
use crate::inflate::Unpacked;
use crate::secret::wipe;
use crate::spelling::Spelling;

/// Room for a usual signature without a userbuf; larger ones let the buffers grow once.
const USUAL: usize = 512;

pub(crate) struct Scratch {
    /// The text under the HMAC.
    pub(crate) text: Vec<u8>,
    /// The JSON document.
    pub(crate) json: Vec<u8>,
    /// The document as zlib.
    pub(crate) zlib: Vec<u8>,
    /// What a signature unpacks to.
    pub(crate) unpacked: Unpacked,
    pub(crate) codes: Codes,
    pub(crate) spelling: Spelling,
    /// What belongs to a room, as bytes and as base64.
    pub(crate) userbuf: Vec<u8>,
    pub(crate) userbuf_text: String,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let buffer = || Vec::with_capacity(USUAL);
        Self {
            text: buffer(),
            json: buffer(),
            zlib: buffer(),
            unpacked: Unpacked::new(),
            codes: Codes::empty(),
            spelling: Spelling::new(),
            userbuf: Vec::new(),
            userbuf_text: String::new(),
        }
    }

    /// Empties the buffers; who reads the memory later shall find no signature there.
    fn wipe(&mut self) {
        for buffer in [&mut self.json, &mut self.zlib] {
            wipe(buffer);
            buffer.clear();
        }
        self.unpacked.wipe();
        // These are no secrets.
        self.text.clear();
        self.userbuf.clear();
        self.userbuf_text.clear();
    }
}

/// Runs `work` with the empty buffers of this thread, and wipes them.
pub(crate) fn with<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Option<Box<Scratch>>> = const { RefCell::new(None) });
    // Taken out while in use. A thread that is about to end may have no such place any more.
    let kept = SCRATCH.try_with(|place| place.try_borrow_mut().ok()?.take()).ok().flatten();
    let mut scratch = kept.unwrap_or_else(|| Box::new(Scratch::new()));
    let result = work(&mut scratch);
    scratch.wipe();
    let _ = SCRATCH.try_with(|place| place.try_borrow_mut().map(|mut place| *place = Some(scratch)));
    result
}
