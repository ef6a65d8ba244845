//! Starting an emulator.

use std::fs::File;
use std::io::{self, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use tim_sig::{SecretKey, SignError, Signer};
use tokio::sync::oneshot;

use super::{Builder, Emulator, StopError};
use crate::app_settings::{CurrentSettings, InvalidSettings};
use crate::call_log::CallLog;
use crate::clock::Clock;
use crate::database::Database;
use crate::faults::FaultList;
use crate::gateway::Gateway;
use crate::http::BoundServer;
use crate::problem::OnProblem;
use crate::rate_limit::RateCounter;
use crate::server::Server;
use crate::snapshots::Snapshots;
use crate::state::State;
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::webhook::{InvalidWebhook, Webhooks};
use crate::world::{DataLock, World};

/// Why an emulator did not start. A cause from the system is the
/// [source](std::error::Error::source) and not in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}; check that no other server uses it, or use port 0 for any free port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The database could not be opened.
    #[error("cannot open the data {}: {reason}", path.as_deref().unwrap_or(Path::new("in memory")).display())]
    Data {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// What is wrong with it.
        reason: String,
    },
    /// The file to import could not be read, or a line of it is wrong.
    #[error("cannot import {}: {reason}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// Which line is wrong, and what is.
        reason: String,
    },
    /// The settings of the app are invalid, for example an admin is not a user id.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// Nothing can be sent to the URL of a webhook.
    #[error(transparent)]
    Webhook(#[from] InvalidWebhook),
    /// The secret key cannot be used.
    #[error(transparent)]
    Key(SignError),
    /// No certificate could be made for these names.
    #[cfg(feature = "tls")]
    #[error("cannot make a certificate for {}: {reason}", names.join(", "))]
    Tls {
        /// The names of [`tls_name`](Builder::tls_name).
        names: Vec<String>,
        /// What is wrong.
        reason: String,
    },
    /// The system had no random bytes for a fresh key.
    #[error("cannot make a secret key: {0}; set one with `secret_key`")]
    Randomness(String),
    /// The thread of the server did not start.
    #[error("cannot start the thread of the server")]
    Thread(#[source] io::Error),
}

impl Builder {
    /// Starts the server; it accepts calls when this returns. Works on any runtime: the server has
    /// its own.
    ///
    /// # Errors
    /// [`StartError`] has the setting that is invalid, or what the system rejected.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let (started, bound) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        // The files are opened on the new thread, so the runtime of the caller does not wait for the disk.
        let run = move || match Prepared::new(self) {
            Ok(Prepared { bound, server, key, export, lock, on_problem }) => {
                let _ = started.send(Ok((Arc::clone(&server), key)));
                bound.serve(&server, stopped);
                report_undelivered(&server, &on_problem);
                let exported = export.map_or(Ok(()), |path| export_to(&server, path));
                server.database.close();
                drop(lock);
                exported
            }
            Err(error) => {
                let _ = started.send(Err(error));
                Ok(())
            }
        };
        let thread = thread::Builder::new().name("tim-emulator".to_owned()).spawn(run).map_err(StartError::Thread)?;
        let (server, key) = bound.await.map_err(|_| StartError::Thread(io::Error::other("it ended at once")))??;
        Ok(Emulator::new(server, key, stop, thread))
    }

    /// Like [`start`](Self::start), for a caller without a runtime. Blocks until the emulator accepts
    /// calls.
    ///
    /// # Errors
    /// [`StartError`] has the setting that is invalid, or what the system rejected.
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let start = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(StartError::Thread)?;
            runtime.block_on(self.start())
        };
        // On a new thread: a thread that runs one runtime must not block on another.
        let started = thread::scope(|scope| scope.spawn(start).join());
        started.unwrap_or_else(|_| Err(StartError::Thread(io::Error::other("it panicked"))))
    }
}

/// A server that is ready to serve.
struct Prepared {
    bound: BoundServer,
    server: Arc<Server>,
    key: SecretKey,
    export: Option<PathBuf>,
    lock: Option<DataLock>,
    on_problem: OnProblem,
}

