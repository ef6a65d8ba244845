//! The network between the processes and the service, as a transport of both clients.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_follow::{BlockingTransport, ErrorCode, Transport};

use crate::fate::Fate;
use crate::history::{Attempt, End, Seen};
use crate::invariants::{self, CONNECT_TIMEOUT};
use crate::lock::locked;
use crate::plan::{Fault, HostFaultKind, Process};
use crate::service::Incoming;
use crate::sim::{Group, Sim};
use crate::tampering::{FATAL_CODES, Received, is_replaced, receive};
use crate::violation::Violation;
use crate::wire;

/// The base URLs of the primary host and its backup.
pub(crate) const HOSTS: [&str; 2] = ["https://primary.example", "https://backup.example"];

type Outcome = Result<Response, TransportError>;

/// The connections of one process.
pub(crate) struct Connections {
    sim: Arc<Sim>,
    process: usize,
    /// The number of idle connections to each host.
    idle: Arc<Mutex<[u32; 2]>>,
}

/// A request that has not ended for its client.
struct Exchange {
    /// Its number in the history.
    sent: usize,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    received: Option<Received>,
    waker: Option<Waker>,
    /// Whether the client has stopped waiting.
    is_over: bool,
}

/// A request on its way.
#[derive(Clone)]
struct Message {
    exchange: Arc<Exchange>,
    request: Arc<wire::Request>,
    url: Arc<str>,
    body: Arc<[u8]>,
    host: usize,
    /// With which calls it is counted.
    group: Group,
}

impl Connections {
    pub(crate) fn new(sim: Arc<Sim>, process: usize) -> Self {
        Self { sim, process, idle: Arc::default() }
    }

    fn process(&self) -> &Process {
        &self.sim.plan.processes[self.process]
    }

