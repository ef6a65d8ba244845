//! The way of a call from the first attempt to the last, whatever its type: a state machine of quota, signature, host,
//! pause and bounds.

use std::time::Duration;

use tim_sig::UserSig;
use tim_transport::{Moment, Phase, Request, Response, TransportError};
use tim_types::{Envelope, Refusal};

use super::redact::{self, redact};
use super::{Decision, Engine, backoff, budget, decide};
use crate::error::Trail;
use crate::event::{EventKind, Reply, Why};
use crate::quota::{Asked, Of, Ticket, Turn};
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
pub(crate) struct Flight<'a> {
    engine: &'a Engine,
    command: Command<'a>,
    body: Vec<u8>,
    limits: Limits,
    /// When the first step was made; the deadline counts from here.
    started: Option<Moment>,
    attempts: u32,
    /// What is known about the requests so far.
    trail: Trail,
    resigned: bool,
    /// The signatures of all requests so far, each once: a response can echo an earlier one.
    usersigs: Vec<UserSig>,
    /// What the last retry cost that was not free.
    paid: u32,
    state: State,
    span: CallSpan,
    /// Why the last attempt did not succeed.
    last: Option<Error>,
}

enum State {
    /// In the line of the quota.
    Queued(Ticket),
    /// Between two attempts, until this moment.
    Paused(Moment, Duration),
    /// A request is out.
    Sent(Sent),
    /// There is no next attempt.
    Over,
}

/// A request that is out: when it went, to which host, and when its signature was made.
struct Sent {
    ticket: Ticket,
    at: Moment,
    host: usize,
    signed_at: u64,
    span: Span,
}

/// What comes next.
pub(crate) enum Next {
    Wait(Duration),
    Ask(Asked, Duration),
    Send(Request, Span),
    Fail(Error),
}

impl<'a> Flight<'a> {
    pub(crate) fn new(engine: &'a Engine, command: Command<'a>, body: Vec<u8>, limits: Limits) -> Self {
        let state = State::Queued(Ticket::default());
        Self {
            engine,
            command,
            body,
            limits: limits.bounded(),
            started: None,
            attempts: 0,
            trail: Trail::default(),
            resigned: false,
            usersigs: Vec::new(),
            paid: 0,
            state,
            span: CallSpan::new(command.service, command.name),
            last: None,
        }
    }

