//! Feature `tracing`: a span for each call, a span for each attempt, and an event for each
//! [`Event`](crate::Event).
//!
//! The level is DEBUG. The span `tim_call` is entered while the call runs or waits, and its child
//! `tim_attempt` while the transport works. Fields have the names of OpenTelemetry for HTTP clients
//! where there are some. No field contains a query. Without the feature, all of this compiles to
//! nothing.

#[cfg(feature = "tracing")]
pub(crate) use on::{CallSpan, Context, Span, emit};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{CallSpan, Context, Span, emit};

#[cfg(feature = "tracing")]
mod on {
    use std::borrow::Cow;
    use std::time::Duration;

    use tim_transport::TransportErrorKind;
    use tim_types::ErrorCode;
    use tracing::field::Empty;
    use tracing::{Dispatch, Instrument, debug_span, dispatcher};

    use crate::ErrorKind;
    use crate::event::Event;

    /// The span of a call.
    #[derive(Debug, Clone)]
    pub(crate) struct CallSpan(tracing::Span);

    impl CallSpan {
        pub(crate) fn new(service: &str, command: &str) -> Self {
            Self(debug_span!(
                "tim_call",
                service,
                command,
                attempts = Empty,
                code = Empty,
                error.type = Empty
            ))
        }

        /// Enters the span whenever `work` is polled.
        pub(crate) fn instrument<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
            work.instrument(self.0)
        }

        /// Enters the span while `work` runs.
        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            self.0.in_scope(work)
        }

        pub(crate) fn ended(&self, attempts: u32, failure: Option<&ErrorKind>) {
            self.0.record("attempts", attempts);
            record_outcome(&self.0, failure.map_or(Some(ErrorCode::OK), ErrorKind::code), failure);
        }
    }

    /// The span of one attempt.
    #[derive(Debug, Clone)]
    pub(crate) struct Span(tracing::Span);

    impl Span {
        /// For attempt number `attempt` of a call to `host`, which is a base URL.
        pub(crate) fn for_attempt(call: &CallSpan, service: &str, command: &str, attempt: u32, host: &str) -> Self {
            if call.0.is_disabled() && !tracing::enabled!(tracing::Level::DEBUG) {
                return Self(tracing::Span::none());
            }
            let Server { address, port, path } = Server::of(host);
            let span = debug_span!(
                parent: &call.0,
                "tim_attempt",
                otel.kind = "client",
                command,
                attempt,
                host,
                http.request.method = "POST",
                http.request.resend_count = Empty,
                http.response.status_code = Empty,
                server.address = address,
                server.port = port,
                url.path = format_args!("{path}/v4/{service}/{command}"),
                code = Empty,
                error.type = Empty,
                duration_ms = Empty
            );
            if attempt > 1 {
                span.record("http.request.resend_count", attempt.saturating_sub(1));
            }
            Self(span)
        }

        /// Enters the span whenever `work` is polled.
        pub(crate) fn instrument<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
            work.instrument(self.0)
        }

        /// Enters the span while `work` runs.
        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            self.0.in_scope(work)
        }

        pub(crate) fn status(&self, status: u16) {
            self.0.record("http.response.status_code", status);
        }

        pub(crate) fn ended(&self, code: Option<ErrorCode>, failure: Option<&ErrorKind>, took: Duration) {
            record_outcome(&self.0, code, failure);
            self.0.record("duration_ms", took.as_secs_f64() * 1000.0);
        }
    }

    /// The current span and subscriber of a thread, for threads that it starts.
    #[derive(Debug)]
    pub(crate) struct Context(tracing::Span, Dispatch);

    impl Context {
        pub(crate) fn current() -> Self {
            Self(tracing::Span::current(), dispatcher::get_default(Clone::clone))
        }

        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            dispatcher::with_default(&self.1, || self.0.in_scope(work))
        }
    }

    pub(crate) fn emit(event: &Event<'_>) {
        tracing::debug!(command = event.command, "{event}");
    }

    fn record_outcome(span: &tracing::Span, code: Option<ErrorCode>, failure: Option<&ErrorKind>) {
        if let Some(ErrorCode(code)) = code {
            span.record("code", code);
        }
        if let Some(kind) = failure {
            span.record("error.type", &*error_type(kind));
        }
    }

    /// The kind of a failure, with few different values: the code, the HTTP status, or a name.
    fn error_type(kind: &ErrorKind) -> Cow<'static, str> {
        Cow::Borrowed(match kind {
            ErrorKind::Api { code, .. } => return Cow::Owned(code.to_string()),
            ErrorKind::Http { status, .. } => return Cow::Owned(status.to_string()),
            ErrorKind::Decode { .. } => "decode",
            ErrorKind::Transport(error) => match error.kind() {
                TransportErrorKind::Setup => "setup",
                TransportErrorKind::Connect => "connect",
                TransportErrorKind::Certificate => "certificate",
                TransportErrorKind::Timeout => "timeout",
                TransportErrorKind::TooLong => "response_too_long",
                _ => "connection_lost",
            },
            ErrorKind::Signing(_) => "signing",
            ErrorKind::RateLimited { .. } => "rate_limit",
            ErrorKind::LimiterUnavailable { .. } => "rate_limit_unavailable",
            ErrorKind::Deadline => "deadline",
            _ => "_OTHER",
        })
    }

    /// The parts of a base URL.
    struct Server<'a> {
        address: &'a str,
        port: Option<u16>,
        path: &'a str,
    }

    impl<'a> Server<'a> {
        fn of(base: &'a str) -> Self {
            let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let default = if scheme == "http" { 80 } else { 443 };
            let (address, port) = match authority.rsplit_once(':') {
                Some((address, port)) if !port.ends_with(']') => (address, port.parse().ok()),
                _ => (authority, Some(default)),
            };
            // An IPv6 address has brackets in a URL only.
            Self { address: address.trim_matches(['[', ']']), port, path }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::Server;

        #[test]
        fn a_base_url_has_an_address_a_port_and_a_path() {
            let parts = |base| {
                let Server { address, port, path } = Server::of(base);
                (address, port, path)
            };
            assert_eq!(parts("https://host"), ("host", Some(443), ""));
            assert_eq!(parts("http://127.0.0.1:8080/tim"), ("127.0.0.1", Some(8080), "/tim"));
            assert_eq!(parts("http://[::1]"), ("::1", Some(80), ""));
            assert_eq!(parts("http://[::1]:81"), ("::1", Some(81), ""));
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use std::time::Duration;

    use tim_types::ErrorCode;

    use crate::ErrorKind;
    use crate::event::Event;

    #[derive(Debug, Clone)]
    pub(crate) struct CallSpan;

    impl CallSpan {
        pub(crate) fn new(_: &str, _: &str) -> Self {
            Self
        }

        pub(crate) fn instrument<F: Future>(self, work: F) -> F {
            work
        }

        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }

        pub(crate) fn ended(&self, _: u32, _: Option<&ErrorKind>) {}
    }

    #[derive(Debug, Clone)]
    pub(crate) struct Span;

    impl Span {
        pub(crate) fn for_attempt(_: &CallSpan, _: &str, _: &str, _: u32, _: &str) -> Self {
            Self
        }

        pub(crate) fn instrument<F: Future>(self, work: F) -> F {
            work
        }

        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }

        pub(crate) fn status(&self, _: u16) {}

        pub(crate) fn ended(&self, _: Option<ErrorCode>, _: Option<&ErrorKind>, _: Duration) {}
    }

    #[derive(Debug)]
    pub(crate) struct Context;

    impl Context {
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }
    }

    pub(crate) fn emit(_: &Event<'_>) {}
}
