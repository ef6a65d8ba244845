//! POST v4/follow/follow_add
//! <https://www.tencentcloud.com/document/product/1047/70345>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, TargetOutcome, TargetResults, Template,
    UserId, batch,
};

/// Makes `from` follow up to 20 users.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70345)
///
/// The service allows 200 calls per second. A user can follow at most 5000 others; the numbers of
/// followers and of mutual follows have limits that are not documented (codes 32101 to 32103).
///
/// # Retries
/// A retry leaves the same follows as one call, but can undo an unfollow that the user made in
/// between. The documents do not say whether the item of a user who is already followed has the
/// code 0 or [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER), so check such a target with
/// [`Check`](super::Check). They also do not say whether a retry changes the follow time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Add {
    /// The user who follows.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to follow, 1 to 20.
    #[serde(rename = "FollowItem", with = "items")]
    pub to: Vec<UserId>,
}

impl Add {
    /// Makes `from` follow each user of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches in which `from` follows each target.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

impl Endpoint for Add {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_add";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Add {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/70345";
}

impl Batch for Add {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 20;
    const TARGET_FIELD: &'static str = "FollowItem[].To_Account";

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.into_outcomes()
    }
}

/// This command wraps each target in an object; the other follow commands send strings.
pub(crate) mod items {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::UserId;
    use crate::object::Object;

    #[derive(Serialize)]
    struct Item<'a> {
        #[serde(rename = "To_Account")]
        to: &'a UserId,
    }

    #[derive(Deserialize)]
    struct OwnedItem {
        #[serde(rename = "To_Account")]
        to: UserId,
    }

    pub(crate) fn serialize<S: Serializer>(users: &[UserId], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(users.iter().map(|to| Item { to }))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
        let items = Vec::<Object<OwnedItem>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|item| item.value.to).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_sent_as_objects() {
        let request = Add::new("alice", ["bob", "carol"]);
        let text = r#"{"From_Account":"alice","FollowItem":[{"To_Account":"bob"},{"To_Account":"carol"}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Add>(text).unwrap(), request);
    }

    #[test]
    fn a_call_takes_at_most_20_targets() {
        assert_eq!(Add::new("alice", vec!["bob"; 20]).validate(), Ok(()));
        assert_eq!(
            Add::new("alice", vec!["bob"; 21]).validate(),
            Err(InvalidRequest::TooManyTargets { field: "FollowItem".to_owned(), given: 21, max: 20 })
        );
    }
}
