//! What a call passes through: the gateway, the faults, the world, the record.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use tim_types::{Envelope, ErrorCode};
use tokio::runtime::Handle;

use crate::call_log::{self, CallLog, NewCall};
use crate::clock::{Clock, ClockReading};
use crate::command_error::{self, for_service, gateway_error};
use crate::faults::{BodyFault, FaultList, Plan, Replacement, ResponseOverride};
use crate::gateway::{self, Admitted, Gateway, IncomingCall};
use crate::lock::locked;
use crate::service::Service;
use crate::state::{State, StateError};
use crate::webhook::{self, Webhooks};
use crate::world::{Snapshot, World};

/// A running emulator, apart from its sockets. Everything that changes is behind locks that are held for one step.
pub(crate) struct Server {
    pub(crate) base_url: String,
    pub(crate) gateway: Gateway,
    /// Held for one transaction.
    pub(crate) world: Mutex<World>,
    /// Locked before the world where both are.
    pub(crate) snapshots: Mutex<BTreeMap<String, Snapshot>>,
    pub(crate) clock: Clock,
    pub(crate) faults: Mutex<FaultList>,
    pub(crate) call_log: CallLog,
    /// Where the server runs. Waits of other threads use its timer.
    pub(crate) runtime: Handle,
    pub(crate) webhooks: Webhooks,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::http::tls::Tls>,
}

/// In what to begin anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reset {
    state: bool,
    faults: bool,
    calls: bool,
    time: bool,
    rate_limit: bool,
}

impl Reset {
    pub(crate) const ALL: Self = Self { state: true, faults: true, calls: true, time: true, rate_limit: true };
}

/// A call that has not been done yet.
#[derive(Debug)]
pub(crate) struct Pending {
    arrival: IncomingCall,
    came: ClockReading,
    /// Real time since the start, whatever the clock shows.
    began: Duration,
    admitted: Result<Admitted, Envelope>,
    plan: Plan,
}

impl Pending {
    /// How long to wait before it is finished, and how long after.
    pub(crate) fn waits(&self) -> (Duration, Duration) {
        (self.plan.before, self.plan.after)
    }
}

/// An answer to a call.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
    pub(crate) delivery: Delivery,
}

/// How an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Delivery {
    Whole,
    /// So many bytes of the body, then the connection breaks.
    Truncated(usize),
    /// Byte by byte, with this pause before each.
    Slow(Duration),
}

impl Server {
    /// Begins anew; settings and snapshots stay.
    pub(crate) fn reset(&self, what: Reset) -> Result<(), StateError> {
        if what.state {
            State(self).reset()?;
        }
        if what.faults {
            locked(&self.faults).clear();
        }
        if what.calls {
            self.call_log.clear();
        }
        if what.time {
            self.clock.reset();
        }
        if what.rate_limit {
            self.gateway.rate_counter().restart();
        }
        Ok(())
    }

    /// Lets a call in, or refuses it, and decides what goes wrong.
    pub(crate) fn admit(&self, arrival: IncomingCall) -> Pending {
        let (came, began) = (self.clock.now(), self.clock.real().elapsed);
        let admitted = self.gateway.admit(&arrival, came);
        let plan = match &admitted {
            Ok(call) => locked(&self.faults).plan(call.route.name, call.user.as_deref(), came.elapsed),
            Err(_) => Plan::default(),
        };
        Pending { arrival, came, began, admitted, plan }
    }

    /// Does the call and records it. Without a reply the connection is to be closed.
    pub(crate) fn finish(&self, call: Pending) -> Option<Reply> {
        let Pending { arrival, came, began, admitted, mut plan } = call;
        let body = arrival.body.as_deref().unwrap_or_default();
        let reply = match &admitted {
            Ok(admitted) => self.run(admitted, &arrival, plan.response_override, &mut plan.faults),
            Err(envelope) => Some(Reply::json(command_error::json(envelope))),
        };
        let reply = reply.map(|reply| reply.with_fault(plan.body_fault));
        let headers = reply.as_ref().map(Reply::headers).unwrap_or_default();
        let (code, item_codes) = reply.as_ref().map_or((None, Vec::new()), |reply| codes(&reply.body));
        self.call_log.push(NewCall {
            at_ms: came.unix_ms,
            duration: (self.clock.real().elapsed.saturating_sub(began)).saturating_add(plan.after),
            command: gateway::command_of(&arrival.path),
            user: admitted.as_ref().ok().and_then(|admitted| admitted.user.as_deref()),
            targets: admitted.as_ref().map(|admitted| admitted.targets.clone()).unwrap_or_default(),
            code,
            item_codes,
            faults: plan.faults,
            request: call_log::Request {
                method: &arrival.method,
                target: &arrival.target,
                version: arrival.version,
                headers: &arrival.headers,
                body,
            },
            response: reply.as_ref().map(|reply| call_log::Response {
                status: reply.status,
                headers: &headers,
                body: reply.sent(),
            }),
        });
        reply
    }

