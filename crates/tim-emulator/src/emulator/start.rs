//! Starts an emulator.

use std::fs::File;
use std::io::{self, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use tim_sig::{SecretKey, SignError, Signer};
use tim_types::Printable;
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

/// The reason why an emulator did not start.
///
/// If the operating system reported the cause, it is the [source](std::error::Error::source) and
/// not part of the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}; check that no other server uses it, or use port 0 for any free port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// The database could not be opened.
    #[error("cannot open the data {}: {reason}", path.as_deref().unwrap_or(Path::new("in memory")).display())]
    Data {
        /// The file; `None` for data in memory.
        path: Option<PathBuf>,
        /// The reason.
        reason: String,
    },
    /// The file to import could not be read, or has an invalid line.
    #[error("cannot import {}: {reason}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// The reason, with the number of an invalid line.
        reason: String,
    },
    /// The settings of the app are invalid, for example an admin is not a user id.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The URL of a webhook is invalid.
    #[error(transparent)]
    Webhook(#[from] InvalidWebhook),
    /// The secret key is invalid.
    #[error(transparent)]
    Key(SignError),
    /// No certificate could be created for these names.
    #[cfg(feature = "tls")]
    #[error("cannot create a certificate for {}: {reason}", names.join(", "))]
    Tls {
        /// The names of [`tls_name`](Builder::tls_name).
        names: Vec<String>,
        /// The reason.
        reason: String,
    },
    /// The system returned no random bytes for a new secret key.
    #[error("cannot create a secret key: {0}; set one with `secret_key`")]
    Randomness(String),
    /// The system could not start the thread of the server.
    #[error("cannot start the thread of the server")]
    Thread(#[source] io::Error),
}

impl Builder {
    /// Starts the emulator. It accepts calls when this function returns. Works on any runtime,
    /// because the server has its own runtime.
    ///
    /// # Errors
    /// A setting is invalid, a file cannot be read or written, or the address is in use.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let (started, bound) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        // The new thread opens the files, so the runtime of the caller does not wait for the disk.
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

    /// Starts the emulator like [`start`](Self::start), for a caller without a runtime. Blocks
    /// until the emulator accepts calls.
    ///
    /// # Errors
    /// A setting is invalid, a file cannot be read or written, or the address is in use.
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let start = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(StartError::Thread)?;
            runtime.block_on(self.start())
        };
        // The work runs on a new thread, because a thread that runs a runtime must not block on
        // another runtime.
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
            instance: random_hex::<8>()?,
            listen_address: bound.address,
            base_url: format!("{scheme}://{}", reachable(bound.address)),
            gateway: Gateway::new(signer, RateCounter::new(builder.rate_limit, builder.calls_per_day)),
            settings: CurrentSettings::new(settings),
            database,
            snapshots: Snapshots::default(),
            clock,
            faults: Arc::new(Mutex::new(FaultList::new(builder.seed))),
            call_log: CallLog::new(builder.recorded_calls).max_bytes(builder.recorded_bytes).on_call(builder.on_call),
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

/// Returns the address with which a client on this machine connects to `address`. An unspecified
/// address, such as 0.0.0.0, means all addresses of the machine; a client cannot connect to it.
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
    for (url, waiting) in server.webhooks.waiting() {
        let (webhooks, were) = if waiting == 1 { ("webhook", "was") } else { ("webhooks", "were") };
        on_problem(&format!(
            "the emulator stopped before {waiting} {webhooks} to {} {were} delivered",
            Printable(&url)
        ));
    }
}

/// Writes the export at the end.
fn export_to(server: &Server, path: PathBuf) -> Result<(), StopError> {
    State(server).export_to(&path).map_err(|error| StopError { path, reason: error.to_string() })
}

#[cfg(feature = "tls")]
fn secure(address: SocketAddr, names: Vec<String>) -> Result<Tls, StartError> {
    // The validity follows the clock of the system, because clients check it with their own clock.
    let now = std::time::Duration::from_millis(crate::clock::system_time());
    Tls::new(address.ip(), &names, now).map_err(|reason| StartError::Tls { names, reason })
}

/// Returns a new key with 64 hex digits. It has to be unpredictable, because other machines may be
/// able to reach the emulator.
fn fresh_key() -> Result<SecretKey, StartError> {
    random_hex::<32>().map(SecretKey::new)
}

/// Returns bytes of the random number generator of the system, as hex digits.
fn random_hex<const BYTES: usize>() -> Result<String, StartError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StartError::Randomness(error.to_string()))?;
    Ok(bytes.map(|byte| format!("{byte:02x}")).concat())
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
