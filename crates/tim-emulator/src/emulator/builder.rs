//! The settings with which an emulator starts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tim_sig::SecretKey;
use tim_types::{Region, SdkAppId};

use crate::app_settings::AppSettings;
use crate::call_log::{CallRecord, OnCall};
use crate::clock::TimeSource;
use crate::http::MAX_CONNECTIONS;
use crate::problem::OnProblem;
use crate::quirks::Quirks;
use crate::rate_limit::RateLimit;
use crate::relation_limits::RelationLimits;
use crate::webhook::Webhook;

/// The settings of an emulator that is not started yet; see [`Emulator::builder`](crate::Emulator::builder).
#[must_use = "an emulator runs after `start`"]
pub struct Builder {
    pub(super) listen: SocketAddr,
    pub(super) max_connections: usize,
    pub(super) data: Option<PathBuf>,
    pub(super) import: Option<PathBuf>,
    pub(super) export: Option<PathBuf>,
    pub(super) sdkappid: SdkAppId,
    pub(super) admins: Vec<String>,
    pub(super) key: Option<SecretKey>,
    pub(super) settings: AppSettings,
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) calls_per_day: Option<u64>,
    pub(super) clock: TimeSource,
    pub(super) seed: u64,
    pub(super) recorded_calls: usize,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) on_problem: OnProblem,
    pub(super) on_call: Option<OnCall>,
    /// The further names for the certificate.
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Vec<String>>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            max_connections: MAX_CONNECTIONS,
            data: None,
            import: None,
            export: None,
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
            on_problem: Arc::new(|_| ()),
            on_call: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Sets the address to listen on; by default a free port of 127.0.0.1.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { listen: address, ..self }
    }

    /// The maximum number of connections for calls; 4096 by default, and fewer if the system allows too
    /// few open files, see [`on_problem`](Self::on_problem). For a further connection, the one that has
    /// been idle the longest is closed. If none is idle, a call gets status 503, and the admin API and the
    /// console remain available on up to 64 further connections.
    pub fn max_connections(self, connections: usize) -> Self {
        Self { max_connections: connections.max(1), ..self }
    }

    /// Keeps the data in this SQLite file, which is created if it is missing; by default the data is in memory.
    pub fn data(self, file: impl Into<PathBuf>) -> Self {
        Self { data: Some(file.into()), ..self }
    }

    /// Adds the records of this file at the start: CSV of follows (`from,to` or `from,to,time`) or of accounts, or
    /// NDJSON as [`export_on_exit`](Self::export_on_exit) writes it; also compressed with gzip. Users in it get
    /// accounts; relation limits do not apply.
    pub fn import(self, file: impl Into<PathBuf>) -> Self {
        Self { import: Some(file.into()), ..self }
    }

    /// Writes all data to this file when the emulator stops; see [`Emulator::stop`].
    pub fn export_on_exit(self, file: impl Into<PathBuf>) -> Self {
        Self { export: Some(file.into()), ..self }
    }

    /// Sets the region of the app: a call whose `Host` header names a host of another region is rejected with 60026. By
    /// default any host is accepted; a name that serves no region always is.
    pub fn region(self, region: Region) -> Self {
        Self { settings: AppSettings { region: Some(region), ..self.settings }, ..self }
    }

    /// Sets the SDKAppID of the app; 1400000000 by default.
    pub fn app_id(self, sdkappid: SdkAppId) -> Self {
        Self { sdkappid, ..self }
    }

    /// Adds an admin of the app, up to 10; without any it is `administrator`. Admins have accounts from the start.
    pub fn admin(mut self, user: impl Into<String>) -> Self {
        self.admins.push(user.into());
        self
    }

    /// Sets the secret key of the app; by default a new one of 64 hex digits, see [`Emulator::secret_key`].
    pub fn secret_key(self, key: SecretKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Sets the maximum numbers of relations of a user.
    pub fn relation_limits(mut self, limits: RelationLimits) -> Self {
        self.settings.relation_limits = limits;
        self
    }

    /// Sets alternative behaviours where the documents are ambiguous; by default none.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.settings.quirks = quirks;
        self
    }

    /// Sets whether the app has the follow feature: the right edition, and the switch in its console. Without it every
    /// follow command is rejected with 30005. On by default.
    pub fn follow_feature(mut self, on: bool) -> Self {
        self.settings.follow_feature = on;
        self
    }

    /// Limits the calls per second of each command; by default any number is accepted.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        Self { rate_limit: Some(rate_limit), ..self }
    }

    /// Limits the calls in 24 hours, of all commands together, as in the trial edition; beyond it 60028. By default any
    /// number is accepted, because no number is documented. The first day starts with the emulator.
    pub fn calls_per_day(self, calls: u64) -> Self {
        Self { calls_per_day: Some(calls), ..self }
    }

    /// Sets the source of the time, in unix seconds; by default the system. Rate limits use the time since the start of
    /// the emulator instead. [`Emulator::time`] changes both.
    pub fn clock(self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { clock: TimeSource::seconds(now), ..self }
    }

    /// Sets the seed of random faults; 0 by default. The same seed, faults and calls give the same run.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets how many of the last calls are recorded; 10000 by default, and fewer if they take more than 16 MiB.
    pub fn recorded_calls(self, calls: usize) -> Self {
        Self { recorded_calls: calls, ..self }
    }

    /// Adds a receiver of webhooks, which gets follows and unfollows; can be called several times. Webhooks have their
    /// own queues, in order for each user, so no receiver delays a call. [`Emulator::webhooks`] counts them.
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Calls `report` when the emulator runs, but with a problem of its environment. A problem of the
    /// database, for example a full disk, is reported once, until the database works again; the calls
    /// that it affects return an internal error with the reason. A limit of open files that is too low
    /// for the connections is reported at the start, and the number of webhooks that were not delivered
    /// at the end. By default nothing is called.
    pub fn on_problem(self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { on_problem: Arc::new(report), ..self }
    }

    /// Calls `function` with each call after it is recorded, in the order of their numbers. The
    /// function runs on the thread of the server: while it blocks, no call gets a response. By
    /// default nothing is called.
    pub fn on_call(self, function: impl Fn(&CallRecord) + Send + Sync + 'static) -> Self {
        Self { on_call: Some(OnCall::new(function)), ..self }
    }

    /// Uses HTTPS, with a certificate for `localhost`, `127.0.0.1`, `::1` and the listen address. It is new at each start;
    /// clients have to trust [`Emulator::root_certificate_pem`]. No private key is written to disk.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls.get_or_insert_default();
        self
    }

    /// Like [`tls`](Self::tls), with a further host name or IP address for the certificate, for example of a container.
    /// Can be called several times.
    #[cfg(feature = "tls")]
    pub fn tls_name(mut self, name: impl Into<String>) -> Self {
        self.tls.get_or_insert_default().push(name.into());
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("listen", &self.listen).field("data", &self.data).finish_non_exhaustive()
    }
}
