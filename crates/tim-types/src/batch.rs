//! Commands that take many targets in one call, and the templates from which batches are made.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;

use crate::{Endpoint, InvalidRequest, TargetOutcome, UserId, validate};

/// A command that takes many targets in one call and reports a result for each of them.
pub trait Batch: Endpoint + Clone + Debug + 'static {
    /// The user in `From_Account`: [`UserId`], or `()` for a command without one.
    type From: FromAccount;
    /// One target: a [`UserId`], or a user with further fields.
    type Target: Target;
    /// The part of a request that all calls of a batch share, without the user and the targets;
    /// `()` if there is none.
    type Shared: Clone + Debug + Send + Sync + Unpin + 'static;
    /// What the service reports for a target that it processed.
    type Outcome: Clone + Debug + PartialEq + Send + Sync + Serialize + Unpin + 'static;

    /// The most targets that one call takes.
    const MAX_TARGETS: usize;
    /// The field of a request that has the user id of a target; `[]` stands for its position in
    /// the list.
    const TARGET_FIELD: &'static str = "To_Account[]";
    /// Whether calls with the same `From_Account` must not overlap, because the service rejects
    /// some overlapping calls with
    /// [`ErrorCode::WRITE_CONFLICT`](crate::ErrorCode::WRITE_CONFLICT). The calls of one batch then
    /// do not overlap; calls of other batches can. Input in which users alternate is faster
    /// than input that is sorted by user.
    const EXCLUSIVE: bool = false;
    /// Whether the items of a response, readable or not, and its list of failed targets are about
    /// the targets. If not, a successful response gives each target the result of
    /// [`omitted`](Self::omitted), whatever its items contain.
    const ITEMS_NAME_TARGETS: bool = true;

    /// The number of targets that a batch puts into one call with this shared part: at most
    /// [`MAX_TARGETS`](Self::MAX_TARGETS), and less if the documents advise it.
    fn max_targets(_shared: &Self::Shared) -> usize {
        Self::MAX_TARGETS
    }

    /// The request of one call.
    fn with_targets(from: Self::From, shared: Self::Shared, targets: Vec<Self::Target>) -> Self;

    /// Checks one target before it goes into a request.
    ///
    /// # Errors
    /// The target is invalid, for example because its user id is empty.
    fn validate_target(target: &Self::Target) -> Result<(), InvalidRequest> {
        target.user().validate(Self::TARGET_FIELD)
    }

    /// The result of a target that this successful response does not mention. `None` means that it
    /// is not known; then the target is sent again. A command whose response lists only the targets
    /// that failed returns a result.
    fn omitted(_response: &Self::Response) -> Option<Self::Outcome> {
        None
    }

    /// The result of each target in a response. The service does not document the order of the
    /// items, so each result names its target.
    fn outcomes(response: Self::Response) -> Vec<TargetOutcome<Self::Outcome>>;
}

/// Checks the user in `From_Account` and the targets of a request.
pub(crate) fn validate<R: Batch>(from: &R::From, targets: &[R::Target]) -> Result<(), InvalidRequest> {
    from.user().map_or(Ok(()), validate::from_account)?;
    let field = || R::TARGET_FIELD.split("[]").next().unwrap_or(R::TARGET_FIELD).to_owned();
    let max = R::MAX_TARGETS;
    match targets.len() {
        0 => return Err(InvalidRequest::EmptyList { field: field() }),
        given if given > max => return Err(InvalidRequest::TooManyTargets { field: field(), given, max }),
        _ => {}
    }
    let check = |(position, target)| R::validate_target(target).map_err(|error| error.at(position));
    targets.iter().enumerate().try_for_each(check)
}

/// One target of a batch.
///
/// Equal targets are duplicates: one of them is sent, and its outcome applies to all. Targets with
/// the same user that differ in other fields are sent one after the other, in separate calls.
///
/// The request of a command that takes one user per call is a target of [`Each`](crate::Each).
pub trait Target: Clone + Debug + PartialEq + Send + Sync + Serialize + Unpin + 'static {
    /// The user that this target is about.
    fn user(&self) -> &UserId;
}

impl Target for UserId {
    fn user(&self) -> &UserId {
        self
    }
}

