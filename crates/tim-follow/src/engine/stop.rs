//! Stops the calls of a batch that have not sent a request.

use std::sync::{Arc, OnceLock};

use crate::Error;

/// The reason why no further call of a batch is sent, once there is one. Clones share it. The first
/// reason stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<OnceLock<Arc<Error>>>);

impl Stop {
    pub(crate) fn set(&self, reason: Arc<Error>) {
        let _ = self.0.set(reason);
    }

    pub(crate) fn reason(&self) -> Option<&Arc<Error>> {
        self.0.get()
    }
}
