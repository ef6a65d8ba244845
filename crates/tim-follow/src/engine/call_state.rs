//! State machine of one call: rate limit, signature, host selection, backoff, attempt and deadline
//! limits. Independent of the request type.

use std::time::Duration;

use tim_sig::UserSig;
use tim_transport::{ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_types::{Envelope, Rejection};

use super::redact::{self, redact};
use super::url::call_url;
use super::{Engine, Stop, backoff, budget};
use crate::error::{Decision, Trail, decide};
use crate::event::{EventKind, ResponseSummary, WaitReason};
use crate::rate_limit::{Acquire, Pending, RateLimitKey, Waiter};
use crate::trace::{CallSpan, Span};
use crate::{Error, ErrorKind, Limits};

/// A command and its documented limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) service: &'a str,
    pub(crate) name: &'a str,
    pub(crate) calls_per_second: u32,
    /// Whether a call that the service may have processed can be sent again.
    pub(crate) idempotent: bool,
}

/// The state of one call.
pub(crate) struct CallState<'a> {
    engine: &'a Engine,
    command: Command<'a>,
    body: Vec<u8>,
    limits: Limits,
    /// Stops the call before its first request.
    stop: Stop,
    /// The time of the first step, from which the deadline counts.
    started: Option<ClockReading>,
    attempts: u32,
    /// What is known about the requests so far.
    trail: Trail,
    re_signed: bool,
    /// The hosts whose certificates are not trusted. This call does not use them again.
    untrusted: Vec<usize>,
    /// The signatures of all requests so far, each once: a response can contain an earlier one.
    usersigs: Vec<UserSig>,
    /// The tokens that were taken from the retry budget for the next retry, until it is sent.
    reserved: u32,
    /// The tokens that the last retry cost.
    paid: u32,
    state: State,
    span: CallSpan,
    /// The error of the last attempt.
    last_error: Option<Error>,
}

enum State {
    /// Waiting for the rate limiter.
    Queued(Waiter),
    /// Waiting before a retry: since when, and how long.
    BackingOff(ClockReading, Duration),
    /// A request is in flight.
    Sent(Sent),
    /// There is no further attempt.
    Over,
}

/// A request in flight: when it was sent, to which host, and when its signature was made.
struct Sent {
    waiter: Waiter,
    at: ClockReading,
    host: usize,
    signed_at: u64,
    span: Span,
}

/// The next step of a call.
pub(crate) enum CallAction {
    Wait(Duration),
    WaitFor(Pending, Duration),
    Send(Request, Span),
    Fail(Error),
}

impl<'a> CallState<'a> {
    pub(crate) fn new(engine: &'a Engine, command: Command<'a>, body: Vec<u8>, limits: Limits) -> Self {
        let state = State::Queued(Waiter::default());
        Self {
            engine,
            command,
            body,
            limits: limits.bounded(),
            stop: Stop::default(),
            started: None,
            attempts: 0,
            trail: Trail::default(),
            re_signed: false,
            untrusted: Vec::new(),
            usersigs: Vec::new(),
            reserved: 0,
            paid: 0,
            state,
            span: CallSpan::new(command.service, command.name),
            last_error: None,
        }
    }

