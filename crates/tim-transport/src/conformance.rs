//! Checks whether a transport fulfils the contract of [`Transport`] or [`BlockingTransport`].
//!
//! The checks start servers on loopback, each with one fault, and send a request to each of them.
//! They take a few seconds and need no external network. They use plain HTTP and do not check TLS.
//!
//! ```
//! # #[cfg(feature = "ureq")] {
//! use tim_transport::{Options, UreqTransport, conformance};
//!
//! let transport = UreqTransport::new(&Options::default())?; // or your own transport
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
const CLOCK_SLEEP: Duration = Duration::from_millis(50);
/// How much longer than requested a sleep or a timeout may take, for busy machines.
const TOLERANCE: Duration = Duration::from_secs(3);

/// All violations of the contract that a check found.
#[derive(Clone, PartialEq, Eq)]
pub struct Violations(Vec<String>);

impl Violations {
    /// The violations, one sentence each.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transport violates its contract:")?;
        self.iter().try_for_each(|violation| write!(f, "\n* {violation}"))
    }
}

/// Same as `Display`, so that `unwrap` in a test prints a list.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violations {}

/// Checks an asynchronous transport. Call it on the runtime that the transport needs.
///
/// # Errors
/// [`Violations`] if the transport does anything that the contract forbids.
pub async fn check(transport: &dyn Transport) -> Result<(), Violations> {
    let mut found = Vec::new();
    for case in CASES {
        match Run::start(case) {
            Ok(run) => {
                if run.needs_warm_up() {
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
    transport.sleep(CLOCK_SLEEP).await;
    found.extend(judge_clock(before, transport.now()));
    if found.is_empty() { Ok(()) } else { Err(Violations(found)) }
}

/// Checks a blocking transport.
///
/// # Errors
/// [`Violations`] if the transport does anything that the contract forbids.
pub fn check_blocking(transport: &dyn BlockingTransport) -> Result<(), Violations> {
    let mut found = Vec::new();
    for case in CASES {
        match Run::start(case) {
            Ok(run) => {
                if run.needs_warm_up() {
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
    transport.sleep(CLOCK_SLEEP);
    found.extend(judge_clock(before, transport.now()));
    if found.is_empty() { Ok(()) } else { Err(Violations(found)) }
}

fn judge_clock(before: ClockReading, after: ClockReading) -> Option<String> {
    let slept = after.instant.saturating_duration_since(before.instant);
    if slept < CLOCK_SLEEP || slept > CLOCK_SLEEP.saturating_add(TOLERANCE) {
        return Some(format!("`now` advanced by {slept:?} while `sleep` waited for {CLOCK_SLEEP:?}"));
    }
    let off = after.unix.abs_diff(ClockReading::system().unix);
    (off > 2).then(|| format!("`now` differs from the system clock by {off} s"))
}
