//! Rows and other objects as NDJSON.

use std::io;

use serde::Serialize;

/// One object, without its line end.
pub(super) fn line(object: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(object)?)
}
