//! POST v4/follow/follow_delete
//! <https://www.tencentcloud.com/document/product/1047/70346>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, TargetOutcome, TargetResults, Template,
    UserId, batch,
};

/// Makes `from` unfollow up to 20 users.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70346)
///
/// The service allows 200 calls per second.
///
/// # Retries
/// A retry leaves the same follows as one call, but can undo a follow that the user made in
/// between. The documents do not say whether the item of a user who is not followed has the code 0
/// or [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER), so check such a target with
/// [`Check`](super::Check).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The user who unfollows.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to unfollow, 1 to 20.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Delete {
    /// Makes `from` unfollow each user of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches in which `from` unfollows each target.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

impl Endpoint for Delete {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_delete";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Delete {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/70346";
}

impl Batch for Delete {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 20;

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.into_outcomes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_sent_as_strings() {
        let request = Delete::new("alice", ["bob", "carol"]);
        let text = r#"{"From_Account":"alice","To_Account":["bob","carol"]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
    }

    #[test]
    fn a_call_takes_at_most_20_targets() {
        assert_eq!(Delete::new("alice", vec!["bob"; 20]).validate(), Ok(()));
        assert!(Delete::new("alice", vec!["bob"; 21]).validate().is_err());
    }
}
