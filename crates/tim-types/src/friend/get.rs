//! POST v4/sns/friend_get_list
//! <https://www.tencentcloud.com/document/product/1047/34910>

use serde::{Deserialize, Serialize};

use super::fields::{FriendFields, FriendTag};
use crate::target::{Item, items_response};
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, Shape, TargetOutcome,
    Template, UserId, batch, target,
};

/// Reads the remark, the groups and the profile of up to 100 friends of `from`.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34910)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless. A target
/// that is not a friend is rejected with
/// [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Get {
    /// The user whose friends are read.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The friends, 1 to 100.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// The fields to read, at least one.
    #[serde(rename = "TagList")]
    pub tags: Vec<FriendTag>,
}

impl Get {
    /// Reads the fields `tags` of each user of `to`.
    pub fn new<T: Into<UserId>, G: Into<FriendTag>>(
        from: impl Into<UserId>,
        to: impl IntoIterator<Item = T>,
        tags: impl IntoIterator<Item = G>,
    ) -> Self {
        let (to, tags) = (to.into_iter().map(Into::into).collect(), tags.into_iter().map(Into::into).collect());
        Self { from: from.into(), to, tags }
    }

    /// Returns a template for batches that read each target from the friend list of `from`.
    pub fn template<G: Into<FriendTag>>(from: impl Into<UserId>, tags: impl IntoIterator<Item = G>) -> Template<Self> {
        Template::new(from.into(), tags.into_iter().map(Into::into).collect())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs<G: Into<FriendTag>>(tags: impl IntoIterator<Item = G>) -> PairTemplate<Self> {
        PairTemplate::new(tags.into_iter().map(Into::into).collect())
    }
}

items_response! {
    /// The response of friend_get_list: an item for each target.
    GetResponse { "InfoItem": GetItem }
}

/// The fields of one target. Read them with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// The fields; missing if the code is not 0.
    #[serde(rename = "SnsProfileItem", default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<FriendFields>,
    /// 0, or why the service rejected this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

impl Item for GetItem {
    fn target(&self) -> &UserId {
        &self.target
    }

    fn code(&self) -> ErrorCode {
        self.code
    }
}

impl GetItem {
    /// Creates the item of a target with these fields.
    pub fn found(target: impl Into<UserId>, fields: impl Into<FriendFields>) -> Self {
        Self { target: target.into(), fields: Some(fields.into()), code: ErrorCode::OK, info: String::new() }
    }

    /// Creates the item of a target that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), fields: None, code, info: info.into() }
    }

    /// Returns the fields. The list is empty if no requested field is set.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn result(&self) -> Result<FriendFields, Rejection> {
        let fields = self.fields.clone().unwrap_or_default();
        target::result_of_item(self.code, &self.info, Some(fields))
    }
}

impl Endpoint for Get {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_get_list";
    const IDEMPOTENT: bool = true;
    type Response = GetResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        if self.tags.is_empty() {
            return Err(InvalidRequest::EmptyList { field: "TagList".to_owned() });
        }
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Get {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34910";
}

impl Batch for Get {
    type From = UserId;
    type Target = UserId;
    type Shared = Vec<FriendTag>;
    type Outcome = FriendFields;

    const MAX_TARGETS: usize = 100;

    fn with_targets(from: UserId, tags: Vec<FriendTag>, to: Vec<UserId>) -> Self {
        Self { from, to, tags }
    }

    fn outcomes(response: GetResponse) -> Vec<TargetOutcome<FriendFields>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileTag;

    #[test]
    fn a_request_can_mix_fields_of_the_friend_list_and_of_the_profile() {
        let request = Get::new("alice", ["bob"], [FriendTag::REMARK, ProfileTag::NICK.into()]);
        let text =
            r#"{"From_Account":"alice","To_Account":["bob"],"TagList":["Tag_SNS_IM_Remark","Tag_Profile_IM_Nick"]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(request.validate(), Ok(()));
    }

    #[test]
    fn a_friend_without_fields_is_a_success_and_a_stranger_is_a_rejection() {
        let bare: GetItem = serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0}"#).unwrap();
        assert_eq!(bare.result(), Ok(FriendFields::default()));
        let stranger = GetItem::rejected("zed", ErrorCode::BAD_PARAMETER, "Err_SNS_FriendGetList_Friend_Not_Exist");
        assert_eq!(stranger.result().unwrap_err().code, ErrorCode::BAD_PARAMETER);
        assert_eq!(GetResponse::new(vec![stranger]).failed, [UserId::from("zed")]);
    }

    #[test]
    fn a_request_names_1_to_100_friends_and_a_field() {
        let error = Get::new("alice", ["bob"], [FriendTag::REMARK; 0]).validate().unwrap_err();
        assert_eq!(error.to_string(), "TagList is empty: it needs at least one element");
        assert!(Get::new("alice", vec!["bob"; 101], [FriendTag::REMARK]).validate().is_err());
    }
}
