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
    /// The further names of its certificate.
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

    /// Where to listen; by default a free port of 127.0.0.1.
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
        Self { settings: AppSettings { region: Some(region), ..self.settings }, ..self }
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
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("listen", &self.listen).field("data", &self.data).finish_non_exhaustive()
    }
}
