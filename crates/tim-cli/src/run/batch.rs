//! The outcomes of a batch as steps of a run.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tim_follow::transport::TransportErrorKind;
use tim_follow::{
    Batch, BatchItem, BatchTemplate, Command, Effect, Error, ErrorKind, FromStream, Outcome, Outcomes, Pair,
    PairTemplate, Template, UserId,
};

use super::core::{Advance, Halt, Step};
use super::drive::Work;
use super::rows::{Details, TargetRow, Users};
use super::summary::Counted;
use crate::exit::ExitStatus;
use crate::input::from_line::FromLine;
use crate::input::position::InputState;
use crate::input::stream::{PairStream, Positions};

/// A template whose targets come from an input.
pub(crate) trait InputTemplate: BatchTemplate<Request: Batch<From: Users, Target: FromLine> + Command> {
    /// The target of the template from a line of the input.
    fn target(pair: Pair<TargetOf<Self>>) -> Self::Target;
}

/// The target of a command.
pub(crate) type TargetOf<T> = <<T as BatchTemplate>::Request as Batch>::Target;

/// The users in the rows of a command.
pub(crate) type UsersOf<T> = <<<T as BatchTemplate>::Request as Batch>::From as Users>::InRow;

impl<E: Batch<From = UserId, Target: FromLine> + Command> InputTemplate for PairTemplate<E> {
    fn target(pair: Pair<E::Target>) -> Pair<E::Target> {
        pair
    }
}

impl<E: Batch<From = (), Target: FromLine> + Command> InputTemplate for Template<E> {
    fn target(pair: Pair<E::Target>) -> E::Target {
        pair.target
    }
}

/// The targets of an input, as those of a template.
pub(crate) struct Targets<'f, 'p, T: InputTemplate>(pub(crate) &'f mut PairStream<'p, TargetOf<T>>);

impl<T: InputTemplate> Stream for Targets<'_, '_, T> {
    type Item = T::Target;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Target>> {
        Pin::new(&mut *self.0).poll_next(cx).map(|pair| pair.map(T::target))
    }
}

/// A batch whose targets come from an input, and how its outcomes are printed.
pub(crate) struct BatchWork<'f, 'p, T: InputTemplate, S> {
    pub(crate) outcomes: Outcomes<T, FromStream<Targets<'f, 'p, T>>>,
    /// Where the targets end in the input.
    pub(crate) positions: Positions,
    /// The details of the rows of an item.
    pub(crate) show: S,
    /// Whether `from` differs between targets.
    pub(crate) shows_from: bool,
}

impl<T, S, D> Work for BatchWork<'_, '_, T, S>
where
    T: InputTemplate,
    S: Fn(&BatchItem<T::Request>) -> Vec<D>,
    D: Details,
{
    type Row = TargetRow<D, UsersOf<T>>;

    const WRITES: bool = !matches!(T::Request::EFFECT, Effect::Read);

    async fn next(&mut self) -> Option<Step<Self::Row>> {
        let item = self.outcomes.next().await?;
        let service = <T::Request as tim_follow::Endpoint>::SERVICE;
        let details = (self.show)(&item);
        let results = details.iter().filter_map(|details| details.result());
        let results = results.filter(|_| item.outcome.done().is_some()).map(|word| Counted::Result(word.to_owned()));
        let part = details.iter().find_map(|details| details.part()).map(|part| part.counted.clone());
        let counted = results.chain([part.unwrap_or_else(|| Counted::outcome(service, &item.outcome))]).collect();
        let row = |details| TargetRow { shows_from: self.shows_from, ..TargetRow::of_item(&item, details) };
        let step = target_step(service, &item.outcome, self.outcomes.stopped_by(), self.positions.next());
        Some(Step { rows: details.into_iter().map(row).collect(), counted, ..step })
    }

    fn stop(&mut self) {
        if self.outcomes.stopped_by().is_none() {
            self.outcomes.stop();
        }
    }
}

/// The step of a target of `service` that ends at `state` in the input, without rows. `stopped_by`
/// is why the batch sends nothing more.
pub fn target_step<R, T>(
    service: &str,
    outcome: &Outcome<T>,
    stopped_by: Option<&Error>,
    state: InputState,
) -> Step<R> {
    let counted = vec![Counted::outcome(service, outcome)];
    Step { counted, halt: halt(service, outcome, stopped_by), ..Step::new(Advance::Records(1, state)) }
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
