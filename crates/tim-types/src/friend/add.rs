//! POST v4/sns/friend_add
//! <https://www.tencentcloud.com/document/product/1047/34902>

use serde::{Deserialize, Serialize};

use super::kinds::AddType;
use super::new_friend::NewFriend;
use crate::target::StateCode;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, Shape, TargetOutcome,
    TargetResult, TargetResults, Template, UserId, batch, flag, object, target, validate,
};

/// Adds up to 1000 users to the friend list of `from`, or sends them friend requests.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34902)
///
/// The service allows 200 calls per second. A user can have 3000 friends, 32 friend groups and 100
/// pending friend requests. The outcome of each target is an [`AddOutcome`]. Batches return it; for
/// an item of a response, call [`AddOutcome::of`]. Whether the target has to consent depends on
/// [`ProfileTag::ALLOW_TYPE`](crate::ProfileTag::ALLOW_TYPE) in its profile, unless the call
/// [forces](Self::forced) the friendship. Use [`Import`](super::Import) to add friends without
/// webhooks.
///
/// A batch puts 100 friends into a call without force, as the documents advise, and 1000 otherwise.
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// A retry leaves the same friends and requests as one call. If the first call was processed, but
/// its response was lost, the outcome is [`AddOutcome::AlreadyFriends`]. A retry can restore a
/// friendship that a user ended in between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Add {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to add, 1 to 1000.
    #[serde(rename = "AddFriendItem", deserialize_with = "object::list")]
    pub friends: Vec<NewFriend>,
    /// Whether `from` is also added to the friend lists of the others.
    #[serde(rename = "AddType", default)]
    pub kind: AddType,
    /// Whether the friends are added without their consent. 1 or 0 on the wire.
    #[serde(rename = "ForceAddFlags", default, with = "flag")]
    pub forced: bool,
}

impl Add {
    /// Adds each friend to the list of `from`, and `from` to the list of each friend.
    pub fn new(from: impl Into<UserId>, friends: impl IntoIterator<Item = NewFriend>) -> Self {
        Self::with_targets(from.into(), AddMode::default(), friends.into_iter().collect())
    }

    /// Adds each friend to the list of `from` only.
    #[must_use]
    pub fn one_way(self) -> Self {
        Self { kind: AddType::SINGLE, ..self }
    }

    /// Adds the friends without their consent.
    #[must_use]
    pub fn forced(self) -> Self {
        Self { forced: true, ..self }
    }

    /// Returns a template for batches that add each target to the friend list of `from`.
    pub fn template(from: impl Into<UserId>, mode: AddMode) -> Template<Self> {
        Template::new(from.into(), mode)
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs(mode: AddMode) -> PairTemplate<Self> {
        PairTemplate::new(mode)
    }
}

/// How the calls of a batch add friends. The default adds them in both directions, with their
/// consent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddMode {
    /// The friend lists that change.
    pub kind: AddType,
    /// Whether the friends are added without their consent.
    pub forced: bool,
}

impl AddMode {
    /// Adds friends in both directions, without their consent.
    pub const FORCED: Self = Self { kind: AddType::BOTH, forced: true };
}

/// The outcome of adding a friend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AddOutcome {
    /// The target is now a friend.
    Added,
    /// The target has to consent first, and has a friend request (code 30539).
    Pending,
    /// The target was a friend before (code 30001 with a text that says so; 30520 in old apps).
    AlreadyFriends,
}

const STATES: &[StateCode<AddOutcome>] = &[
    StateCode { code: ErrorCode::FRIEND_CONSENT_PENDING, info: None, state: AddOutcome::Pending },
    StateCode {
        code: ErrorCode::BAD_PARAMETER,
        info: Some("Err_SNS_FriendAdd_Friend_Exist"),
        state: AddOutcome::AlreadyFriends,
    },
    StateCode { code: ErrorCode::ALREADY_FRIENDS, info: None, state: AddOutcome::AlreadyFriends },
];

