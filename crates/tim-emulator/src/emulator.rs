//! A running emulator.

mod builder;
mod start;

pub use builder::Builder;
pub use start::StartError;

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tim_sig::SecretKey;
use tim_types::SdkAppId;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::call_log::{CallFilter, CallFormat, CallRecord, WaitTimeout};
use crate::faults::Faults;
use crate::rate_limit::RateLimit;
use crate::reset::{Reset, reset};
use crate::server::Server;
use crate::settings::Settings;
use crate::state::{State, StateError};
use crate::time::Time;
use crate::webhook::{WebhookDelivery, WebhookStatus};

/// A running emulator.
///
/// Async and blocking code can use it. No function waits for the network. The functions of
/// [`state`](Self::state), [`reset`](Self::reset) and some of [`settings`](Self::settings) wait for
/// the database. [`wait_for_calls`](Self::wait_for_calls) waits for calls.
///
/// Dropping the emulator stops the server. The server then accepts no more calls, waits up to one
/// second for calls in progress and for webhooks that are not delivered yet, and closes its
/// connections and its file.
///
/// ```
/// use tim_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::builder().start_blocking()?;
/// emulator.state().import("alice,bob\nbob,alice\n".as_bytes())?;
/// emulator.state().save("friends")?;
/// emulator.faults().add(Fault::code(30006).command("follow_add").next(3))?;
/// emulator.time().advance(std::time::Duration::from_secs(3600));
/// // ... calls of the code under test ...
/// assert!(emulator.calls().iter().all(|call| call.code == Some(0)));
/// emulator.reset()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Emulator {
    key: SecretKey,
    admin: String,
    server: Arc<Server>,
    /// The sender and the thread of the server. Dropping the sender stops the server. `None` after
    /// that.
    running: Option<(oneshot::Sender<()>, Thread)>,
}

/// The thread of the server. At its end it writes the export, and returns whether that succeeded.
pub(crate) type Thread = JoinHandle<Result<(), StopError>>;

/// The error of an emulator that stopped without writing its export file.
#[derive(Debug, thiserror::Error)]
#[error("cannot export to {}: {reason}", path.display())]
pub struct StopError {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

impl Emulator {
    /// Returns a builder. Every setting has a default.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(server: Arc<Server>, key: SecretKey, stop: oneshot::Sender<()>, thread: Thread) -> Self {
        let admin = server.settings.get().admins.first().cloned().unwrap_or_default();
        Self { key, admin, server, running: Some((stop, thread)) }
    }

