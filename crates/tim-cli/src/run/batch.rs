//! The outcomes of a batch as steps of a run.

use tim_follow::transport::TransportErrorKind;
use tim_follow::{
    Batch, BatchItem, Command, Effect, Error, ErrorKind, FromStream, Outcome, Outcomes, PairTemplate, UserId,
};

use super::core::{Advance, Halt, Step};
use super::drive::Work;
use super::summary::Counted;
use crate::exit::ExitStatus;
use crate::input::stream::{PairStream, Positions};
use crate::output::row::Row;

/// A batch whose pairs come from a stream, and how its outcomes are printed.
pub(crate) struct BatchWork<'f, 'p, E: Batch<From = UserId, Target = UserId>, S> {
    pub(crate) outcomes: Outcomes<PairTemplate<E>, FromStream<&'f mut PairStream<'p>>>,
    /// Where the pairs end in the input.
    pub(crate) positions: Positions,
    pub(crate) row: S,
}

impl<E, S, R> Work for BatchWork<'_, '_, E, S>
where
    E: Batch<From = UserId, Target = UserId> + Command,
    S: Fn(&BatchItem<E>) -> R,
    R: Row,
{
    type Row = R;

    const WRITES: bool = !matches!(E::EFFECT, Effect::Read);

    async fn next(&mut self) -> Option<Step<R>> {
        let item = self.outcomes.next().await?;
        Some(Step {
            rows: vec![(self.row)(&item)],
            entries: 0,
            counted: vec![Counted::outcome(E::SERVICE, &item.outcome)],
            halt: halt(E::SERVICE, &item.outcome, self.outcomes.stopped_by()),
            advance: Advance::Records(vec![(item.from, item.target)], self.positions.next()),
            notes: Vec::new(),
        })
    }

    fn stop(&mut self) {
        if self.outcomes.stopped_by().is_none() {
            self.outcomes.stop();
        }
    }
}

/// Whether a later run can do better for this target than this one. `stopped_by` is why the batch
/// sends nothing more.
fn halt<T>(service: &str, outcome: &Outcome<T>, stopped_by: Option<&Error>) -> Option<Halt> {
    let (reason, always) = match outcome {
        Outcome::NotAttempted { reason } => (&**reason, ends_the_run(reason)),
        Outcome::Unknown { reason: Some(reason) } if is_away(reason) => (&**reason, false),
        // A target that waited for a retry when the batch stopped is sent again by a later run.
        Outcome::Rejected(rejection) => {
            let is_cause = |error: &&Error| error.code() == Some(rejection.code) || rejection.code.retryable(service);
            (stopped_by.filter(is_cause)?, false)
        }
        _ => return None,
    };
    Some(Halt { reason: reason.to_string(), status: ExitStatus::of_call(reason), always })
}

/// Whether all later targets have the same outcome. No call is sent without the rate limiter.
fn ends_the_run(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Stopped | ErrorKind::LimiterUnavailable { .. })
}

/// Whether no connection could be made to the end: the service is away.
fn is_away(error: &Error) -> bool {
    use TransportErrorKind::{Certificate, Connect, Setup};
    matches!(error.kind(), ErrorKind::Transport(error) if matches!(error.kind(), Setup | Connect | Certificate))
}
