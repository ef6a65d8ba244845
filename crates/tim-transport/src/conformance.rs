//! Checks whether a transport of your own keeps the contract of [`Transport`] and [`BlockingTransport`].
//!
//! The checks start servers on loopback, which misbehave one way each, and send a request to each of them. They take a
//! few seconds and need no external network. They use plain HTTP: the TLS of the HTTP client is not checked.
//!
//! ```
//! # #[cfg(feature = "ureq")] {
//! use tim_transport::{Options, UreqTransport, conformance};
//!
//! let transport = UreqTransport::new(&Options::default())?; // or a transport of your own
//! conformance::check_blocking(&transport)?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod server;

use std::fmt;
use std::time::Duration;

use crate::{BlockingTransport, ClockReading, Transport};
use case::{CASES, Run};

/// How long the check of the clock sleeps.
const NAP: Duration = Duration::from_millis(50);
/// How much longer than asked for a sleep, or a request that times out, may take on a busy machine.
const TOLERANCE: Duration = Duration::from_secs(3);

/// What a transport does that the contract forbids.
#[derive(Clone, PartialEq, Eq)]
pub struct Violations(Vec<String>);

impl Violations {
    /// Each as one sentence.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transport breaks its contract:")?;
        self.iter().try_for_each(|violation| write!(f, "\n* {violation}"))
    }
}

/// Shows the same as `Display`, so that `unwrap` in a test prints a list.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violations {}

/// Checks an asynchronous transport, on the runtime that it needs.
///
/// # Errors
/// Everything that the contract forbids.
pub async fn check(transport: &dyn Transport) -> Result<(), Violations> {
    let mut found = Vec::new();
    for case in CASES {
        match Run::start(case) {
            Ok(run) => {
                if run.warms_up() {
                    let first = transport.send(run.request()).await;
                    found.extend(run.judge_first(&first));
                }
                let result = transport.send(run.request()).await;
                found.extend(run.judge(result));
            }
            Err(error) => found.push(format!("the check cannot run: {error}")),
        }
    }
    let before = transport.now();
    transport.sleep(NAP).await;
    found.extend(judge_clock(before, transport.now()));
    if found.is_empty() { Ok(()) } else { Err(Violations(found)) }
}

/// Checks a blocking transport.
///
/// # Errors
/// Everything that the contract forbids.
pub fn check_blocking(transport: &dyn BlockingTransport) -> Result<(), Violations> {
    let mut found = Vec::new();
    for case in CASES {
        match Run::start(case) {
            Ok(run) => {
                if run.warms_up() {
                    let first = transport.send(run.request());
                    found.extend(run.judge_first(&first));
                }
                let result = transport.send(run.request());
                found.extend(run.judge(result));
            }
            Err(error) => found.push(format!("the check cannot run: {error}")),
        }
    }
    let before = transport.now();
    transport.sleep(NAP);
    found.extend(judge_clock(before, transport.now()));
    if found.is_empty() { Ok(()) } else { Err(Violations(found)) }
}

fn judge_clock(before: ClockReading, after: ClockReading) -> Option<String> {
    let slept = after.instant.saturating_duration_since(before.instant);
    if slept < NAP || slept > NAP.saturating_add(TOLERANCE) {
        return Some(format!("`now` went {slept:?} forward while `sleep` waited for {NAP:?}"));
    }
    let off = after.unix.abs_diff(ClockReading::system().unix);
    (off > 2).then(|| format!("`now` is {off} s off the clock of the system"))
}
