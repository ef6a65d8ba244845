//! Processes a call: gateway, faults, command, call log, webhooks.

mod admin_command;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use tim_types::{Effect, UserId};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::app_settings::{AppSettings, CurrentSettings};
use crate::call_log::{self, CallLog, CallRecord, NewCall};
use crate::clock::Clock;
use crate::commands::{Context, Prepared, Reply, Route};
use crate::database::{Database, DatabaseError, Done};
use crate::execution::{self, rejected};
use crate::faults::{FaultList, Plan, Replacement, ResponseOverride};
use crate::gateway::{self, Admitted, Gateway, IncomingCall, Signature};
use crate::lock::locked;
use crate::reply::HttpReply;
use crate::snapshots::Snapshots;
use crate::webhook::Webhooks;
use crate::world::accounts;

/// Maximum time that a call that writes waits for the database.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// A running emulator without its sockets. Locks protect the parts that change; each is held for a
/// few lines only.
pub(crate) struct Server {
    /// A random text. It tells clients of the admin API that the emulator was started again.
    pub(crate) instance: String,
    /// The address on which the emulator listens.
    pub(crate) listen_address: SocketAddr,
    pub(crate) base_url: String,
    pub(crate) gateway: Gateway,
    pub(crate) settings: CurrentSettings,
    pub(crate) database: Database,
    pub(crate) snapshots: Snapshots,
    pub(crate) clock: Arc<Clock>,
    /// Shared with the calls that wait for the database.
    pub(crate) faults: Arc<Mutex<FaultList>>,
    pub(crate) call_log: CallLog,
    /// The runtime of the server. Waits on other threads use its timer.
    pub(crate) runtime: Handle,
    pub(crate) webhooks: Webhooks,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Tls>,
}

impl Server {
    /// Processes a call and logs it.
    pub(crate) async fn call(&self, call: IncomingCall) -> Processed {
        // The duration is in real time and does not depend on the clock of the emulator.
        let (came, began) = (self.clock.now(), self.clock.real().elapsed);
        let settings = self.settings.get();
        let admitted = self.gateway.admit(&call, &settings, came);
        let mut plan = match &admitted {
            Ok(admitted) => locked(&self.faults).plan(admitted.route.name, admitted.user.as_deref(), came.elapsed),
            Err(_) => Plan::default(),
        };
        if !plan.before.is_zero() {
            sleep(plan.before).await;
        }
        let (user, targets) = match &admitted {
            Ok(admitted) => (admitted.user.clone(), admitted.targets.clone()),
            Err(_) => (None, Vec::new()),
        };
        let sent = match admitted {
            Ok(admitted) => self.run(admitted, &settings, &call, plan.response_override, &mut plan.faults).await,
            Err(envelope) => Some(Sent::json(Reply::error(&envelope))),
        };
        let sent = sent.map(|sent| Sent { http: sent.http.with_fault(plan.body_fault).at(self.clock.now()), ..sent });
        // Does not log unsigned calls from web pages of other origins. Otherwise any page could
        // fill the log.
        let is_logged = !call.is_foreign || self.gateway.is_signed(&call, came);
        let record = is_logged.then(|| {
            self.call_log.push(NewCall {
                at_ms: came.unix_ms,
                duration: (self.clock.real().elapsed.saturating_sub(began)).saturating_add(plan.after),
                command: gateway::command_of(&call.path),
                user: user.as_deref(),
                targets,
                code: sent.as_ref().and_then(|sent| sent.code),
                item_codes: sent.as_ref().map(|sent| sent.item_codes.clone()).unwrap_or_default(),
                faults: plan.faults,
                replay_of: call.replay_of,
                from: call.from,
                request: call_log::Request {
                    method: &call.method,
                    target: &call.target,
                    version: call.version,
                    headers: &call.headers,
                    body: call.body.as_deref(),
                },
                response: sent.as_ref().map(|sent| call_log::Response {
                    status: sent.http.status,
                    headers: &sent.http.headers,
                    body: sent.http.sent(&call.method),
                }),
            })
        });
        if !plan.after.is_zero() {
            sleep(plan.after).await;
        }
        Processed { reply: sent.map(|sent| sent.http), record }
    }

    /// Runs the command. Adds the faults that reject single targets to `hits`.
    async fn run(
        &self,
        admitted: Admitted,
        settings: &Arc<AppSettings>,
        call: &IncomingCall,
        replaced: Option<ResponseOverride>,
        hits: &mut Vec<u64>,
    ) -> Option<Sent> {
        let service = admitted.route.service;
        let Some(ResponseOverride { applied, what }) = replaced else {
            return Some(Sent::json(self.execute(admitted, settings, call, hits).await));
        };
        if applied {
            self.execute(admitted, settings, call, hits).await;
        }
        match what {
            Replacement::Code(code, info) => Some(Sent::json(Reply::error(&rejected(service, code, info)))),
            Replacement::Status(status) => {
                Some(Sent { http: HttpReply::html(status), code: None, item_codes: Vec::new() })
            }
            Replacement::HangUp => None,
        }
    }

