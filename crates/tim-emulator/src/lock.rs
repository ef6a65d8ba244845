//! Locks a mutex. All locks of the emulator are held for a few lines only.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex. Ignores that another thread panicked while it held the lock: no value is changed
/// in two steps, and the database has rolled back the transaction.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
