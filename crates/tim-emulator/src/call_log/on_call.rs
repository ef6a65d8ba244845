//! A function that gets each recorded call.

use std::fmt;
use std::sync::Arc;

use super::record::CallRecord;

/// A function that gets each recorded call.
#[derive(Clone)]
pub(crate) struct OnCall(Arc<dyn Fn(&CallRecord) + Send + Sync>);

impl OnCall {
    pub(crate) fn new(function: impl Fn(&CallRecord) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    pub(super) fn call(&self, call: &CallRecord) {
        (self.0)(call);
    }
}

impl fmt::Debug for OnCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnCall")
    }
}