    /// Notes in `hits` the faults of single targets.
    fn run(
        &self,
        call: &Admitted,
        arrival: &IncomingCall,
        instead: Option<ResponseOverride>,
        hits: &mut Vec<u64>,
    ) -> Option<Reply> {
        let Some(ResponseOverride { applied, what }) = instead else {
            return Some(Reply::json(self.apply(call, arrival, hits)));
        };
        if applied {
            self.apply(call, arrival, hits);
        }
        match what {
            Replacement::Code(code, info) => {
                Some(Reply::json(command_error::json(&refused(call.route.service, code, info))))
            }
            Replacement::Status(status) => Some(Reply::html(status)),
            Replacement::HangUp => None,
        }
    }

    fn apply(&self, call: &Admitted, arrival: &IncomingCall, hits: &mut Vec<u64>) -> String {
        let now = self.clock.now();
        let items_hit = RefCell::new(BTreeSet::new());
        let item_fault = |target: &str| {
            let (fault, code, info) =
                locked(&self.faults).item(call.route.name, call.user.as_deref(), target, now.elapsed)?;
            items_hit.borrow_mut().insert(fault);
            Some((code, info))
        };
        let body = arrival.body.as_deref().unwrap_or_default();
        let answer = locked(&self.world).apply(call.route, body, now.unix(), &item_fault);
        hits.extend(items_hit.into_inner());
        if !self.webhooks.is_empty()
            && let Some(event) = webhook::event(call.route.name, call.user.as_deref(), &answer, now.unix_ms)
        {
            self.webhooks.send(&event, arrival.from);
        }
        answer
    }
}

/// A refusal as the one would write it whose codes these are.
fn refused(service: &Service, code: ErrorCode, info: String) -> Envelope {
    const FIRST_OF_GATEWAY: i64 = 60_000;
    if code.0 >= FIRST_OF_GATEWAY {
        gateway_error(code, info)
    } else {
        for_service(service, Envelope::fail(code, info))
    }
}

/// The code of a response and those of its items that are not 0.
fn codes(body: &str) -> (Option<i64>, Vec<i64>) {
    let Ok(Value::Object(reply)) = serde_json::from_str(body) else { return (None, Vec::new()) };
    let items = reply.values().filter_map(Value::as_array).flatten();
    let item_codes = items.filter_map(|item| item.get("ResultCode")?.as_i64()).filter(|code| *code != 0);
    (reply.get("ErrorCode").and_then(Value::as_i64), item_codes.collect())
}

impl Reply {
    /// The headers, apart from those that the HTTP layer adds. What a header cannot hold is left out.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&self.content_type) {
            headers.insert(CONTENT_TYPE, value);
        }
        headers.insert(CONTENT_LENGTH, self.body.len().into());
        headers
    }

    /// The part of the body that is sent.
    fn sent(&self) -> &[u8] {
        let body = self.body.as_bytes();
        match self.delivery {
            Delivery::Truncated(at) => body.get(..at).unwrap_or(body),
            Delivery::Whole | Delivery::Slow(_) => body,
        }
    }

    fn json(body: String) -> Self {
        Self { status: 200, content_type: "application/json".to_owned(), body, delivery: Delivery::Whole }
    }

    /// What proxies answer for a server that they cannot reach.
    fn html(status: u16) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body><h1>{status}</h1>\n\
             <p>The emulator was asked for this.</p></body></html>\n"
        );
        Self { status, content_type: "text/html".to_owned(), body, delivery: Delivery::Whole }
    }

    fn with_fault(mut self, how: Option<BodyFault>) -> Self {
        match how {
            // At least the last byte is missing, or nothing would be wrong.
            Some(BodyFault::Truncated(at)) => {
                self.delivery = Delivery::Truncated(at.min(self.body.len().saturating_sub(1)))
            }
            Some(BodyFault::Slow(pause)) => self.delivery = Delivery::Slow(pause),
            Some(BodyFault::ContentType(value)) => self.content_type = value,
            None => {}
        }
        self
    }
}
