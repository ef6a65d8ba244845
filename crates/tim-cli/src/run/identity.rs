//! What identifies a run.

use tim_follow::Endpoint;

use super::session::Session;
use crate::exit::Failure;
use crate::input::preflight::Preflight;
use crate::input::source::Source;
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