    /// Sends a request. Its result comes to the exchange.
    fn dispatch(&self, request: &Request) -> Arc<Exchange> {
        let (sim, process, now) = (&self.sim, self.process(), self.sim.now());
        let (task, attempt) = (sim.current_task(), sim.announced(process.id));
        let url = request.expose_url();
        let host = HOSTS.iter().position(|host| url.starts_with(host)).unwrap_or_default();
        let command = url.split(['?']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let Some(parsed) = wire::Request::read(command, request.body()) else {
            sim.check(Err(Violation::new("requests_can_be_read", format!("{command}: the body has another form"))));
            return Arc::new(Exchange { sent: usize::MAX, state: Mutex::default() });
        };
        let unix = sim.clock(process).unix;
        let signed = sim.add_signature(signature(url), unix);
        let sending = Attempt { number: attempt, host, signed, at: now };
        let index = {
            let mut history = locked(&sim.history);
            let checks = invariants::OnSend { plan: &sim.plan, process, history: &history, task, now };
            let checked = checks.all(&parsed, request, sending, sim.is_stopped(task));
            sim.check(checked);
            history.push(task, parsed.clone(), request.body(), sending)
        };
        let number = locked(&sim.history).of_task(task).count() as u64;
        let fate = Fate::draw(&sim.plan, task, number);
        sim.log(|| {
            let names: Vec<&str> = parsed.targets.iter().map(|target| &*target.user).collect();
            let faults = fate.names();
            format!(
                "#{index} task {task} attempt {attempt}: {command} {} {} to host {host}{faults}",
                parsed.from,
                names.join(",")
            )
        });
        let exchange = Arc::new(Exchange { sent: index, state: Mutex::default() });
        let message = Message {
            exchange: Arc::clone(&exchange),
            request: Arc::new(parsed),
            url: url.into(),
            body: request.body().into(),
            host,
            group: sim.admitted(process.id),
        };
        if process.keeps_time_limit || process.is_blocking {
            self.fail(&message, request.time_limit(), TransportErrorKind::Timeout, "the time limit");
        }
        self.connect(message, fate);
        exchange
    }

    /// Takes or opens a connection, and sends the message on it.
    fn connect(&self, message: Message, mut fate: Fate) {
        use TransportErrorKind::{Certificate, Connect};
        let (sim, network, host) = (&self.sim, &self.sim.plan.network, message.host);
        let down =
            sim.plan.host_faults.iter().find(|fault| fault.host == host && (fault.from..fault.to).contains(&sim.now()));
        let down = down.map(|fault| fault.kind);
        if let Some(HostFaultKind::NobodyListens | HostFaultKind::Hangs) = down {
            locked(&self.idle)[host] = 0;
        }
        let is_open = locked(&self.idle)[host] > 0;
        let round_trip = network.there + network.back;
        match (down, is_open) {
            (Some(HostFaultKind::NobodyListens), _) => {
                return self.fail(&message, round_trip, Connect, "nothing listens");
            }
            (Some(HostFaultKind::Hangs), _) => return self.fail(&message, CONNECT_TIMEOUT, Connect, "timed out"),
            (Some(HostFaultKind::NameFails), false) => return self.fail(&message, round_trip, Connect, "no such host"),
            (Some(HostFaultKind::BadCertificate), false) => {
                return self.fail(&message, round_trip, Certificate, "unknown issuer");
            }
            _ => {}
        }
        if fate.has(Fault::NobodyListens) {
            return self.fail(&message, round_trip, Connect, "nothing listens");
        }
        if fate.has(Fault::DnsFails) {
            let time = fate.time(CONNECT_TIMEOUT);
            return self.fail(&message, time, Connect, "no such host");
        }
        let mut connecting = Duration::ZERO;
        if is_open {
            locked(&self.idle)[host] -= 1;
        } else {
            connecting = network.handshake;
            if fate.has(Fault::HandshakeSlow) {
                connecting += fate.time(CONNECT_TIMEOUT);
            }
        }
        if connecting > CONNECT_TIMEOUT {
            return self.fail(&message, CONNECT_TIMEOUT, Connect, "timed out");
        }
        self.send_on(message, connecting, fate);
    }

    /// Sends the message on a connection that opens in this time.
    fn send_on(&self, message: Message, connecting: Duration, mut fate: Fate) {
        let (sim, network) = (&self.sim, &self.sim.plan.network);
        let late = if fate.has(Fault::RequestLate) { fate.time(Duration::from_secs(6)) } else { Duration::ZERO };
        let there = network.there + fate.time(network.jitter) + late;
        let arrival = sim.now() + connecting + there;
        let lost = fate.first(&[Fault::LostBefore, Fault::Silent]);
        if lost == Some(Fault::LostBefore) {
            return self.fail(&message, connecting + fate.time(there), TransportErrorKind::Lost, "reset by peer");
        }
        if lost == Some(Fault::Silent) {
            return;
        }
        let copy = fate.has(Fault::Duplicated).then(|| (arrival + fate.time(Duration::from_secs(2)), message.clone()));
        let back = network.back + fate.time(network.jitter);
        let back =
            back + if fate.has(Fault::ResponseLate) { fate.time(Duration::from_secs(6)) } else { Duration::ZERO };
        let (inside, idle, opened) = (Arc::clone(sim), Arc::clone(&self.idle), sim.now() + connecting);
        let is_counted = late.is_zero();
        sim.executor
            .at(arrival, move || arrive(&inside, message, fate, is_counted.then_some(opened), Some((back, idle))));
        if let Some((at, message)) = copy {
            let (inside, fate) = (Arc::clone(sim), Fate::draw(&sim.plan, u32::MAX, 0));
            sim.executor.at(at, move || arrive(&inside, message, fate, None, None));
        }
    }

    /// Ends a request without a response after this time.
    fn fail(&self, message: &Message, after: Duration, kind: TransportErrorKind, detail: &str) {
        let received = Received::error(&message.request, kind, detail);
        let exchange = Arc::clone(&message.exchange);
        self.sim.executor.at(self.sim.now() + after, move || {
            exchange.complete(received);
        });
    }

    /// The client takes the result.
    fn take(&self, exchange: &Exchange) -> Option<Outcome> {
        let received = {
            let mut state = locked(&exchange.state);
            let received = state.received.take()?;
            state.is_over = true;
            received
        };
        let sim = &self.sim;
        sim.log(|| match &received.result {
            Ok(response) => format!("#{} status {} {:?}", exchange.sent, response.status, received.seen),
            Err(error) => format!("#{} {:?}", exchange.sent, error.kind()),
        });
        if received.seen.iter().any(|seen| seen.code().is_some_and(|code| FATAL_CODES.contains(&code)))
            && received.seen.iter().all(|seen| matches!(seen, Seen::Call(_)))
        {
            sim.stop(sim.current_task());
        }
        let end = match &received.result {
            Ok(response) if response.status == 200 => End::Body,
            Ok(response) => End::Status(response.status, response.retry_after),
            Err(error) => End::Failed(error.kind()),
        };
        locked(&sim.history).end(exchange.sent, sim.now(), Some((end, received.seen)));
        Some(received.result)
    }

    /// The client stops waiting.
    fn give_up(&self, exchange: &Exchange) {
        let was_over = std::mem::replace(&mut locked(&exchange.state).is_over, true);
        if !was_over {
            self.sim.log(|| format!("#{} is given up", exchange.sent));
            locked(&self.sim.history).end(exchange.sent, self.sim.now(), None);
        }
    }
}

/// A message arrives at the service. `opened` is when its connection was open; `None` for a message
/// that is not counted. `response` is how long the response takes, and where its connection goes;
/// `None` for a copy of a message.
fn arrive(
    sim: &Arc<Sim>,
    message: Message,
    mut fate: Fate,
    opened: Option<Duration>,
    response: Option<(Duration, Arc<Mutex<[u32; 2]>>)>,
) {
    let Message { exchange, request, url, body, .. } = &message;
    let ended = locked(&sim.history).get(exchange.sent).and_then(|sent| sent.ended);
    if let (Some(ended), Some(opened)) = (ended, opened)
        && ended < opened
    {
        // The client stopped waiting before the connection was open.
        return;
    }
    let latest = |ended: Duration| ended + sim.plan.network.there + invariants::MARGIN;
    if opened.is_some() && ended.is_none_or(|ended| sim.now() <= latest(ended)) {
        sim.count(request.command, message.group);
    }
    let replaced = is_replaced(&fate);
    let mut response_body = String::new();
    if replaced {
        locked(&sim.history).receive(exchange.sent, &[]);
    } else {
        let path_and_query = url.get(HOSTS[message.host].len()..).unwrap_or_default();
        let incoming = Incoming { request, path_and_query, body };
        let item_fault = |user: &str| fate.item_code(user).map(|code| (ErrorCode(code), "simulated".to_owned()));
        let processed = locked(&sim.service).process(&incoming, sim.now(), &item_fault);
        let processed = match processed {
            Ok(processed) => processed,
            Err(error) => return sim.check(Err(Violation::new("the_service_works", error.to_string()))),
        };
        sim.log(|| format!("#{} arrives: {:?}", exchange.sent, processed.reading.seen));
        sim.check(invariants::the_service_responds_once_for_each_target(request, &processed.reading));
        if sim.plan.is_quiet {
            sim.check(invariants::quiet_runs_are_not_throttled(&processed.reading));
        }
        locked(&sim.history).receive(exchange.sent, &processed.done);
        response_body = processed.body;
    }
    let Some((back, idle)) = response else { return };
    let received = receive(request, response_body, url, &mut fate);
    let (exchange, host) = (Arc::clone(exchange), message.host);
    let is_whole = received.result.is_ok();
    sim.executor.at(sim.now() + back, move || {
        if exchange.complete(received) && is_whole {
            locked(&idle)[host] += 1;
        }
    });
}

impl Exchange {
    /// The result comes in. Returns whether the client still waits.
    fn complete(&self, received: Received) -> bool {
        let mut state = locked(&self.state);
        let waits = !state.is_over && state.received.is_none();
        if waits {
            state.received = Some(received);
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
        waits
    }
}

/// The signature in a URL.
fn signature(url: &str) -> &str {
    url.split(['?', '&']).find_map(|pair| pair.strip_prefix("usersig=")).unwrap_or_default()
}

/// A request of the asynchronous client.
struct Sending<'a> {
    connections: &'a Connections,
    exchange: Arc<Exchange>,
}

impl Future for Sending<'_> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        match self.connections.take(&self.exchange) {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                locked(&self.exchange.state).waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.connections.give_up(&self.exchange);
    }
}

#[async_trait]
impl Transport for Connections {
    async fn send(&self, request: Request) -> Outcome {
        Sending { exchange: self.dispatch(&request), connections: self }.await
    }

    async fn sleep(&self, time: Duration) {
        self.sim.executor.sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        self.sim.clock(self.process())
    }
}

impl BlockingTransport for Connections {
    fn send(&self, request: Request) -> Outcome {
        let exchange = self.dispatch(&request);
        self.sim.executor.run(&|| locked(&exchange.state).received.is_some());
        let outcome = self.take(&exchange);
        outcome.unwrap_or_else(|| Err(TransportError::new(TransportErrorKind::Lost, "the simulation has ended")))
    }

    fn sleep(&self, time: Duration) {
        self.sim.executor.block(time);
    }

    fn now(&self) -> ClockReading {
        self.sim.clock(self.process())
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("process", &self.process().id).finish_non_exhaustive()
    }
}
