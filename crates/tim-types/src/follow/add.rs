//! POST v4/follow/follow_add
//! <https://www.tencentcloud.com/document/product/1047/70345>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, TargetOutcome, TargetResults, Template,
    UserId, validate,
};

/// `from` follows up to 20 users. [Official page](https://www.tencentcloud.com/document/product/1047/70345)
///
/// A user follows at most 5000 others. Whether following somebody again answers 0 or
/// [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER) is not documented. A retry can undo an unfollow that the
/// user made in between, and whether it changes the follow time is not documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Add {
    /// Who follows.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// Whom to follow, 1 to 20 users.
    #[serde(rename = "FollowItem", with = "items")]
    pub to: Vec<UserId>,
}

impl Add {
    /// `from` follows each of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// A batch for `from`, which takes the targets.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// A batch of pairs: `from` and target.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

impl Endpoint for Add {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_add";
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::batch::<Self>(&self.from, &(), &self.to)
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
    const TARGET: &'static str = "FollowItem[].To_Account";

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.into_outcomes()
    }
}

/// Only this command wraps each target in an object.
pub(crate) mod items {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::UserId;

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
        Ok(Vec::<OwnedItem>::deserialize(deserializer)?.into_iter().map(|item| item.to).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_travel_as_objects() {
        let request = Add::new("alice", ["bob", "carol"]);
        let text = r#"{"From_Account":"alice","FollowItem":[{"To_Account":"bob"},{"To_Account":"carol"}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Add>(text).unwrap(), request);
    }

    #[test]
    fn twenty_targets_a_call() {
        assert_eq!(Add::new("alice", vec!["bob"; 20]).validate(), Ok(()));
        assert_eq!(
            Add::new("alice", vec!["bob"; 21]).validate(),
            Err(InvalidRequest::TooManyTargets { field: "FollowItem".to_owned(), given: 21, max: 20 })
        );
    }
}
