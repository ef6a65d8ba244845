//! Commands that take many targets in one call, and the templates from which batches are made.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;

use crate::{Endpoint, InvalidRequest, TargetOutcome, UserId};

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
    type Outcome: Clone + Debug + PartialEq + Send + Serialize + Unpin + 'static;

    /// The most targets that one call takes.
    const MAX_TARGETS: usize;
    /// Where the user id of a target is in a request; `[]` stands for the position in a list.
    const TARGET: &'static str = "To_Account[]";
    /// Whether calls with the same `From_Account` must not overlap. The service answers some of
    /// such calls with [`ErrorCode::WRITE_CONFLICT`](crate::ErrorCode::WRITE_CONFLICT).
    const EXCLUSIVE: bool = false;

    /// The most targets of one call with this shared part.
    fn max_targets(_shared: &Self::Shared) -> usize {
        Self::MAX_TARGETS
    }

    /// The request of one call.
    fn with_targets(from: Self::From, shared: Self::Shared, targets: Vec<Self::Target>) -> Self;

    /// Checks one target before it goes into a request.
    ///
    /// # Errors
    /// The service would reject it, for example because its user id is empty.
    fn validate_target(target: &Self::Target) -> Result<(), InvalidRequest> {
        target.user().validate(Self::TARGET)
    }

    /// The result of each target in a response. The service does not document their order.
    fn outcomes(response: Self::Response) -> Vec<TargetOutcome<Self::Outcome>>;
}

/// One target of a batch.
///
/// Two equal targets are duplicates, of which one is sent. Two targets with the same user that
/// differ otherwise are sent one after the other, in separate calls.
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

/// What a batch is made from: everything but the targets. See [`Template`] and [`PairTemplate`].
pub trait BatchTemplate: Clone + Debug + Send + Sync + Unpin + sealed_template::Sealed + 'static {
    /// The command.
    type Request: Batch;
    /// What the batch takes: a target, or a [`Pair`].
    type Target: Send;

    /// The part that all calls share.
    fn shared(&self) -> &<Self::Request as Batch>::Shared;

    /// The user in `From_Account` and the target of one element of the batch.
    fn split(&self, target: Self::Target) -> (<Self::Request as Batch>::From, <Self::Request as Batch>::Target);
}

mod sealed_template {
    pub trait Sealed {}
    impl<R: super::Batch> Sealed for super::Template<R> {}
    impl<R: super::Batch> Sealed for super::PairTemplate<R> {}
}

/// A batch with one user in `From_Account`, or with none. It takes targets.
///
/// Commands make it with `template`, for example [`follow::Add::template`](crate::follow::Add::template).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<R: Batch> {
    from: R::From,
    shared: R::Shared,
}

impl<R: Batch> Template<R> {
    /// A template for a command of your own.
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

/// A batch in which each target has its own user in `From_Account`. It takes [`Pair`]s; tuples
/// convert into them.
///
/// Commands make it with `pairs`, for example [`follow::Add::pairs`](crate::follow::Add::pairs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairTemplate<R: Batch> {
    shared: R::Shared,
}

impl<R: Batch<From = UserId>> PairTemplate<R> {
    /// A template for a command of your own.
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

/// A target together with the user in `From_Account`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pair<T = UserId> {
    /// The user in `From_Account`.
    pub from: UserId,
    /// The target.
    pub target: T,
}

impl<F: Into<UserId>, U: Into<T>, T> From<(F, U)> for Pair<T> {
    fn from((from, target): (F, U)) -> Self {
        Self { from: from.into(), target: target.into() }
    }
}