/// The user in `From_Account`, if the command has one. Implemented by [`UserId`] and `()`.
pub trait FromAccount:
    Clone + Debug + Eq + Hash + Ord + Send + Sync + Serialize + Unpin + sealed::Sealed + 'static
{
    /// The user; `None` for a command without `From_Account`.
    fn user(&self) -> Option<&UserId>;
}

impl FromAccount for UserId {
    fn user(&self) -> Option<&UserId> {
        Some(self)
    }
}

impl FromAccount for () {
    fn user(&self) -> Option<&UserId> {
        None
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::UserId {}
    impl Sealed for () {}
}

/// The request of a batch without its targets. See [`Template`] and [`PairTemplate`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a template of a batch",
    note = "make one with `template` or `pairs` of the request, for example `follow::Add::template(\"alice\")`"
)]
pub trait BatchTemplate: Clone + Debug + Send + Sync + Unpin + sealed_template::Sealed + 'static {
    /// The command.
    type Request: Batch;
    /// An element of the input: a target, or a [`Pair`].
    type Target: Send;

    /// The part of the request that all calls share.
    fn shared(&self) -> &<Self::Request as Batch>::Shared;

    /// Splits an element of the input into the user in `From_Account` and the target.
    fn split(&self, target: Self::Target) -> (<Self::Request as Batch>::From, <Self::Request as Batch>::Target);
}

mod sealed_template {
    pub trait Sealed {}
    impl<R: super::Batch> Sealed for super::Template<R> {}
    impl<R: super::Batch> Sealed for super::PairTemplate<R> {}
}

/// A batch whose calls all have the same user in `From_Account`, or none. Its input is targets.
///
/// Created by the `template` function of a command, for example
/// [`follow::Add::template`](crate::follow::Add::template).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<R: Batch> {
    from: R::From,
    shared: R::Shared,
}

impl<R: Batch> Template<R> {
    /// Creates a template. Needed only for a command of your own.
    pub fn new(from: R::From, shared: R::Shared) -> Self {
        Self { from, shared }
    }
}

impl<R: Batch> BatchTemplate for Template<R> {
    type Request = R;
    type Target = R::Target;

    fn shared(&self) -> &R::Shared {
        &self.shared
    }

    fn split(&self, target: R::Target) -> (R::From, R::Target) {
        (self.from.clone(), target)
    }
}

/// A batch in which each target has its own user in `From_Account`. Its input is [`Pair`]s; a
/// tuple `(from, target)` converts into a pair.
///
/// Created by the `pairs` function of a command, for example
/// [`follow::Add::pairs`](crate::follow::Add::pairs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairTemplate<R: Batch> {
    shared: R::Shared,
}

impl<R: Batch<From = UserId>> PairTemplate<R> {
    /// Creates a template. Needed only for a command of your own.
    pub fn new(shared: R::Shared) -> Self {
        Self { shared }
    }
}

impl<R: Batch<From = UserId>> BatchTemplate for PairTemplate<R> {
    type Request = R;
    type Target = Pair<R::Target>;

    fn shared(&self) -> &R::Shared {
        &self.shared
    }

    fn split(&self, pair: Pair<R::Target>) -> (UserId, R::Target) {
        (pair.from, pair.target)
    }
}

/// A target with its user in `From_Account`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pair<T = UserId> {
    /// The user in `From_Account`.
    pub from: UserId,
    /// The target.
    pub target: T,
}

/// Clones both parts, so that a batch can take borrowed pairs.
impl<F: Clone + Into<UserId>, U: Clone + Into<T>, T> From<&(F, U)> for Pair<T> {
    fn from((from, target): &(F, U)) -> Self {
        (from.clone(), target.clone()).into()
    }
}

/// Clones both parts, so that a batch can take borrowed pairs.
impl<T: Clone> From<&Pair<T>> for Pair<T> {
    fn from(pair: &Pair<T>) -> Self {
        pair.clone()
    }
}

impl<F: Into<UserId>, U: Into<T>, T> From<(F, U)> for Pair<T> {
    fn from((from, target): (F, U)) -> Self {
        Self { from: from.into(), target: target.into() }
    }
}