    /// Stops the server, like dropping the emulator. In addition, it returns the error if the file
    /// of [`export_on_exit`](Builder::export_on_exit) cannot be written.
    ///
    /// # Errors
    /// The file of `export_on_exit` cannot be written.
    pub fn stop(mut self) -> Result<(), StopError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), StopError> {
        let Some((stop, thread)) = self.running.take() else { return Ok(()) };
        drop(stop);
        // After the end of the thread, the port and the file are free.
        thread.join().unwrap_or(Ok(()))
    }

    /// Returns the URL for clients on this machine, for example `http://127.0.0.1:40123`. With TLS
    /// it starts with `https://`. If the emulator listens on all addresses (`0.0.0.0` or `[::]`),
    /// the URL has the loopback address.
    pub fn base_url(&self) -> &str {
        &self.server.base_url
    }

    /// Returns the address and the port on which the emulator listens.
    pub fn listen_address(&self) -> SocketAddr {
        self.server.listen_address
    }

    /// Returns the root certificate in PEM, which clients have to trust; `None` without
    /// [`tls`](Builder::tls). Each start creates a new certificate.
    #[cfg(feature = "tls")]
    pub fn root_certificate_pem(&self) -> Option<&str> {
        self.server.tls.as_ref().map(|tls| tls.root())
    }

    /// Returns a client that sends requests without a socket. It is not stable: it can change in
    /// any version.
    #[cfg(feature = "direct")]
    pub fn direct_client(&self) -> crate::DirectClient {
        crate::DirectClient::new(&self.server)
    }

    /// Returns the SDKAppID of the app.
    pub fn sdkappid(&self) -> SdkAppId {
        SdkAppId(self.server.gateway.sdkappid())
    }

    /// Returns the first admin that was set at the start. It stays the same when the admins change
    /// later.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// Returns the secret key of the app. Clients sign UserSigs with it.
    pub fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// Returns a handle to add and remove faults.
    pub fn faults(&self) -> Faults<'_> {
        Faults { list: &self.server.faults, clock: &self.server.clock }
    }

    /// Returns a handle to read, set and stop the clock.
    pub fn time(&self) -> Time<'_> {
        Time(&self.server.clock)
    }

    /// Returns a handle to the state: accounts, profiles, follows, friends and blocklists.
    pub fn state(&self) -> State<'_> {
        State(&self.server)
    }

    /// Returns the calls in the log, oldest first, including rejected ones.
    /// [`recorded_calls`](Builder::recorded_calls) sets the size of the log.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.server.call_log.all().iter().map(|call| CallRecord::clone(call)).collect()
    }

    /// Returns the calls in the log that match the filter, oldest first.
    pub fn calls_matching(&self, filter: &CallFilter) -> Vec<CallRecord> {
        self.server.call_log.matching(filter).iter().map(|call| CallRecord::clone(call)).collect()
    }

    /// Waits until `count` calls match the filter, and returns the first `count` of them, oldest
    /// first. Calls that are already in the log count too. The timeout is in real time. If the
    /// matching calls take more than 16 MiB, only the newest ones are returned. Works on any
    /// runtime.
    ///
    /// ```no_run
    /// # async fn wait(emulator: tim_emulator::Emulator) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tim_emulator::CallFilter;
    ///
    /// let added = CallFilter::new().command("follow_add").code(0);
    /// let calls = emulator.wait_for_calls(&added, 2, Duration::from_secs(5)).await?;
    /// assert_eq!(calls[0].targets, ["bob"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Fewer calls matched in time.
    pub async fn wait_for_calls(
        &self,
        filter: &CallFilter,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<CallRecord>, WaitTimeout> {
        // The runtime of the server has a timer; the runtime of the caller may have none. Dropping
        // this future ends the task.
        let mut waits = JoinSet::new();
        let (server, wanted) = (Arc::clone(&self.server), filter.clone());
        waits.spawn_on(async move { server.call_log.wait_for(&wanted, count, timeout).await }, &self.server.runtime);
        match waits.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Err(WaitTimeout::stopped(filter, count, timeout)),
        }
    }

    /// Like [`wait_for_calls`](Self::wait_for_calls), for code without a runtime. Blocks the
    /// thread.
    ///
    /// # Errors
    /// Fewer calls matched in time.
    pub fn wait_for_calls_blocking(
        &self,
        filter: &CallFilter,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<CallRecord>, WaitTimeout> {
        let (finished, result) = mpsc::channel();
        let (server, wanted) = (Arc::clone(&self.server), filter.clone());
        self.server.runtime.spawn(async move {
            let _ = finished.send(server.call_log.wait_for(&wanted, count, timeout).await);
        });
        result.recv().unwrap_or_else(|_| Err(WaitTimeout::stopped(filter, count, timeout)))
    }

    /// Writes the calls that match the filter to `to`, oldest first.
    ///
    /// # Errors
    /// Writing to `to` failed.
    pub fn export_calls(&self, filter: &CallFilter, format: CallFormat, mut to: impl Write) -> io::Result<()> {
        let mut chunks = self.server.call_log.export(filter, format, &self.server.base_url);
        chunks.try_for_each(|chunk| to.write_all(&chunk))
    }

    /// Removes all calls from the log. The numbers of later calls continue.
    pub fn clear_calls(&self) {
        self.server.call_log.clear();
    }

    /// Returns the rate limit: the calls of each command that are accepted per second. `None` means
    /// any number.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.server.gateway.rate_counter().rate_limit()
    }

    /// Sets the rate limit, and resets its counters to 0. `None` means any number of calls.
    pub fn set_rate_limit(&self, rate_limit: Option<RateLimit>) {
        self.server.gateway.rate_counter().set_rate_limit(rate_limit);
    }

    /// Returns the number of calls that are accepted in 24 hours; `None` means any number.
    pub fn calls_per_day(&self) -> Option<u64> {
        self.server.gateway.rate_counter().calls_per_day()
    }

    /// Sets the number of calls that are accepted in 24 hours, and resets its counter to 0. `None`
    /// means any number.
    pub fn set_calls_per_day(&self, calls: Option<u64>) {
        self.server.gateway.rate_counter().set_calls_per_day(calls);
    }

    /// Returns a handle to the settings that can change at run time: relation limits, quirks,
    /// follow feature, region, admins and webhooks.
    pub fn settings(&self) -> Settings<'_> {
        Settings(&self.server)
    }

    /// Returns the receivers of webhooks, each with the number of webhooks that it got.
    pub fn webhooks(&self) -> Vec<WebhookStatus> {
        self.server.webhooks.status()
    }

    /// Returns the newest deliveries of webhooks, oldest first: at most 1000 deliveries and 8 MiB.
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.server.webhooks.log().all().iter().map(|delivery| WebhookDelivery::clone(delivery)).collect()
    }

    /// Removes the state, all faults and all calls in the log. Also resets the clock to the real
    /// time, and the counters of the rate limits to 0. The accounts of the admins, the settings and
    /// the snapshots stay.
    ///
    /// # Errors
    /// A job is running, or the database failed. Then nothing is changed.
    pub fn reset(&self) -> Result<(), StateError> {
        reset(&self.server, Reset::ALL)
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