    async fn execute(
        &self,
        admitted: Admitted,
        settings: &Arc<AppSettings>,
        call: &IncomingCall,
        hits: &mut Vec<u64>,
    ) -> Reply {
        if let Err(envelope) = execution::check_feature(admitted.route.service, settings) {
            return Reply::error(&envelope);
        }
        let Executed { reply, item_faults } = self.execute_with(admitted, settings, call.from, &self.faults).await;
        hits.extend(item_faults);
        reply
    }

    /// Executes the command, with the faults of single targets in `faults`, and sends its webhook.
    async fn execute_with(
        &self,
        admitted: Admitted,
        settings: &Arc<AppSettings>,
        from: IpAddr,
        faults: &Arc<Mutex<FaultList>>,
    ) -> Executed {
        let (route, service) = (admitted.route, admitted.route.service);
        let rejected = |code, info: String| Executed::from(Reply::error(&rejected(service, code, info)));
        let request = match execution::check_request(service, admitted.request) {
            Ok(request) => request,
            Err(envelope) => return Executed::from(Reply::error(&envelope)),
        };
        let signature = Arc::new(admitted.signature);
        // A fault can reject the deletion of an account. The command then removes the follows.
        let deleted = if locked(faults).has_item_faults(route.name) { Vec::new() } else { request.deleted_accounts() };
        let executed = match self.remove_follows(deleted, Arc::clone(&signature)).await {
            Ok(()) => self.in_database(route, request, (signature, admitted.user), Arc::clone(settings), faults).await,
            Err(error) => Err(error),
        };
        match executed {
            Ok(executed) => {
                if let Some(event) = &executed.reply.event {
                    self.webhooks.send(event, from, "RESTAPI");
                }
                executed
            }
            Err(error @ DatabaseError::Busy { .. }) => rejected(service.timeout, error.to_string()),
            Err(error) => rejected(service.internal, format!("the emulator's database failed: {error}")),
        }
    }

    /// Removes the follows of accounts that a call deletes, in steps, so that other calls can run
    /// between them.
    async fn remove_follows(&self, mut users: Vec<UserId>, signature: Arc<Signature>) -> Result<(), DatabaseError> {
        /// The number of follows of one step, which takes about 10 ms.
        const STEP: u32 = 1000;
        if users.is_empty() {
            return Ok(());
        }
        let many = move |db: &Connection| {
            let is_valid = execution::check_kick(db, &signature).is_ok();
            users.retain(|user| is_valid && accounts::has_more_follows(db, user, STEP).unwrap_or(false));
            users
        };
        for user in self.database.read(many).await? {
            let step = || {
                let user = user.clone();
                self.database.write(WRITE_LIMIT, move |db| {
                    let removed = accounts::remove_follows(db, &user, STEP);
                    Done { keep: removed.is_ok(), value: removed }
                })
            };
            while step().await?.map_err(|error| DatabaseError::Failed(error.to_string()))? {}
        }
        Ok(())
    }

    async fn in_database(
        &self,
        route: &'static Route,
        request: Box<dyn Prepared>,
        (signature, user): (Arc<Signature>, Option<String>),
        settings: Arc<AppSettings>,
        faults: &Arc<Mutex<FaultList>>,
    ) -> Result<Executed, DatabaseError> {
        let (faults, now) = (Arc::clone(faults), self.clock.now());
        let work = move |db: &Connection| {
            let item_faults = RefCell::new(BTreeSet::new());
            let item_fault = |target: &str| {
                let (fault, code, info) = locked(&faults).item(route.name, user.as_deref(), target, now.elapsed)?;
                item_faults.borrow_mut().insert(fault);
                Some((code, info))
            };
            let context = Context::new(db, &settings, route.service, &signature.admin, now.unix_ms, &item_fault);
            let (reply, keep) = execution::run(request, &signature, &context);
            Done { value: Executed { reply, item_faults: item_faults.take() }, keep }
        };
        match route.effect {
            Effect::Read => self.database.read(|db| work(db).value).await,
            _ => self.database.write(WRITE_LIMIT, work).await,
        }
    }
}

/// A processed call.
pub(crate) struct Processed {
    /// `None` if the connection has to be closed without a response.
    pub(crate) reply: Option<HttpReply>,
    /// `None` if the call is not logged.
    pub(crate) record: Option<Arc<CallRecord>>,
}

/// The result of a call in the database.
struct Executed {
    reply: Reply,
    /// The numbers of the faults that rejected single targets.
    item_faults: BTreeSet<u64>,
}

impl From<Reply> for Executed {
    fn from(reply: Reply) -> Self {
        Self { reply, item_faults: BTreeSet::new() }
    }
}

/// A response. It has codes if it is a response of the service.
struct Sent {
    http: HttpReply,
    code: Option<i64>,
    /// The codes of the items, in their order.
    item_codes: Vec<i64>,
}

impl Sent {
    fn json(reply: Reply) -> Self {
        let item_codes = reply.item_codes.iter().map(|code| code.0).collect();
        Self { code: Some(reply.code.0), item_codes, http: HttpReply::json(reply.body) }
    }
}