impl AddOutcome {
    /// Returns the outcome of an item in the response.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn of(item: &TargetResult) -> Result<Self, Rejection> {
        target::state_of_item(item.code, &item.info, Self::Added, STATES)
    }
}

impl Endpoint for Add {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_add";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::one_of("AddType", self.kind.as_str(), AddType::KNOWN)?;
        batch::validate::<Self>(&self.from, &self.friends)
    }
}

impl Command for Add {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34902";
}

impl Batch for Add {
    type From = UserId;
    type Target = NewFriend;
    type Shared = AddMode;
    type Outcome = AddOutcome;

    const MAX_TARGETS: usize = 1000;
    const TARGET_FIELD: &'static str = "AddFriendItem[].To_Account";
    const EXCLUSIVE: bool = true;

    fn max_targets(mode: &AddMode) -> usize {
        if mode.forced { Self::MAX_TARGETS } else { 100 }
    }

    fn validate_target(friend: &NewFriend) -> Result<(), InvalidRequest> {
        friend.validate("AddFriendItem[]")
    }

    fn with_targets(from: UserId, AddMode { kind, forced }: AddMode, friends: Vec<NewFriend>) -> Self {
        Self { from, friends, kind, forced }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<AddOutcome>> {
        target::outcomes(response.items, |item| (AddOutcome::of(&item), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::super::AddSource;
    use super::*;

    fn bob() -> NewFriend {
        NewFriend::new("bob", AddSource::WEB)
    }

    #[test]
    fn a_request_has_its_mode() {
        let request = Add::new("alice", [bob().remark("Bob").group("Work").wording("hi")]).forced();
        let text = r#"{"From_Account":"alice","AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","Remark":"Bob","GroupName":"Work","AddWording":"hi"}],"AddType":"Add_Type_Both","ForceAddFlags":1}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Add>(text).unwrap(), request);
        let short =
            r#"{"From_Account":"alice","AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web"}]}"#;
        assert_eq!(serde_json::from_str::<Add>(short).unwrap(), Add::new("alice", [bob()]));
        assert_eq!(Add::new("alice", [bob()]).one_way().kind, AddType::SINGLE);
    }

    #[test]
    fn a_code_that_names_a_state_is_not_a_failure() {
        let outcome = |code, info| AddOutcome::of(&TargetResult::new("bob", ErrorCode(code), info));
        assert_eq!(outcome(0, "OK"), Ok(AddOutcome::Added));
        assert_eq!(outcome(30539, "whatever"), Ok(AddOutcome::Pending));
        assert_eq!(outcome(30001, "Err_SNS_FriendAdd_Friend_Exist"), Ok(AddOutcome::AlreadyFriends));
        assert_eq!(outcome(30520, "SNS_FRD_ADD_FRD_EXIST"), Ok(AddOutcome::AlreadyFriends));
        for (code, info) in [(30001, ""), (30001, "Err_SNS_FriendAdd_Source_Illegal"), (30516, "")] {
            assert_eq!(outcome(code, info).unwrap_err().code, ErrorCode(code));
        }
    }

    #[test]
    fn a_batch_without_force_makes_smaller_calls() {
        assert_eq!(Add::max_targets(&AddMode::default()), 100);
        assert_eq!(Add::max_targets(&AddMode::FORCED), 1000);
        assert_eq!(Add::new("alice", vec![bob(); 1000]).validate(), Ok(()));
        assert!(Add::new("alice", vec![bob(); 1001]).validate().is_err());
    }

    #[test]
    fn an_error_names_the_field_of_the_friend() {
        let error = Add::new("alice", [bob(), bob().remark("x".repeat(97))]).validate().unwrap_err();
        assert_eq!(error.to_string(), "AddFriendItem[1].Remark has 97 bytes: it may have at most 96");
        let mut request = Add::new("alice", [bob()]);
        request.kind = "Add_Type_Any".into();
        assert!(request.validate().unwrap_err().to_string().starts_with("AddType is \"Add_Type_Any\""));
    }
}
