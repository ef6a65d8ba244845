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
use crate::webhook::WebhookStatus;

/// A running emulator. Nothing that is asked of it here waits for the network, so async and blocking code use it alike.
///
/// Dropping it stops the server: it accepts no more calls, waits up to a second for those under way
/// and for webhooks that are not delivered yet, and closes its connections and its file.
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
    /// Dropped to stop the server; both are there until then.
    running: Option<(oneshot::Sender<()>, Thread)>,
}

/// The thread of the server. It ends with the export.
pub(crate) type Thread = JoinHandle<Result<(), StopError>>;

/// The export at the end could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot export to {}: {reason}", path.display())]
pub struct StopError {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

impl Emulator {
    /// Sets up an emulator; every setting has a default.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(server: Arc<Server>, key: SecretKey, stop: oneshot::Sender<()>, thread: Thread) -> Self {
        let admin = server.settings.get().admins.first().cloned().unwrap_or_default();
        Self { key, admin, server, running: Some((stop, thread)) }
    }

    /// Stops the server as dropping it does, and says whether the file of
    /// [`export_on_exit`](Builder::export_on_exit) was written.
    ///
    /// # Errors
    /// The file could not be written.
    pub fn stop(mut self) -> Result<(), StopError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), StopError> {
        let Some((stop, thread)) = self.running.take() else { return Ok(()) };
        drop(stop);
        // The thread ends within the call it is doing; after it the port and the file are free.
        thread.join().unwrap_or(Ok(()))
    }

    /// The URL for clients on this machine, such as `http://127.0.0.1:40123`, or `https://` with TLS. If the
    /// emulator listens on all addresses (0.0.0.0 or [::]), the URL has the loopback address.
    pub fn base_url(&self) -> &str {
        &self.server.base_url
    }

    /// The address on which the emulator listens.
    pub fn listen_address(&self) -> SocketAddr {
        self.server.listen_address
    }

    /// The certificate, in PEM, that clients are to trust; `None` without [`tls`](Builder::tls). It is another one in each run.
    #[cfg(feature = "tls")]
    pub fn root_certificate_pem(&self) -> Option<&str> {
        self.server.tls.as_ref().map(|tls| tls.root())
    }

    /// The app that it serves.
    pub fn sdkappid(&self) -> SdkAppId {
        SdkAppId(self.server.gateway.sdkappid())
    }

    /// The first admin of the start. Later changes of the admins do not affect it.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// The key with which UserSigs of the app are made.
    pub fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// What goes wrong on demand.
    pub fn faults(&self) -> Faults<'_> {
        Faults { list: &self.server.faults, clock: &self.server.clock }
    }

    /// The clock.
    pub fn time(&self) -> Time<'_> {
        Time(&self.server.clock)
    }

    /// Accounts, profiles, follows, friends and blocklists.
    pub fn state(&self) -> State<'_> {
        State(&self.server)
    }

    /// Returns the last calls, oldest first, with rejected ones. [`recorded_calls`](Builder::recorded_calls) sets how many.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.server.call_log.all().iter().map(|call| CallRecord::clone(call)).collect()
    }

    /// The last calls that match, oldest first.
    pub fn calls_matching(&self, filter: &CallFilter) -> Vec<CallRecord> {
        self.server.call_log.matching(filter).iter().map(|call| CallRecord::clone(call)).collect()
    }

    /// Waits until `count` calls match and returns the first `count`, oldest first. Calls that are in
    /// the log already count. The timeout is real time. Works on any runtime.
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
        // On the runtime of the server, which has a timer. It ends when this future is dropped.
        let mut waits = JoinSet::new();
        let (server, wanted) = (Arc::clone(&self.server), filter.clone());
        waits.spawn_on(async move { server.call_log.wait_for(&wanted, count, timeout).await }, &self.server.runtime);
        match waits.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Err(WaitTimeout::stopped(filter, count, timeout)),
        }
    }

    /// [`wait_for_calls`](Self::wait_for_calls) for code without a runtime. It blocks the thread.
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

    /// Writes the calls that match, oldest first.
    ///
    /// # Errors
    /// `to` failed.
    pub fn export_calls(&self, filter: &CallFilter, format: CallFormat, mut to: impl Write) -> io::Result<()> {
        let mut chunks = self.server.call_log.export(filter, format, &self.server.base_url);
        chunks.try_for_each(|chunk| to.write_all(&chunk))
    }

    /// Forgets the calls that were recorded. The numbers of later ones go on.
    pub fn clear_calls(&self) {
        self.server.call_log.clear();
    }

    /// How many calls a second are taken of each command; `None` for any number.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.server.gateway.rate_counter().rate_limit()
    }

    /// Changes the rate limit, and starts to count from 0.
    pub fn set_rate_limit(&self, rate_limit: Option<RateLimit>) {
        self.server.gateway.rate_counter().set_rate_limit(rate_limit);
    }

    /// How many calls in 24 hours a trial app has; `None` for any number.
    pub fn calls_per_day(&self) -> Option<u64> {
        self.server.gateway.rate_counter().calls_per_day()
    }

    /// Changes the limit of 24 hours, and starts to count from 0.
    pub fn set_calls_per_day(&self, calls: Option<u64>) {
        self.server.gateway.rate_counter().set_calls_per_day(calls);
    }

    /// Relation limits, quirks, follow feature, region, admins and webhooks.
    pub fn settings(&self) -> Settings<'_> {
        Settings(&self.server)
    }

    /// The receivers of webhooks, with the number of webhooks that each one got.
    pub fn webhooks(&self) -> Vec<WebhookStatus> {
        self.server.webhooks.status()
    }

    /// Resets the state, except for the accounts of the admins, and faults, recorded calls, time and rate limits.
    /// Settings and snapshots stay.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
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
