//! The settings and flags that commands share, and the clients made from them.

use std::cell::OnceCell;
use std::sync::Arc;

use tim_follow::{Client, Config, Event};

use super::pace::{Pace, PaceArgs};
use crate::exit::Failure;
use crate::output::note;
use crate::run::meter::Meter;
use crate::run::progress::Progress;
use crate::settings::{Flags, Settings};

/// The settings and flags that all commands share.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) flags: Flags,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) json: bool,
    settings: OnceCell<Settings>,
}

impl Session {
    pub(crate) fn new(flags: Flags, verbose: bool, quiet: bool, json: bool) -> Self {
        Self { flags, verbose, quiet, json, settings: OnceCell::new() }
    }

    /// The settings in use. They are read once, when a command first needs them.
    pub(crate) fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::read(&self.flags)?;
        if let (true, Some(profile)) = (self.verbose, &settings.profile) {
            for (setting, source) in settings.completed() {
                note(format_args!("tim: the profile {} has no {setting}; it is taken from {source}", profile.value));
            }
        }
        Ok(self.settings.get_or_init(|| settings))
    }

    /// The pace of these arguments and of the settings.
    pub(crate) fn pace(&self, args: &PaceArgs) -> Result<Pace, Failure> {
        args.resolve(|| Ok(self.settings()?.rate_limit.clone()))
    }

    /// A client for a few calls.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let settings = self.settings()?;
        let config = settings.config()?;
        settings.client(if self.verbose { config.observe(print_event) } else { config })
    }

    /// A client for some calls of several commands, with the usual limits.
    pub(crate) fn metered_client(&self, meter: Arc<Meter>) -> Result<Client, Failure> {
        self.settings()?.client(self.metered(meter)?)
    }

    /// The configuration of a client whose calls `meter` counts.
    fn metered(&self, meter: Arc<Meter>) -> Result<Config, Failure> {
        let verbose = self.verbose;
        Ok(self.settings()?.config()?.observe(move |event| {
            meter.count(event);
            if verbose {
                print_event(event);
            }
        }))
    }

    /// Whether a progress line on standard error is shown.
    pub(crate) fn shows_progress(&self, rows_on_stdout: bool) -> bool {
        Progress::is_wanted(self.quiet || self.verbose, rows_on_stdout)
    }

    /// A client for many calls of these commands, at this pace. The calls of a `patient` client
    /// are retried longer.
    pub(crate) fn bulk_client(
        &self,
        pace: &Pace,
        commands: &[&str],
        meter: Arc<Meter>,
        patient: bool,
    ) -> Result<Client, Failure> {
        let config = pace.limited(self.metered(meter)?, commands)?.limits(pace.limits(patient));
        self.settings()?.client(config)
    }
}

/// Prints an event of a client.
pub(crate) fn print_event(event: &Event<'_>) {
    note(format_args!("tim: {event}"));
}