    /// What comes next at `now`.
    pub(crate) fn step(&mut self, now: Moment) -> Next {
        if let State::Paused(since, pause) = self.state {
            let left = pause.saturating_sub(now.instant.saturating_duration_since(since.instant));
            if !left.is_zero() {
                return self.wait(Why::Backoff, left);
            }
            self.state = State::Queued(Ticket::default());
        }
        let left = self.time_left(now);
        match &mut self.state {
            State::Queued(ticket) if !left.is_zero() => {
                match self.engine.quota.turn(of(self.engine, self.command), ticket, now) {
                    Turn::Go => self.send(now, left),
                    Turn::Wait(wait) if wait < left => self.wait(Why::Quota, wait),
                    Turn::Wait(wait) => self.fail(ErrorKind::Quota { wait }),
                    Turn::Ask(asked) => Next::Ask(asked, left),
                    Turn::Away { wait, .. } if wait < left => self.wait(Why::QuotaAway, wait),
                    Turn::Away { reason, .. } => self.fail(ErrorKind::QuotaAway { reason }),
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
    pub(crate) fn has_status(&self, status: u16) {
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
    pub(crate) fn succeeded(&mut self, envelope: &Envelope, now: Moment) {
        self.span.ended(self.attempts, None);
        if let Some(sent) = self.landed(now, Reply::of(envelope), None) {
            self.engine.quota.on_response(of(self.engine, self.command), sent.ticket, now);
            self.engine.hosts.reached(sent.host);
            self.engine.retry_budget.refund(self.paid);
        }
    }

    /// The request that is out came to nothing; decides what comes next.
    pub(crate) fn failed(&mut self, kind: ErrorKind, now: Moment) {
        let Some(mut sent) = self.landed(now, kind.reply(), Some(&kind)) else { return };
        let ticket = std::mem::take(&mut sent.ticket);
        match &kind {
            ErrorKind::Transport(_) => {
                self.engine.quota.on_no_response(of(self.engine, self.command), ticket, Some(now))
            }
            _ => self.engine.quota.on_response(of(self.engine, self.command), ticket, now),
        }
        self.note(&kind);
        let decision = decide(&kind, self.command.service);
        match decision {
            Decision::NextHost => self.fail_over(sent.host, now),
            _ => self.engine.hosts.reached(sent.host),
        }
        if let Decision::SlowDown { .. } = decision {
            self.engine.quota.slow_down(of(self.engine, self.command), now);
        }
        if decision == Decision::GiveUp && kind.code().is_some() {
            self.engine.retry_budget.refund(self.paid);
        }
        let cost = budget::cost(decision, &kind);
        let kind = self.with_clock(kind, decision, now, &sent);
        self.last = Some(self.error(kind).at(self.engine.hosts.base(sent.host)));
        let Some(pause) = self.pause(decision, &sent) else { return };
        if self.attempts >= self.limits.attempts || pause >= self.time_left(now) {
            return;
        }
        if !self.engine.retry_budget.take(cost) {
            self.last = self.last.take().map(Error::without_budget);
            return;
        }
        self.paid = if cost > 0 { cost } else { self.paid };
        self.state = State::Paused(now, pause);
        if let Some(error) = &self.last {
            self.tell(EventKind::Retrying { error });
        }
    }

    /// Keeps what a failed request says about the targets in it: a request without a connection says nothing.
    fn note(&mut self, kind: &ErrorKind) {
        match kind {
            ErrorKind::Transport(error) if matches!(error.phase(), Phase::Setup | Phase::Connect) => {}
            ErrorKind::Api { code, info, .. } => {
                let rejected = Some(Refusal { code: *code, info: info.as_str().into() });
                self.trail = Trail { reached: true, unanswered: false, rejected, ..Trail::default() };
            }
            _ => (self.trail.reached, self.trail.unanswered) = (true, true),
        }
    }

    /// How long to wait before the next attempt; `None` when there shall be none.
    fn pause(&mut self, decision: Decision, sent: &Sent) -> Option<Duration> {
        let backoff = || self.engine.random(|random| backoff::wait(self.limits.first_pause, self.attempts, random));
        match decision {
            Decision::GiveUp => None,
            Decision::NextHost => Some(backoff()),
            // The longer wait of the two for what was asked for; jitter on top, so that not all come back at once.
            Decision::Repeat { at_least } | Decision::SlowDown { at_least } => Some(at_least.saturating_add(backoff())),
            Decision::SignAnew if self.resigned => None,
            Decision::SignAnew => {
                self.resigned = true;
                self.engine.signatures.forget(self.engine.admin.as_str(), sent.signed_at);
                self.tell(EventKind::Resigned);
                Some(Duration::ZERO)
            }
        }
    }

    fn send(&mut self, now: Moment, left: Duration) -> Next {
        let signed = match self.engine.signatures.get(self.engine.admin.as_str(), now.unix) {
            Ok(signed) => signed,
            Err(error) => return self.fail(ErrorKind::Signing(error)),
        };
        self.attempts += 1;
        let host = self.engine.hosts.choose(now.instant);
        let (base, who, usersig) = (self.engine.hosts.base(host), &self.engine.who, signed.usersig.expose());
        let Command { service, name, .. } = self.command;
        let random = self.engine.random(|random| random.u32(..));
        let url = format!("{base}/v4/{service}/{name}?{who}&usersig={usersig}&random={random}&contenttype=json");
        let span = Span::of_attempt(&self.span, service, name, self.attempts, base);
        if !self.usersigs.contains(&signed.usersig) {
            self.usersigs.push(signed.usersig);
        }
        let ticket = match &mut self.state {
            State::Queued(ticket) => std::mem::take(ticket),
            _ => Ticket::default(),
        };
        self.state = State::Sent(Sent { ticket, at: now, host, signed_at: signed.issued_at, span: span.clone() });
        self.tell(EventKind::Attempt { number: self.attempts, host: base });
        let timeout = self.limits.attempt_timeout.min(left);
        let request = Request::post(url, self.body.as_slice());
        Next::Send(request.timeout(timeout).max_answer(self.limits.max_answer), span)
    }

    fn fail_over(&self, from: usize, now: Moment) {
        let hosts = &self.engine.hosts;
        hosts.failed(from, now.instant);
        let to = hosts.choose(now.instant);
        if to != from {
            self.tell(EventKind::FailedOver { from: hosts.base(from), to: hosts.base(to) });
        }
    }

    /// A new signature that is refused as expired tells of two clocks that disagree.
    fn with_clock(&self, mut kind: ErrorKind, decision: Decision, now: Moment, sent: &Sent) -> ErrorKind {
        if let ErrorKind::Api { fresh_signature, .. } = &mut kind
            && decision == Decision::SignAnew
            && self.resigned
        {
            *fresh_signature = Some(now.unix.saturating_sub(sent.signed_at));
        }
        kind
    }

    /// Ends the call with the last real error, or with this one when there is none.
    fn fail(&mut self, kind: ErrorKind) -> Next {
        self.leave();
        let error = self.last.take().unwrap_or_else(|| self.error(kind));
        self.span.ended(self.attempts, Some(error.kind()));
        Next::Fail(error)
    }

    fn wait(&self, why: Why, time: Duration) -> Next {
        self.tell(EventKind::Waiting { why, time });
        Next::Wait(time)
    }

    fn landed(&mut self, now: Moment, reply: Reply<'_>, failure: Option<&ErrorKind>) -> Option<Sent> {
        let State::Sent(sent) = std::mem::replace(&mut self.state, State::Over) else { return None };
        let took = now.instant.saturating_duration_since(sent.at.instant);
        let Reply { code, display, request_id } = reply;
        sent.span.answered(code, failure, took);
        self.tell(EventKind::Answered { number: self.attempts, code, took, display, request_id });
        Some(sent)
    }

    fn time_left(&mut self, now: Moment) -> Duration {
        let started = self.started.get_or_insert(now);
        self.limits.deadline.saturating_sub(now.instant.saturating_duration_since(started.instant))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.command.service, self.command.name, self.attempts, kind).with_trail(self.trail.clone())
    }

    fn tell(&self, kind: EventKind<'_>) {
        self.engine.observer.tell(self.command.name, kind);
    }

    fn leave(&mut self) {
        let of = of(self.engine, self.command);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Queued(ticket) => self.engine.quota.leave(of, ticket),
            State::Sent(sent) => self.engine.quota.on_no_response(of, sent.ticket, None),
            State::Paused(..) | State::Over => {}
        }
    }
}

/// A call that is dropped gives up its place in the line or, when a request is out, its slot.
impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

fn of<'a>(engine: &Engine, command: Command<'a>) -> Of<'a> {
    Of::new(engine.sdkappid, command.name, command.calls_per_second)
}
