//! Whether the calls of a batch may still send their first request.

use std::sync::{Arc, OnceLock};

use crate::Error;

/// Why no further call of a batch is sent, once that is known. Shared by its clones; what is set first stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<OnceLock<Arc<Error>>>);

impl Stop {
    pub(crate) fn set(&self, why: Arc<Error>) {
        let _ = self.0.set(why);
    }

    pub(crate) fn reason(&self) -> Option<&Arc<Error>> {
        self.0.get()
    }
}
