//! Feature `tracing`: a span for each attempt, and an event for everything else that happens to a call.
//!
//! A span is named `tim_attempt`, at level DEBUG, and has `command`, `attempt`, `host`, and, once it is answered, `code`
//! and `duration_ms`. Without the feature nothing of this is there.

use std::time::Duration;

use tim_types::ErrorCode;

use crate::event::Event;

/// The span of the request that is out.
#[cfg(feature = "tracing")]
#[derive(Debug)]
pub(crate) struct Span(tracing::Span);

#[cfg(feature = "tracing")]
impl Span {
    pub(crate) fn of_attempt(command: &str, attempt: u32, host: &str) -> Self {
        use tracing::field::Empty;
        Self(tracing::debug_span!("tim_attempt", command, attempt, host, code = Empty, duration_ms = Empty))
    }

    pub(crate) fn answered(&self, code: Option<ErrorCode>, took: Duration) {
        if let Some(ErrorCode(code)) = code {
            self.0.record("code", code);
        }
        self.0.record("duration_ms", took.as_secs_f64() * 1000.0);
    }
}

#[cfg(feature = "tracing")]
pub(crate) fn tell(event: &Event<'_>) {
    tracing::debug!(command = event.command, "{event}");
}

#[cfg(not(feature = "tracing"))]
#[derive(Debug)]
pub(crate) struct Span;

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(crate) fn of_attempt(_: &str, _: u32, _: &str) -> Self {
        Self
    }

    pub(crate) fn answered(&self, _: Option<ErrorCode>, _: Duration) {}
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn tell(_: &Event<'_>) {}
