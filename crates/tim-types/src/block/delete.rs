//! POST v4/sns/black_list_delete
//! <https://www.tencentcloud.com/document/product/1047/34912>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, TargetOutcome, TargetResults, Template,
    UserId, batch,
};

/// Removes up to 1000 users from the blocklist of `from`.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34912)
///
/// The service allows 200 calls per second. A target that is not blocked is rejected with
/// [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER). This code also means a bad parameter, and
/// the documents do not name the text that tells the two apart; check such a target with
/// [`Check`](super::Check). A friendship that the block ended does not come back.
///
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// After two calls the targets are not blocked, as after one. If the first call was processed, but
/// its response was lost, the service rejects the targets of the retry as described above. A retry
/// also removes a block that was created in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The owner of the blocklist.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to remove, 1 to 1000.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Delete {
    /// Removes each user of `to` from the list of `from`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that remove each target from the blocklist of `from`.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

impl Endpoint for Delete {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "black_list_delete";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Delete {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34912";
}

impl Batch for Delete {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 1000;
    const EXCLUSIVE: bool = true;

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
    use crate::{ErrorCode, TargetResult};

    #[test]
    fn a_user_who_is_not_blocked_is_a_rejection() {
        let item = TargetResult::new("bob", ErrorCode::BAD_PARAMETER, "");
        let outcomes = Delete::outcomes(TargetResults::with_failed(vec![item]));
        assert_eq!(outcomes[0].result.as_ref().unwrap_err().code, ErrorCode::BAD_PARAMETER);
        assert!(Delete::new("alice", vec!["bob"; 1001]).validate().is_err());
    }
}
