//! Locks that are held for a few lines each.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the lock keeps. Whoever panicked while holding it left it whole: nothing here is changed in two steps, and a
/// transaction of the database was rolled back.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
