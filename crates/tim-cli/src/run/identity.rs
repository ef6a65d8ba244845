//! What identifies a run, and where it resumes.

use tim_follow::Endpoint;

use super::core::Checkpoint;
use super::session::Session;
use crate::exit::Failure;
use crate::input::error::InputError;
use crate::input::preflight::{Fingerprint, Preflight};
use crate::input::source::{Record, Records, Source};
use crate::output::journal::Identity;
use crate::output::sink::SinkArgs;
use crate::text::counted;

/// The values that two runs of the same command share.
pub(super) fn identity<E: Endpoint>(
    session: &Session,
    options: String,
    sink: &SinkArgs,
    source: &Source,
    preflight: Option<&Preflight>,
) -> Result<Identity, Failure> {
    let input = match preflight {
        Some(Preflight { targets, fingerprint, .. }) => {
            format!("{} with the checksum {fingerprint}", counted(*targets, "target"))
        }
        None => source.name(),
    };
    let mut run = vec![("the command".to_owned(), E::COMMAND.to_owned()), ("the options".to_owned(), options)];
    run.extend(session.settings()?.identity());
    run.extend(sink.identity(session.json)?);
    run.push(("the input".to_owned(), input));
    Ok(run)
}

/// Skips the records that are processed. Returns the others, and how many lines before them are
/// bad.
pub(super) fn skip(source: &Source, checkpoint: &Checkpoint) -> Result<(Records, u64), InputError> {
    let failed = |error| InputError::Read { name: source.name(), error };
    let mut records = source.open().map_err(failed)?;
    let (mut fingerprint, mut bad, mut left) = (Fingerprint::default(), 0, checkpoint.processed);
    while left > 0 {
        match records.next().transpose().map_err(failed)? {
            Some(Record::Pair(from, to)) => {
                fingerprint.add(&from, &to);
                left -= 1;
            }
            Some(Record::Bad(_)) => bad += 1,
            None => break,
        }
    }
    if left > 0 || fingerprint != checkpoint.fingerprint {
        return Err(InputError::Other { name: source.name(), targets: checkpoint.processed });
    }
    Ok((records, bad))
}
