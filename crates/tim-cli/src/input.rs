//! Where targets come from, and how they are read.

pub(crate) mod args;
pub(crate) mod error;
pub(crate) mod preflight;
pub(crate) mod record;
pub(crate) mod source;
pub(crate) mod stream;
pub(crate) mod text;