    /// Makes this call part of a batch: if `stop` is set, the call ends before its first request.
    pub(crate) fn stopped_by(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// The signal that ends a wait of this call early. After the first request it is never set, so
    /// that the call finishes its retries.
    pub(crate) fn stop(&self) -> Stop {
        if self.attempts == 0 { self.stop.clone() } else { Stop::default() }
    }

    /// The next step at `now`.
    pub(crate) fn step(&mut self, now: ClockReading) -> CallAction {
        if let State::BackingOff(since, delay) = self.state {
            let left = delay.saturating_sub(now.instant.saturating_duration_since(since.instant));
            if !left.is_zero() {
                return self.wait(WaitReason::Backoff, left);
            }
            self.state = State::Queued(Waiter::default());
        }
        if self.stop().reason().is_some() {
            return self.fail(ErrorKind::Stopped);
        }
        let left = self.time_left(now);
        match &mut self.state {
            State::Queued(waiter) if !left.is_zero() => {
                match self.engine.rate_limiter.acquire(rate_limit_key(self.engine, self.command), waiter, now) {
                    Acquire::Granted => self.send(now, left),
                    Acquire::RetryAfter(delay) if delay < left => self.wait(WaitReason::RateLimit, delay),
                    Acquire::RetryAfter(wait) => self.fail(ErrorKind::RateLimited { wait }),
                    Acquire::Pending(pending) => CallAction::WaitFor(pending, left),
                    Acquire::Unavailable { retry_after, .. } if retry_after < left => {
                        self.wait(WaitReason::LimiterUnavailable, retry_after)
                    }
                    Acquire::Unavailable { reason, .. } => self.fail(ErrorKind::LimiterUnavailable { reason }),
                }
            }
            _ => self.fail(ErrorKind::Deadline),
        }
    }

    /// The span of this call.
    pub(crate) fn span(&self) -> CallSpan {
        self.span.clone()
    }

    /// Records the HTTP status of the response to the request in flight.
    pub(crate) fn record_status(&self, status: u16) {
        if let State::Sent(sent) = &self.state {
            sent.span.status(status);
        }
    }

    /// Redacts the signatures of this call in a response or an error.
    pub(crate) fn redacted(&self, result: Result<Response, TransportError>) -> Result<Response, TransportError> {
        let response = |mut response: Response| {
            response.body = redact(response.body, &self.usersigs);
            response
        };
        result.map(response).map_err(|error| redact::error(error, &self.usersigs))
    }

    /// Reports that the request in flight succeeded.
    pub(crate) fn on_success(&mut self, envelope: &Envelope, now: ClockReading) {
        self.span.ended(self.attempts, None);
        if let Some(sent) = self.end_attempt(now, ResponseSummary::from_envelope(envelope), None) {
            self.engine.rate_limiter.on_response(rate_limit_key(self.engine, self.command), sent.waiter, now);
            self.engine.hosts.mark_up(sent.host);
            self.engine.retry_budget.refund(self.paid);
        }
    }

    /// Reports that the request in flight failed, and decides whether to retry it.
    pub(crate) fn on_failure(&mut self, kind: ErrorKind, now: ClockReading) {
        let Some(mut sent) = self.end_attempt(now, ResponseSummary::from_error(&kind), Some(&kind)) else { return };
        let waiter = std::mem::take(&mut sent.waiter);
        match &kind {
            ErrorKind::Transport(_) => {
                self.engine.rate_limiter.on_no_response(rate_limit_key(self.engine, self.command), waiter, Some(now))
            }
            _ => self.engine.rate_limiter.on_response(rate_limit_key(self.engine, self.command), waiter, now),
        }
        self.record_failure(&kind);
        let decision = match decide(&kind, self.command.service) {
            Decision::Retry { .. } if !self.command.idempotent => Decision::GiveUp,
            decision => decision,
        };
        match decision {
            Decision::NextHost => self.fail_over(sent.host, now),
            Decision::OtherHost => {
                self.untrusted.push(sent.host);
                self.trail.no_host_left = !self.engine.hosts.has_other(&self.untrusted);
                self.fail_over(sent.host, now);
            }
            _ => self.engine.hosts.mark_up(sent.host),
        }
        if let Decision::SlowDown { .. } = decision {
            self.engine.rate_limiter.on_throttled(rate_limit_key(self.engine, self.command), now);
        }
        let is_final = decision == Decision::GiveUp || decision == Decision::RefreshSignature && self.re_signed;
        if is_final && kind.code().is_some() {
            self.engine.retry_budget.refund(self.paid);
        }
        let cost = budget::cost(decision, &kind);
        let kind = self.with_signature_age(kind, decision, now, &sent);
        self.last_error = Some(self.error(kind).at(self.engine.hosts.base(sent.host)));
        let Some(delay) = self.delay(decision, &sent) else { return };
        if self.attempts >= self.limits.max_attempts || delay >= self.time_left(now) {
            return;
        }
        if !self.engine.retry_budget.take(cost) {
            self.last_error = self.last_error.take().map(Error::without_budget);
            return;
        }
        self.reserved = cost;
        self.state = State::BackingOff(now, delay);
        if let Some(error) = &self.last_error {
            self.emit(EventKind::Retrying { error });
        }
    }

    /// Records what a failed request means for its targets. A request without a connection changes
    /// nothing.
    fn record_failure(&mut self, kind: &ErrorKind) {
        use TransportErrorKind::{Certificate, Connect, Setup};
        match kind {
            ErrorKind::Transport(error) if matches!(error.kind(), Setup | Connect | Certificate) => {}
            ErrorKind::Api { code, info, .. } => {
                let rejected = Some(Rejection { code: *code, info: info.as_str().into() });
                self.trail = Trail { reached: true, rejected, ..Trail::default() };
            }
            _ => (self.trail.reached, self.trail.no_response) = (true, true),
        }
    }

    /// How long to wait before the retry; `None` if there is no retry.
    fn delay(&mut self, decision: Decision, sent: &Sent) -> Option<Duration> {
        let backoff = || self.engine.random(|random| backoff::wait(self.limits.initial_backoff, self.attempts, random));
        match decision {
            Decision::GiveUp => None,
            Decision::OtherHost if self.trail.no_host_left => None,
            Decision::NextHost | Decision::OtherHost => Some(backoff()),
            // The random part is added, so that clients with the same `Retry-After` do not retry at
            // the same time.
            Decision::Retry { at_least } | Decision::SlowDown { at_least } => Some(at_least.saturating_add(backoff())),
            Decision::RefreshSignature if self.re_signed => None,
            Decision::RefreshSignature => {
                self.re_signed = true;
                self.engine.signatures.forget(self.engine.admin.as_str(), sent.signed_at);
                self.emit(EventKind::SignatureRefreshed);
                Some(Duration::ZERO)
            }
        }
    }

    fn send(&mut self, now: ClockReading, left: Duration) -> CallAction {
        let signed = match self.engine.signatures.get(self.engine.admin.as_str(), now.unix) {
            Ok(signed) => signed,
            Err(error) => return self.fail(ErrorKind::Signing(error)),
        };
        self.attempts += 1;
        if self.reserved > 0 {
            self.paid = std::mem::take(&mut self.reserved);
        }
        let host = self.engine.hosts.choose(now.instant, &self.untrusted);
        let base = self.engine.hosts.base(host);
        let Command { service, name, .. } = self.command;
        let random = self.engine.random(|random| random.u32(..));
        let url = call_url(base, service, name, &self.engine.identity, &signed.usersig, random);
        let span = Span::for_attempt(&self.span, service, name, self.attempts, base);
        if !self.usersigs.contains(&signed.usersig) {
            self.usersigs.push(signed.usersig);
        }
        let waiter = match &mut self.state {
            State::Queued(waiter) => std::mem::take(waiter),
            _ => Waiter::default(),
        };
        self.state = State::Sent(Sent { waiter, at: now, host, signed_at: signed.issued_at, span: span.clone() });
        self.emit(EventKind::Attempt { number: self.attempts, host: base });
        let timeout = self.limits.attempt_timeout.min(left);
        let request = Request::post(url, self.body.as_slice());
        CallAction::Send(request.timeout(timeout).max_response_bytes(self.limits.max_response_bytes), span)
    }

    fn fail_over(&self, from: usize, now: ClockReading) {
        let hosts = &self.engine.hosts;
        hosts.mark_down(from, now.instant);
        let to = hosts.choose(now.instant, &self.untrusted);
        if to != from {
            self.emit(EventKind::FailedOver { from: hosts.base(from), to: hosts.base(to) });
        }
    }

    /// If the service rejects a fresh signature as expired, the clocks disagree; report the
    /// signature's age so that users can see it.
    fn with_signature_age(&self, mut kind: ErrorKind, decision: Decision, now: ClockReading, sent: &Sent) -> ErrorKind {
        if let ErrorKind::Api { fresh_signature, .. } = &mut kind
            && decision == Decision::RefreshSignature
            && self.re_signed
        {
            *fresh_signature = Some(now.unix.saturating_sub(sent.signed_at));
        }
        kind
    }

    /// Ends the call with the error of the last attempt, or with `kind` if there was no attempt.
    fn fail(&mut self, kind: ErrorKind) -> CallAction {
        self.release();
        let error = self.last_error.take().unwrap_or_else(|| self.error(kind));
        self.span.ended(self.attempts, Some(error.kind()));
        CallAction::Fail(error)
    }

    fn wait(&self, reason: WaitReason, time: Duration) -> CallAction {
        self.emit(EventKind::Waiting { reason, time });
        CallAction::Wait(time)
    }

    fn end_attempt(
        &mut self,
        now: ClockReading,
        response: ResponseSummary<'_>,
        failure: Option<&ErrorKind>,
    ) -> Option<Sent> {
        let State::Sent(sent) = std::mem::replace(&mut self.state, State::Over) else { return None };
        let took = now.instant.saturating_duration_since(sent.at.instant);
        let ResponseSummary { code, display, request_id } = response;
        sent.span.ended(code, failure, took);
        self.emit(EventKind::AttemptEnded { number: self.attempts, code, took, display, request_id });
        Some(sent)
    }

    fn time_left(&mut self, now: ClockReading) -> Duration {
        let started = self.started.get_or_insert(now);
        self.limits.deadline.saturating_sub(now.instant.saturating_duration_since(started.instant))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.command.service, self.command.name, self.attempts, kind)
            .with_trail(Trail { once_only: !self.command.idempotent, ..self.trail.clone() })
    }

    fn emit(&self, kind: EventKind<'_>) {
        self.engine.observer.emit(self.command.name, kind);
    }

    fn release(&mut self) {
        self.engine.retry_budget.give_back(std::mem::take(&mut self.reserved));
        let key = rate_limit_key(self.engine, self.command);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Queued(waiter) => self.engine.rate_limiter.cancel(key, waiter),
            State::Sent(sent) => self.engine.rate_limiter.on_no_response(key, sent.waiter, None),
            State::BackingOff(..) | State::Over => {}
        }
    }
}

/// Releases the waiter or the slot of a dropped call. A request in flight counts as ended without a
/// response.
impl Drop for CallState<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

fn rate_limit_key<'a>(engine: &Engine, command: Command<'a>) -> RateLimitKey<'a> {
    RateLimitKey::new(engine.sdkappid, command.name, command.calls_per_second)
}
