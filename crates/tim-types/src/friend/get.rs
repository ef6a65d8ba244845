//! POST v4/sns/friend_get_list
//! <https://www.tencentcloud.com/document/product/1047/34910>

use serde::{Deserialize, Serialize};

use super::items::{Item, ItemsResponse};
use crate::open_string::open_string;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, ProfileTag, Rejection, Shape,
    TargetOutcome, Template, UserId, batch, target,
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

open_string! {
    /// The name of a field of a friend: a field of the friend list, or a [`ProfileTag`].
    FriendTag {
        /// The names of the friend groups that contain the friend: a list.
        GROUP = "Tag_SNS_IM_Group",
        /// The remark, up to 96 bytes.
        REMARK = "Tag_SNS_IM_Remark",
        /// Where the friend was added, for example `AddSource_Type_Web`.
        ADD_SOURCE = "Tag_SNS_IM_AddSource",
        /// The message with which the friend was added.
        ADD_WORDING = "Tag_SNS_IM_AddWording",
        /// When the friend was added, in unix seconds.
        ADD_TIME = "Tag_SNS_IM_AddTime",
    }
}

impl From<ProfileTag> for FriendTag {
    fn from(tag: ProfileTag) -> Self {
        tag.as_str().into()
    }
}

/// The response of friend_get_list: an item for each target.
pub type GetResponse = ItemsResponse<GetItem>;

/// The fields of one target. Read them with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// The fields; missing if the code is not 0.
    #[serde(rename = "SnsProfileItem", default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FriendField>>,
    /// 0, or why the service rejected this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

/// One field of a friend. A field that is not set is missing or empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FriendField {
    /// The name of the field.
    #[serde(rename = "Tag")]
    pub tag: FriendTag,
    /// Its value: a text, a number or a list, depending on the field.
    #[serde(rename = "Value", default)]
    pub value: serde_json::Value,
}

impl FriendField {
    /// Creates a field from its name and value.
    pub fn new(tag: impl Into<FriendTag>, value: impl Into<serde_json::Value>) -> Self {
        Self { tag: tag.into(), value: value.into() }
    }
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
    pub fn found(target: impl Into<UserId>, fields: Vec<FriendField>) -> Self {
        Self { target: target.into(), fields: Some(fields), code: ErrorCode::OK, info: String::new() }
    }

    /// Creates the item of a target that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), fields: None, code, info: info.into() }
    }

    /// Returns the fields. The list is empty if no requested field is set.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn result(&self) -> Result<Vec<FriendField>, Rejection> {
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
        batch::validate::<Self>(&self.from, &self.tags, &self.to)
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
    type Outcome = Vec<FriendField>;

    const MAX_TARGETS: usize = 100;

    fn with_targets(from: UserId, tags: Vec<FriendTag>, to: Vec<UserId>) -> Self {
        Self { from, to, tags }
    }

    fn outcomes(response: GetResponse) -> Vec<TargetOutcome<Vec<FriendField>>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(bare.result(), Ok(Vec::new()));
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
