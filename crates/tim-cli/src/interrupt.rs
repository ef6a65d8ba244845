//! Ctrl-C, and on unix the signal with which supervisors end programs.

use std::io;

/// Listens for both; once it does, neither ends the program by itself.
pub(crate) struct Interrupt {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Interrupt {
    /// The exit code of a program that was interrupted, as shells have it.
    pub(crate) const EXIT_CODE: u8 = 130;

    #[cfg(unix)]
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { signals: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?] })
    }

    /// The next one; waiting may be given up and taken up again.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        // Without a handler there is nothing to wait for.
        let _ = tokio::signal::ctrl_c().await;
    }
}
