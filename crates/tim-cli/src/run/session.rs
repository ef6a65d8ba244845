//! What commands need of the command line beside their own arguments.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tim_follow::{Client, Config, Endpoint, Limits, LocalRateLimiter, Unlimited};

use crate::exit::Failure;
use crate::run::progress::{Meter, Progress};
use crate::settings::{self, Flags, Settings};

/// The settings and flags that all commands share.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) flags: Flags,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) json: bool,
}

/// How fast calls go out.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Pace {
    /// Send at most so many calls a second; 0 for any number. The service takes 200 of each command from all programs of an
    /// app together, so give each program a share [default: 200]
    #[arg(long, value_name = "N", help_heading = "Pace")]
    calls_per_second: Option<u32>,
}

impl Pace {
    /// How many calls of a command may go out in a second; `None` for any number.
    pub(crate) fn of<E: Endpoint>(self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.calls_per_second.unwrap_or(E::CALLS_PER_SECOND))
    }

    /// How many calls of a command run at once: no more than go out in a second, so that none waits for its turn beyond its
    /// deadline.
    pub(crate) fn in_flight<E: Endpoint>(self) -> usize {
        self.of::<E>().map_or(MAX_IN_FLIGHT, |calls| (calls.get() as usize).min(MAX_IN_FLIGHT))
    }
}

/// With it, 200 calls a second are reached up to a latency of 150 ms.
const MAX_IN_FLIGHT: usize = 32;

impl Session {
    /// What flags and environment say.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        Ok(Settings::read(&self.flags)?)
    }

    /// A client for a few calls.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.settings()?.client(self.verbose)
    }

    /// A client for some calls of several commands, at the usual pace.
    pub(crate) fn metered_client(&self, meter: Arc<Meter>) -> Result<Client, Failure> {
        Ok(Client::new(self.metered(meter)?)?)
    }

    /// What a client needs, with a meter that counts its calls.
    fn metered(&self, meter: Arc<Meter>) -> Result<Config, Failure> {
        let verbose = self.verbose;
        Ok(self.settings()?.config()?.observe(move |event| {
            meter.tell(event);
            if verbose {
                settings::tell(event);
            }
        }))
    }

    /// Whether somebody would see a progress that takes its place on standard error.
    pub(crate) fn shows_progress(&self, rows_on_stdout: bool) -> bool {
        Progress::is_wanted(self.quiet || self.verbose, rows_on_stdout)
    }

    /// A client for many calls of one command, at this pace. Who sends many `patient` calls would rather wait a minute than
    /// lose one.
    pub(crate) fn bulk_client<E: Endpoint>(
        &self,
        pace: Pace,
        meter: Arc<Meter>,
        patient: bool,
    ) -> Result<Client, Failure> {
        let config = self.metered(meter)?;
        let client = Client::new(match pace.of::<E>() {
            Some(calls) => config.rate_limiter(Arc::new(LocalRateLimiter::new().limit(E::COMMAND, calls.get()))),
            None => config.rate_limiter(Arc::new(Unlimited)),
        })?;
        // The deadline ends a call; so many attempts take longer with all but the luckiest pauses.
        let limits = Limits::default().max_attempts(30).deadline(Duration::from_secs(60));
        Ok(if patient { client.with_limits(limits) } else { client })
    }
}
