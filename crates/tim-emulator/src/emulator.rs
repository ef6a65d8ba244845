//! A running emulator.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::JoinHandle;

use tim_sig::SecretKey;
use tim_types::SdkAppId;
use tokio::sync::oneshot;

use crate::builder::Builder;

/// A running emulator. Dropping it stops the server: it takes no more calls, ends its connections and closes its file.
#[derive(Debug)]
pub struct Emulator {
    base_url: String,
    sdkappid: SdkAppId,
    admin: String,
    key: SecretKey,
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

    pub(crate) fn new(
        address: SocketAddr,
        sdkappid: SdkAppId,
        admin: String,
        key: SecretKey,
        stop: oneshot::Sender<()>,
        thread: Thread,
    ) -> Self {
        Self { base_url: format!("http://{address}"), sdkappid, admin, key, running: Some((stop, thread)) }
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

    /// Where it listens, like `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The app that it serves.
    pub fn sdkappid(&self) -> SdkAppId {
        self.sdkappid
    }

    /// An admin of the app, the first one when there are several.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// The key with which UserSigs of the app are made.
    pub fn secret_key(&self) -> &SecretKey {
        &self.key
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