impl Prepared {
    fn new(builder: Builder) -> Result<Self, StartError> {
        let mut settings = builder.settings;
        if !builder.admins.is_empty() {
            settings.admins = builder.admins;
        }
        settings.validate()?;
        let key = builder.key.map_or_else(fresh_key, Ok)?;
        let signer = Signer::new(builder.sdkappid.0, key.clone()).map_err(StartError::Key)?;
        let clock = Arc::new(Clock::start(builder.clock));
        let path = builder.data;
        let open = || {
            let data = path.as_deref().map(World::resolve);
            let lock = data.as_deref().map(DataLock::of).transpose()?;
            let world = World::open(data.as_deref(), &settings.admins)?;
            Ok((lock, Database::start(world, data, Arc::clone(&builder.on_problem))?))
        };
        let (lock, database) = open().map_err(|reason| StartError::Data { path: path.clone(), reason })?;
        let bound = BoundServer::new(builder.listen, builder.max_connections, &builder.on_problem)
            .map_err(|source| StartError::Listen { address: builder.listen, source })?;
        let webhooks = Webhooks::new(builder.webhooks, builder.sdkappid, Arc::clone(&clock), bound.runtime())?;
        #[cfg(feature = "tls")]
        let tls = builder.tls.map(|names| secure(bound.address, names)).transpose()?;
        #[cfg(feature = "tls")]
        let scheme = if tls.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let server = Server {
            listen_address: bound.address,
            base_url: format!("{scheme}://{}", reachable(bound.address)),
            gateway: Gateway::new(signer, RateCounter::new(builder.rate_limit, builder.calls_per_day)),
            settings: CurrentSettings::new(settings),
            database,
            snapshots: Snapshots::default(),
            clock,
            faults: Arc::new(Mutex::new(FaultList::new(builder.seed))),
            call_log: CallLog::new(builder.recorded_calls).on_call(builder.on_call),
            runtime: bound.runtime(),
            webhooks,
            #[cfg(feature = "tls")]
            tls,
        };
        if let Some(path) = builder.import {
            import_from(&server, path)?;
        }
        let (export, on_problem) = (builder.export, builder.on_problem);
        Ok(Self { bound, server: Arc::new(server), key, export, lock, on_problem })
    }
}

/// The address under which a client on this machine reaches `address`. An unspecified address, such as
/// 0.0.0.0, means all addresses of the machine and is not one to connect to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let localhost: IpAddr = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(localhost);
    }
    address
}

fn import_from(server: &Server, path: PathBuf) -> Result<(), StartError> {
    let file = File::open(&path).map_err(|error| error.to_string());
    let imported = file.and_then(|file| State(server).import(BufReader::new(file)).map_err(|error| error.to_string()));
    imported.map(drop).map_err(|reason| StartError::Import { path, reason })
}

/// Reports webhooks that were not delivered before the emulator stopped.
fn report_undelivered(server: &Server, on_problem: &OnProblem) {
    let waiting = server.webhooks.waiting();
    if waiting > 0 {
        on_problem(&format!("the emulator stopped before {waiting} webhooks were delivered"));
    }
}

/// Writes the export at the end.
fn export_to(server: &Server, path: PathBuf) -> Result<(), StopError> {
    State(server).export_to(&path).map_err(|error| StopError { path, reason: error.to_string() })
}

#[cfg(feature = "tls")]
fn secure(address: SocketAddr, names: Vec<String>) -> Result<Tls, StartError> {
    // By the clock of the system: that of the emulator is not the one of its clients.
    let now = std::time::Duration::from_millis(crate::clock::system_time());
    Tls::new(address.ip(), &names, now).map_err(|reason| StartError::Tls { names, reason })
}

/// 64 hex digits of the system's randomness: the emulator may be reachable by others, and the key opens it.
fn fresh_key() -> Result<SecretKey, StartError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StartError::Randomness(error.to_string()))?;
    Ok(SecretKey::new(bytes.map(|byte| format!("{byte:02x}")).concat()))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_cause_is_the_source_and_not_in_the_text() {
        let cause = || io::Error::other("the cause");
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        for error in [StartError::Listen { address, source: cause() }, StartError::Thread(cause())] {
            assert!(!error.to_string().contains("the cause"), "{error}");
            assert_eq!(error.source().unwrap().to_string(), "the cause");
        }
    }
}
