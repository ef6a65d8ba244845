//! Setting up an emulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{io, thread};

use tim_sig::{SecretKey, SignError, Signer};
use tim_types::{Region, SdkAppId, UserId};
use tokio::sync::oneshot;

use crate::app_settings::AppSettings;
use crate::call_log::CallLog;
use crate::clock::{Clock, TimeSource};
use crate::emulator::{Emulator, StopError};
use crate::faults::FaultList;
use crate::gateway::Gateway;
use crate::http::BoundServer;
#[cfg(feature = "tls")]
use crate::http::tls::Tls;
use crate::lock::locked;
use crate::quirks::Quirks;
use crate::rate_limit::{RateCounter, RateLimit};
use crate::relation_limits::RelationLimits;
use crate::server::Server;
use crate::webhook::{Webhook, Webhooks};
use crate::world::World;

/// What an emulator will be; made by [`Emulator::builder`].
#[derive(Debug)]
#[must_use = "an emulator runs after `start`"]
pub struct Builder {
    listen: SocketAddr,
    data: Option<PathBuf>,
    import: Option<PathBuf>,
    export: Option<PathBuf>,
    region: Option<Region>,
    sdkappid: SdkAppId,
    admins: Vec<String>,
    key: Option<SecretKey>,
    settings: AppSettings,
    rate_limit: Option<RateLimit>,
    calls_per_day: Option<u64>,
    clock: TimeSource,
    seed: u64,
    recorded_calls: usize,
    webhooks: Vec<Webhook>,
    /// The further names of its certificate.
    #[cfg(feature = "tls")]
    tls: Option<Vec<String>>,
}

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
    /// An admin name is no user id.
    #[error("the admin {name:?} has {} bytes: a user id has 1 to 32", name.len())]
    AdminName {
        /// The name.
        name: String,
    },
    /// An app has at most 10 admins.
    #[error("{given} admins are too many: an app has at most 10")]
    TooManyAdmins {
        /// How many were named.
        given: usize,
    },
    /// Nothing can be sent to the URL of a webhook.
    #[error("the webhook {url:?} cannot be used: {reason}")]
    WebhookUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
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
    const MAX_ADMINS: usize = 10;

    pub(crate) fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: None,
            import: None,
            export: None,
            region: None,
            sdkappid: SdkAppId(1_400_000_000),
            admins: Vec::new(),
            key: None,
            settings: AppSettings::default(),
            rate_limit: None,
            calls_per_day: None,
            clock: TimeSource::default(),
            seed: 0,
            recorded_calls: 10_000,
            webhooks: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Where to listen; by default a free port of 127.0.0.1.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { listen: address, ..self }
    }

    /// The SQLite file that keeps the data, made when it is missing; by default the data lives in memory.
    pub fn data(self, file: impl Into<PathBuf>) -> Self {
        Self { data: Some(file.into()), ..self }
    }

    /// A file to read at the start, which adds to the data: on each line a JSON record as
    /// [`export_on_exit`](Self::export_on_exit) writes them, or `from,to` or `from,to,time` for a follow since this unix
    /// time. Users that it names get accounts; limits do not count.
    pub fn import(self, file: impl Into<PathBuf>) -> Self {
        Self { import: Some(file.into()), ..self }
    }

    /// A file to write when the emulator ends in order, with all that it knows; see [`Emulator::stop`].
    pub fn export_on_exit(self, file: impl Into<PathBuf>) -> Self {
        Self { export: Some(file.into()), ..self }
    }

    /// The region in which the app lives: a call to a host of another one, as the client names it in its `Host` header,
    /// is refused with 60026. By default any host is right, and names that serve no region always are.
    pub fn region(self, region: Region) -> Self {
        Self { region: Some(region), ..self }
    }

    /// The app that is served; 1400000000 by default.
    pub fn app_id(self, sdkappid: SdkAppId) -> Self {
        Self { sdkappid, ..self }
    }

    /// An admin of the app, up to 10 of them; without any it is `administrator`. Admins have accounts from the start.
    pub fn admin(mut self, user: impl Into<String>) -> Self {
        self.admins.push(user.into());
        self
    }

    /// The key of the app; by default a fresh one of 64 hex digits, see [`Emulator::secret_key`].
    pub fn secret_key(self, key: SecretKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// How many follows a user may have.
    pub fn relation_limits(mut self, limits: RelationLimits) -> Self {
        self.settings.relation_limits = limits;
        self
    }

    /// How the emulator reads what the documents leave open; by default in the natural way.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.settings.quirks = quirks;
        self
    }

    /// Whether the app has the follow feature: the right edition, and the switch in its console. Without it every follow
    /// command is refused with 30005. By default it has.
    pub fn follow_feature(mut self, on: bool) -> Self {
        self.settings.follow_feature = on;
        self
    }

    /// How many calls a second are taken of each command; by default any number.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        Self { rate_limit: Some(rate_limit), ..self }
    }

    /// How many calls in 24 hours a trial app has, of all commands together; beyond them 60028. By default any number, since no
    /// number is documented. The days follow each other from the start of the emulator.
    pub fn calls_per_day(self, calls: u64) -> Self {
        Self { calls_per_day: Some(calls), ..self }
    }

    /// Where the time comes from, in unix seconds; by default from the system. Rate limits do not go by it, but by how long the
    /// emulator has been running. [`Emulator::time`] moves both.
    pub fn clock(self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { clock: TimeSource::seconds(now), ..self }
    }

    /// What the chance of faults begins with; 0 by default. The same seed, faults and calls make the same run.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many of the last calls [`Emulator::calls`] has; 10000 by default, and fewer when their bodies have more than
    /// 16 MiB.
    pub fn recorded_calls(self, calls: usize) -> Self {
        Self { recorded_calls: calls, ..self }
    }

    /// Tells a backend of follows and unfollows; may be set several times, for several. Sent from a queue of its own, in
    /// order for each user, so that no receiver delays a call; see [`Emulator::webhooks`] for what became of them.
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Speaks HTTPS, with a certificate for `localhost`, `127.0.0.1`, `::1` and the address that is listened on. It is made
    /// anew at each start; clients are to trust [`Emulator::root_certificate_pem`]. No private key is written anywhere.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls.get_or_insert_default();
        self
    }

    /// Like [`tls`](Self::tls), with a further host name or IP address under which clients reach it, like the name of a
    /// container. May be called many times.
    #[cfg(feature = "tls")]
    pub fn tls_name(mut self, name: impl Into<String>) -> Self {
        self.tls.get_or_insert_default().push(name.into());
        self
    }

    /// Starts the server; it answers when this returns. Works on any runtime: the server brings its own.
    ///
    /// # Errors
    /// [`StartError`] says which setting is wrong, or what the system refused.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let admins = checked_admins(self.admins)?;
        let key = self.key.map_or_else(fresh_key, Ok)?;
        let signer = Signer::new(self.sdkappid.0, key.clone()).map_err(StartError::Key)?;
        let (webhooks, lanes) =
            Webhooks::new(self.webhooks).map_err(|(url, reason)| StartError::WebhookUrl { url, reason })?;
        let (started, bound) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        // The files are opened on the new thread, so the caller's runtime does not wait for the disk.
        let open = move || {
            let clock = Clock::start(self.clock);
            let mut world = World::open(self.data.as_deref(), self.settings, &admins)
                .map_err(|reason| StartError::Data { path: self.data, reason })?;
            if let Some(path) = self.import {
                let imported = world.import_from(&path, clock.now().unix());
                imported.map_err(|reason| StartError::Import { path, reason })?;
            }
            let bound =
                BoundServer::new(self.listen).map_err(|source| StartError::Listen { address: self.listen, source })?;
            #[cfg(feature = "tls")]
            let tls = self.tls.map(|names| secure(bound.address, names)).transpose()?;
            #[cfg(feature = "tls")]
            let scheme = if tls.is_some() { "https" } else { "http" };
            #[cfg(not(feature = "tls"))]
            let scheme = "http";
            let server = Server {
                base_url: format!("{scheme}://{}", bound.address),
                gateway: Gateway::new(signer, admins, RateCounter::new(self.rate_limit, self.calls_per_day))
                    .in_region(self.region),
                world: Mutex::new(world),
                snapshots: Mutex::default(),
                clock,
                faults: Mutex::new(FaultList::new(self.seed)),
                call_log: CallLog::new(self.recorded_calls),
                runtime: bound.runtime(),
                webhooks,
                #[cfg(feature = "tls")]
                tls,
            };
            Ok((bound, Arc::new(server)))
        };
        let run = move || match open() {
            Ok((bound, server)) => {
                let _ = started.send(Ok(Arc::clone(&server)));
                bound.serve(Arc::clone(&server), lanes, stopped);
                let Some(path) = self.export else { return Ok(()) };
                locked(&server.world).export_to(&path).map_err(|reason| StopError { path, reason })
            }
            Err(error) => {
                let _ = started.send(Err(error));
                Ok(())
            }
        };
        let thread = thread::Builder::new().name("tim-emulator".to_owned()).spawn(run).map_err(StartError::Thread)?;
        let server = bound.await.map_err(|_| StartError::Thread(io::Error::other("it ended at once")))??;
        Ok(Emulator::new(server, key, stop, thread))
    }

    /// Like [`start`](Self::start), for those who have no runtime. It blocks while files are opened.
    ///
    /// # Errors
    /// [`StartError`] says which setting is wrong, or what the system refused.
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let start = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(StartError::Thread)?;
            runtime.block_on(self.start())
        };
        // On a thread of its own: one that has a runtime must not block on another.
        let started = thread::scope(|scope| scope.spawn(start).join());
        started.unwrap_or_else(|_| Err(StartError::Thread(io::Error::other("it panicked"))))
    }
}

#[cfg(feature = "tls")]
fn secure(address: SocketAddr, names: Vec<String>) -> Result<Tls, StartError> {
    // By the clock of the system: that of the emulator is not the one of its clients.
    let now = std::time::Duration::from_millis(crate::clock::system_time());
    Tls::new(address.ip(), &names, now).map_err(|reason| StartError::Tls { names, reason })
}

fn checked_admins(mut admins: Vec<String>) -> Result<Vec<String>, StartError> {
    if admins.is_empty() {
        admins.push("administrator".to_owned());
    }
    if admins.len() > Builder::MAX_ADMINS {
        return Err(StartError::TooManyAdmins { given: admins.len() });
    }
    match admins.iter().position(|name| name.is_empty() || name.len() > UserId::MAX_BYTES) {
        Some(bad) => Err(StartError::AdminName { name: admins.swap_remove(bad) }),
        None => Ok(admins),
    }
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
