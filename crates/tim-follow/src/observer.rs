//! Hands events to the user's function and to the feature `tracing`.

use std::fmt;
use std::sync::Arc;

use crate::event::{Event, EventKind};
use crate::trace;

/// The function of [`Config::observe`](crate::Config::observe), or none.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&Event<'_>) + Send + Sync;

impl Observer {
    pub(crate) fn new(observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(crate) fn emit(&self, command: &str, kind: EventKind<'_>) {
        let event = Event { command, kind };
        trace::emit(&event);
        if let Some(observe) = &self.0 {
            observe(&event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "no observer" })
    }
}
