//! Runs a target and catches its panics, in any thread.

use std::panic::{self, PanicHookInfo};
use std::sync::Mutex;

use crate::Target;

/// The messages of all panics since the last run.
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Runs a target. The emulator has threads of its own, and a panic in one of them is caught too, so
/// only one target can run at a time.
///
/// # Errors
/// Returns the messages of the panics, with their places.
pub fn catch(target: Target, bytes: &[u8]) -> Result<(), String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|error| error.into_inner());
    let before = panic::take_hook();
    panic::set_hook(Box::new(note));
    let caught = panic::catch_unwind(|| (target.run)(bytes));
    panic::set_hook(before);
    let messages = std::mem::take(&mut *MESSAGES.lock().unwrap_or_else(|error| error.into_inner()));
    if messages.is_empty() && caught.is_ok() { Ok(()) } else { Err(messages.join("\n")) }
}

fn note(info: &PanicHookInfo<'_>) {
    MESSAGES.lock().unwrap_or_else(|error| error.into_inner()).push(info.to_string());
}
