//! The builder: the settings with which an emulator starts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tim_sig::SecretKey;
use tim_types::profile::AllowType;
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

/// Builds and starts an emulator; see [`Emulator::builder`](crate::Emulator::builder).
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
    pub(super) recorded_bytes: usize,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) on_problem: OnProblem,
    pub(super) on_call: Option<OnCall>,
    /// Additional names for the certificate. `None` without TLS.
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
            recorded_bytes: 16 * 1024 * 1024,
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

    /// Sets the maximum number of connections for calls; 4096 by default, at least 1. If the system
    /// allows too few open files, the number is smaller, see [`on_problem`](Self::on_problem).
    ///
    /// At the maximum, a new connection closes the connection that has been idle the longest. If no
    /// connection is idle, calls on a new connection get status 503. The admin API and the console
    /// remain available on up to 64 additional connections.
    pub fn max_connections(self, connections: usize) -> Self {
        Self { max_connections: connections.max(1), ..self }
    }

    /// Keeps the data in this SQLite file, and creates the file if it does not exist. By default
    /// the data is in memory.
    pub fn data(self, file: impl Into<PathBuf>) -> Self {
        Self { data: Some(file.into()), ..self }
    }

    /// Adds the records of this file at the start. The file is a CSV of follows (`from,to` or
    /// `from,to,time`), a CSV of accounts, or NDJSON as [`export_on_exit`](Self::export_on_exit)
    /// writes it. It can be compressed with gzip. All users in the file get accounts. Relation
    /// limits do not apply.
    pub fn import(self, file: impl Into<PathBuf>) -> Self {
        Self { import: Some(file.into()), ..self }
    }

    /// Writes all data to this file when the emulator stops; see
    /// [`Emulator::stop`](crate::Emulator::stop).
    pub fn export_on_exit(self, file: impl Into<PathBuf>) -> Self {
        Self { export: Some(file.into()), ..self }
    }

    /// Sets the region of the app. A call whose `Host` header names a host of another region is
    /// rejected with 60026. A host that belongs to no region, for example `localhost`, is always
    /// accepted. By default any host is accepted.
    pub fn region(self, region: Region) -> Self {
        Self { settings: AppSettings { region: Some(region), ..self.settings }, ..self }
    }

    /// Sets the SDKAppID of the app; 1400000000 by default.
    pub fn app_id(self, sdkappid: SdkAppId) -> Self {
        Self { sdkappid, ..self }
    }

    /// Adds an admin of the app; at most 10. By default the only admin is `administrator`. Each
    /// admin has an account from the start.
    pub fn admin(mut self, user: impl Into<String>) -> Self {
        self.admins.push(user.into());
        self
    }

    /// Sets the secret key of the app. By default it is a new key of 64 hex digits, see
    /// [`Emulator::secret_key`](crate::Emulator::secret_key).
    pub fn secret_key(self, key: SecretKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Sets the maximum number of relations of a user.
    pub fn relation_limits(mut self, limits: RelationLimits) -> Self {
        self.settings.relation_limits = limits;
        self
    }

    /// Turns on alternative behaviours where the documents are ambiguous. By default all are off.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.settings.quirks = quirks;
        self
    }

    /// Turns the follow feature of the app on or off; on by default. When it is off, every follow
    /// command is rejected with 30005. The service needs a certain edition and a switch in the
    /// console for it.
    pub fn follow_feature(mut self, on: bool) -> Self {
        self.settings.follow_feature = on;
        self
    }

    /// Sets who may add a user whose profile does not have `Tag_Profile_IM_AllowType`; by default
    /// anybody.
    pub fn default_allow_type(mut self, kind: AllowType) -> Self {
        self.settings.default_allow_type = kind;
        self
    }

    /// Sets the number of friends in a page of friend_get, 1 or more; 100 by default. With a small
    /// number, a test needs few friends for several pages.
    pub fn friend_page_size(mut self, friends: u32) -> Self {
        self.settings.friend_page_size = friends;
        self
    }

    /// Limits the calls per second of each command; by default any number is accepted.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        Self { rate_limit: Some(rate_limit), ..self }
    }

    /// Limits the calls of all commands together in 24 hours, as in the trial edition. Further
    /// calls are rejected with 60028. By default any number is accepted, because the documents give
    /// no number. The first 24 hours begin at the start of the emulator.
    pub fn calls_per_day(self, calls: u64) -> Self {
        Self { calls_per_day: Some(calls), ..self }
    }

    /// Sets the source of the time, in unix seconds; by default the clock of the system. Rate
    /// limits and faults use the time since the start of the emulator instead.
    /// [`Emulator::time`](crate::Emulator::time) can change both.
    pub fn clock(self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { clock: TimeSource::seconds(now), ..self }
    }

    /// Sets the seed of random faults; 0 by default. The same seed, faults and calls give the same
    /// result.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets how many calls the call log keeps; 10000 by default. It keeps fewer calls if they take
    /// more memory than [`recorded_bytes`](Self::recorded_bytes).
    pub fn recorded_calls(self, calls: usize) -> Self {
        Self { recorded_calls: calls, ..self }
    }

    /// Sets the maximum memory of the call log in bytes, with the headers and bodies of the calls;
    /// 16 MiB by default. 1000 small calls take about 1 MiB.
    pub fn recorded_bytes(self, bytes: usize) -> Self {
        Self { recorded_bytes: bytes, ..self }
    }

    /// Adds a receiver of webhooks for follows and unfollows. Can be called several times. Webhooks
    /// wait in queues, so no receiver delays a call. The webhooks of one user keep their order.
    /// [`Emulator::webhooks`](crate::Emulator::webhooks) returns how many were delivered.
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Calls `report` with a description of each problem in the environment that does not stop the
    /// emulator. By default no function is called. The problems are:
    ///
    /// * The database fails, for example because the disk is full. This is reported once, until the
    ///   database works again. The affected calls return an internal error with the reason.
    /// * The limit of open files is too low for the connections. This is reported at the start.
    /// * Webhooks were not delivered. Their number is reported when the emulator stops.
    pub fn on_problem(self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { on_problem: Arc::new(report), ..self }
    }

    /// Calls `function` with each call after it is in the log, in the order of the call numbers.
    /// The function runs on the thread of the server, so no call gets a response while it blocks.
    /// By default no function is called.
    pub fn on_call(self, function: impl Fn(&CallRecord) + Send + Sync + 'static) -> Self {
        Self { on_call: Some(OnCall::new(function)), ..self }
    }

    /// Uses HTTPS, with a certificate for `localhost`, `127.0.0.1`, `::1` and the listen address.
    /// Each start creates a new certificate, and clients have to trust
    /// [`Emulator::root_certificate_pem`](crate::Emulator::root_certificate_pem). No private key is
    /// written to disk.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls.get_or_insert_default();
        self
    }

    /// Uses HTTPS like [`tls`](Self::tls), and adds a host name or an IP address to the
    /// certificate, for example the name of a container. Can be called several times.
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
