//! Makes a command with a journal smaller.

use super::parts;
use crate::plan::{BUFFER, Bulk, LEAST_PAUSE};

/// The same with less to do.
pub(super) fn smaller(bulk: &Bulk) -> Vec<Bulk> {
    let mut smaller = Vec::new();
    let mut add = |is_smaller: bool, one: Bulk| smaller.extend(is_smaller.then_some(one));
    add(bulk.fail_fast, Bulk { fail_fast: false, ..bulk.clone() });
    add(bulk.in_flight > 1, Bulk { in_flight: 1, ..bulk.clone() });
    add(bulk.buffer != BUFFER, Bulk { buffer: BUFFER, ..bulk.clone() });
    add(bulk.pause != LEAST_PAUSE, Bulk { pause: LEAST_PAUSE, ..bulk.clone() });
    smaller.extend(parts(&bulk.pairs).map(|pairs| Bulk { pairs, ..bulk.clone() }));
    smaller.extend(parts(&bulk.ends).map(|ends| Bulk { ends, ..bulk.clone() }));
    smaller
}
