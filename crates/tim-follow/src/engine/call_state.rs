//! The way of a call from the first attempt to the last, whatever its type: a state machine of quota, signature, host,
//! pause and bounds.

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

/// Which command is called, and what its quota is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) service: &'a str,
    pub(crate) name: &'a str,
    pub(crate) calls_per_second: u32,
}

/// A call on its way.
pub(crate) struct CallState<'a> {
    engine: &'a Engine,
    command: Command<'a>,
    body: Vec<u8>,
    limits: Limits,
    /// Stops the call before its first request.
    stop: Stop,
    /// When the first step was made; the deadline counts from here.
    started: Option<ClockReading>,
    attempts: u32,
    /// What is known about the requests so far.
    trail: Trail,
    re_signed: bool,
    /// The signatures of all requests so far, each once: a response can echo an earlier one.
    usersigs: Vec<UserSig>,
    /// The tokens of the retry budget that the next retry holds until it is sent.
    reserved: u32,
    /// The tokens that the last retry cost.
    paid: u32,
    state: State,
    span: CallSpan,
    /// Why the last attempt did not succeed.
    last: Option<Error>,
}

enum State {
    /// In the line of the quota.
    Queued(Waiter),
    /// Between two attempts, until this moment.
    Paused(ClockReading, Duration),
    /// A request is out.
    Sent(Sent),
    /// There is no next attempt.
    Over,
}

/// A request that is out: when it went, to which host, and when its signature was made.
struct Sent {
    ticket: Waiter,
    at: ClockReading,
    host: usize,
    signed_at: u64,
    span: Span,
}

