//! Reads an input once before anything is sent.

use tim_follow::{Pair, Target, UserId};

use super::args::InputArgs;
use super::bad_lines::BadLines;
use super::error::InputError;
use super::estimate::{BatchShape, CallEstimate};
use super::fingerprint::Fingerprint;
use super::from_line::FromLine;
use super::source::{Record, Records, Source};

/// What an input contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Preflight {
    /// The number of targets.
    pub(crate) targets: u64,
    /// The first target, with the user in `From_Account`: it shows whether a header was read as
    /// one.
    pub(crate) first: Option<(UserId, UserId)>,
    /// The number of bad lines.
    pub(crate) bad: u64,
    /// About how many calls the targets need.
    pub(crate) calls: u64,
    /// Over all targets.
    pub(crate) fingerprint: Fingerprint,
}

impl Preflight {
    /// Reads `source` if that is possible without consuming it, or if this is a dry run. Reports
    /// bad lines through `print`; a pipe that is not read yet is `None`, and its bad lines are
    /// reported while it is read.
    ///
    /// # Errors
    /// Returns an error if the input cannot be read or its format is unknown, and with `--strict`
    /// if it has a bad line or is a pipe.
    pub(crate) fn read<T: FromLine + Target>(
        source: &Source,
        args: InputArgs,
        dry_run: bool,
        shape: BatchShape,
        print: impl Fn(&str),
    ) -> Result<Option<Self>, InputError> {
        if !source.is_repeatable() && !dry_run {
            if args.strict {
                let problem = format!("--strict needs a file that can be read twice, and {} cannot", source.name());
                return Err(InputError::Usage(problem));
            }
            if source.path().is_some_and(std::path::Path::is_dir) {
                return Err(InputError::Directory { name: source.name() });
            }
            return Ok(None);
        }
        let mut bad = BadLines::new(source.name(), 0, print);
        let preflight = Self::of(source.open::<T>()?, shape, |why| bad.add(why))?;
        bad.finish();
        if args.strict && preflight.bad > 0 && !dry_run {
            return Err(InputError::Strict { name: source.name(), bad: preflight.bad });
        }
        Ok(Some(preflight))
    }

    /// Reads all records. `bad` is called with each bad line.
    fn of<T: FromLine + Target>(
        records: Records<T>,
        shape: BatchShape,
        mut bad: impl FnMut(&str),
    ) -> Result<Self, InputError> {
        let mut preflight = Self::default();
        let mut calls = CallEstimate::new(shape);
        for record in records {
            match record? {
                Record::Bad(why) => {
                    preflight.bad += 1;
                    bad(&why);
                }
                Record::Target(Pair { from, target }, state) => {
                    preflight.targets += 1;
                    preflight.fingerprint = state.fingerprint;
                    calls.add(&from);
                    preflight.first.get_or_insert_with(|| (from, target.user().clone()));
                }
            }
        }
        preflight.calls = calls.finish();
        Ok(preflight)
    }
}