/// What comes next.
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
            usersigs: Vec::new(),
            reserved: 0,
            paid: 0,
            state,
            span: CallSpan::new(command.service, command.name),
            last: None,
        }
    }

    /// The same call as part of a batch that `stop` ends.
    pub(crate) fn stopped_by(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// What ends a wait of this call early. After the first request nothing does: its retries are made.
    pub(crate) fn stop(&self) -> Stop {
        if self.attempts == 0 { self.stop.clone() } else { Stop::default() }
    }

    /// What comes next at `now`.
    pub(crate) fn step(&mut self, now: ClockReading) -> CallAction {
        if let State::Paused(since, pause) = self.state {
            let left = pause.saturating_sub(now.instant.saturating_duration_since(since.instant));
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
            State::Queued(ticket) if !left.is_zero() => {
                match self.engine.rate_limiter.acquire(rate_limit_key(self.engine, self.command), ticket, now) {
                    Acquire::Granted => self.send(now, left),
                    Acquire::RetryAfter(wait) if wait < left => self.wait(WaitReason::RateLimit, wait),
                    Acquire::RetryAfter(wait) => self.fail(ErrorKind::RateLimited { wait }),
                    Acquire::Pending(asked) => CallAction::WaitFor(asked, left),
                    Acquire::Unavailable { retry_after: wait, .. } if wait < left => {
                        self.wait(WaitReason::LimiterUnavailable, wait)
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

    /// The request that is out was answered with this HTTP status.
    pub(crate) fn record_status(&self, status: u16) {
        if let State::Sent(sent) = &self.state {
            sent.span.status(status);
        }
    }

    /// The response or error without the signatures of this call.
    pub(crate) fn redacted(&self, result: Result<Response, TransportError>) -> Result<Response, TransportError> {
        let response = |mut response: Response| {
            response.body = redact(response.body, &self.usersigs);
            response
        };
        result.map(response).map_err(|error| redact::error(error, &self.usersigs))
    }

    /// The request that is out was answered well.
    pub(crate) fn on_success(&mut self, envelope: &Envelope, now: ClockReading) {
        self.span.ended(self.attempts, None);
        if let Some(sent) = self.end_attempt(now, ResponseSummary::from_envelope(envelope), None) {
            self.engine.rate_limiter.on_response(rate_limit_key(self.engine, self.command), sent.ticket, now);
            self.engine.hosts.mark_up(sent.host);
            self.engine.retry_budget.refund(self.paid);
        }
    }

    /// The request that is out came to nothing; decides what comes next.
    pub(crate) fn on_failure(&mut self, kind: ErrorKind, now: ClockReading) {
        let Some(mut sent) = self.end_attempt(now, ResponseSummary::from_error(&kind), Some(&kind)) else { return };
        let ticket = std::mem::take(&mut sent.ticket);
        match &kind {
            ErrorKind::Transport(_) => {
                self.engine.rate_limiter.on_no_response(rate_limit_key(self.engine, self.command), ticket, Some(now))
            }
            _ => self.engine.rate_limiter.on_response(rate_limit_key(self.engine, self.command), ticket, now),
        }
        self.record_failure(&kind);
        let decision = decide(&kind, self.command.service);
        match decision {
            Decision::NextHost => self.fail_over(sent.host, now),
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
        self.last = Some(self.error(kind).at(self.engine.hosts.base(sent.host)));
        let Some(pause) = self.pause(decision, &sent) else { return };
        if self.attempts >= self.limits.max_attempts || pause >= self.time_left(now) {
            return;
        }
        if !self.engine.retry_budget.take(cost) {
            self.last = self.last.take().map(Error::without_budget);
            return;
        }
        self.reserved = cost;
        self.state = State::Paused(now, pause);
        if let Some(error) = &self.last {
            self.emit(EventKind::Retrying { error });
        }
    }

    /// Keeps what a failed request says about the targets in it: a request without a connection says nothing.
    fn record_failure(&mut self, kind: &ErrorKind) {
        match kind {
            ErrorKind::Transport(error)
                if matches!(error.kind(), TransportErrorKind::Setup | TransportErrorKind::Connect) => {}
            ErrorKind::Api { code, info, .. } => {
                let rejected = Some(Rejection { code: *code, info: info.as_str().into() });
                self.trail = Trail { reached: true, no_response: false, rejected, ..Trail::default() };
            }
            _ => (self.trail.reached, self.trail.no_response) = (true, true),
        }
    }

    /// How long to wait before the next attempt; `None` when there shall be none.
    fn pause(&mut self, decision: Decision, sent: &Sent) -> Option<Duration> {
        let backoff = || self.engine.random(|random| backoff::wait(self.limits.initial_backoff, self.attempts, random));
        match decision {
            Decision::GiveUp => None,
            Decision::NextHost => Some(backoff()),
            // The longer wait of the two for what was asked for; jitter on top, so that not all come back at once.
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
        let host = self.engine.hosts.choose(now.instant);
        let base = self.engine.hosts.base(host);
        let Command { service, name, .. } = self.command;
        let random = self.engine.random(|random| random.u32(..));
        let url = call_url(base, service, name, &self.engine.identity, &signed.usersig, random);
        let span = Span::for_attempt(&self.span, service, name, self.attempts, base);
        if !self.usersigs.contains(&signed.usersig) {
            self.usersigs.push(signed.usersig);
        }
        let ticket = match &mut self.state {
            State::Queued(ticket) => std::mem::take(ticket),
            _ => Waiter::default(),
        };
        self.state = State::Sent(Sent { ticket, at: now, host, signed_at: signed.issued_at, span: span.clone() });
        self.emit(EventKind::Attempt { number: self.attempts, host: base });
        let timeout = self.limits.attempt_timeout.min(left);
        let request = Request::post(url, self.body.as_slice());
        CallAction::Send(request.timeout(timeout).max_response_bytes(self.limits.max_response_bytes), span)
    }

    fn fail_over(&self, from: usize, now: ClockReading) {
        let hosts = &self.engine.hosts;
        hosts.mark_down(from, now.instant);
        let to = hosts.choose(now.instant);
        if to != from {
            self.emit(EventKind::FailedOver { from: hosts.base(from), to: hosts.base(to) });
        }
    }

    /// A new signature that is refused as expired tells of two clocks that disagree.
    fn with_signature_age(&self, mut kind: ErrorKind, decision: Decision, now: ClockReading, sent: &Sent) -> ErrorKind {
        if let ErrorKind::Api { fresh_signature, .. } = &mut kind
            && decision == Decision::RefreshSignature
            && self.re_signed
        {
            *fresh_signature = Some(now.unix.saturating_sub(sent.signed_at));
        }
        kind
    }

    /// Ends the call with the last real error, or with this one when there is none.
    fn fail(&mut self, kind: ErrorKind) -> CallAction {
        self.release();
        let error = self.last.take().unwrap_or_else(|| self.error(kind));
        self.span.ended(self.attempts, Some(error.kind()));
        CallAction::Fail(error)
    }

    fn wait(&self, why: WaitReason, time: Duration) -> CallAction {
        self.emit(EventKind::Waiting { reason: why, time });
        CallAction::Wait(time)
    }

    fn end_attempt(
        &mut self,
        now: ClockReading,
        reply: ResponseSummary<'_>,
        failure: Option<&ErrorKind>,
    ) -> Option<Sent> {
        let State::Sent(sent) = std::mem::replace(&mut self.state, State::Over) else { return None };
        let took = now.instant.saturating_duration_since(sent.at.instant);
        let ResponseSummary { code, display, request_id } = reply;
        sent.span.ended(code, failure, took);
        self.emit(EventKind::AttemptEnded { number: self.attempts, code, took, display, request_id });
        Some(sent)
    }

    fn time_left(&mut self, now: ClockReading) -> Duration {
        let started = self.started.get_or_insert(now);
        self.limits.deadline.saturating_sub(now.instant.saturating_duration_since(started.instant))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.command.service, self.command.name, self.attempts, kind).with_trail(self.trail.clone())
    }

    fn emit(&self, kind: EventKind<'_>) {
        self.engine.observer.emit(self.command.name, kind);
    }

    fn release(&mut self) {
        self.engine.retry_budget.give_back(std::mem::take(&mut self.reserved));
        let of = rate_limit_key(self.engine, self.command);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Queued(ticket) => self.engine.rate_limiter.cancel(of, ticket),
            State::Sent(sent) => self.engine.rate_limiter.on_no_response(of, sent.ticket, None),
            State::Paused(..) | State::Over => {}
        }
    }
}

/// A call that is dropped gives up its place in the line or, when a request is out, its slot.
impl Drop for CallState<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

fn rate_limit_key<'a>(engine: &Engine, command: Command<'a>) -> RateLimitKey<'a> {
    RateLimitKey::new(engine.sdkappid, command.name, command.calls_per_second)
}
