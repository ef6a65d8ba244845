//! POST v4/profile/portrait_get
//! <https://www.tencentcloud.com/document/product/1047/34917>

use serde::{Deserialize, Serialize};

use crate::target::{Item, items_response};
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, Profile, ProfileTag, Rejection, Shape, TargetOutcome,
    Template, UserId, batch, target,
};

/// Reads fields of the profiles of up to 100 users.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34917)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless. If a user
/// has no account, the documents do not say whether the service rejects the whole call or the item
/// of this user with [`PROFILE_ACCOUNT_NOT_FOUND`](ErrorCode::PROFILE_ACCOUNT_NOT_FOUND).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Get {
    /// The users, 1 to 100.
    #[serde(rename = "To_Account")]
    pub users: Vec<UserId>,
    /// The fields to read, at least one.
    #[serde(rename = "TagList")]
    pub tags: Vec<ProfileTag>,
}

impl Get {
    /// Reads the fields `tags` of each user of `users`.
    pub fn new<T: Into<UserId>>(
        users: impl IntoIterator<Item = T>,
        tags: impl IntoIterator<Item = ProfileTag>,
    ) -> Self {
        Self { users: users.into_iter().map(Into::into).collect(), tags: tags.into_iter().collect() }
    }

    /// Returns a template for batches that read the fields `tags` of each target.
    pub fn template(tags: impl IntoIterator<Item = ProfileTag>) -> Template<Self> {
        Template::new((), tags.into_iter().collect())
    }
}

items_response! {
    /// The response of portrait_get: an item for each target.
    GetResponse { "UserProfileItem": GetItem }
}

/// The fields of one user. Read them with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetItem {
    /// The user.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// The fields that are set; missing if the code is not 0.
    #[serde(rename = "ProfileItem", default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Profile>,
    /// 0, or why the service rejected this user.
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
    /// Creates the item of a user with these fields.
    pub fn found(target: impl Into<UserId>, fields: impl Into<Profile>) -> Self {
        Self { target: target.into(), fields: Some(fields.into()), code: ErrorCode::OK, info: String::new() }
    }

    /// Creates the item of a user that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), fields: None, code, info: info.into() }
    }

    /// Returns the fields. The list is empty if no requested field is set.
    ///
    /// # Errors
    /// The code and text with which the service rejected this user.
    pub fn result(&self) -> Result<Profile, Rejection> {
        target::result_of_item(self.code, &self.info, Some(self.fields.clone().unwrap_or_default()))
    }
}

impl Endpoint for Get {
    const SERVICE: &'static str = "profile";
    const COMMAND: &'static str = "portrait_get";
    const IDEMPOTENT: bool = true;
    type Response = GetResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        if self.tags.is_empty() {
            return Err(InvalidRequest::EmptyList { field: "TagList".to_owned() });
        }
        let check = |(position, tag): (usize, &ProfileTag)| tag.validate(&format!("TagList[{position}]"));
        self.tags.iter().enumerate().try_for_each(check)?;
        batch::validate::<Self>(&(), &self.users)
    }
}

impl Command for Get {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34917";
}

impl Batch for Get {
    type From = ();
    type Target = UserId;
    type Shared = Vec<ProfileTag>;
    type Outcome = Profile;

    const MAX_TARGETS: usize = 100;

    fn with_targets((): (), tags: Vec<ProfileTag>, users: Vec<UserId>) -> Self {
        Self { users, tags }
    }

    fn outcomes(response: GetResponse) -> Vec<TargetOutcome<Profile>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileItem;

    #[test]
    fn a_request_names_users_and_fields() {
        let request = Get::new(["bob"], [ProfileTag::NICK]);
        let text = r#"{"To_Account":["bob"],"TagList":["Tag_Profile_IM_Nick"]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(request.validate(), Ok(()));
        assert!(Get::new(["bob"], []).validate().is_err());
        assert!(Get::new(vec!["bob"; 101], [ProfileTag::NICK]).validate().is_err());
        let error = Get::new(["bob"], [ProfileTag::NICK, "Nick".into()]).validate().unwrap_err();
        assert!(error.to_string().starts_with("TagList[1] is \"Nick\""), "{error}");
    }

    #[test]
    fn a_user_without_fields_is_a_success() {
        let bare: GetItem = serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0}"#).unwrap();
        assert_eq!(bare.result(), Ok(Profile::default()));
        let found = GetItem::found("bob", vec![ProfileItem::nick("Bobby")]);
        assert_eq!(found.result().unwrap().nick(), Some("Bobby"));
        let rejected = GetItem::rejected("dan", ErrorCode::PROFILE_INTERNAL, "");
        assert_eq!(rejected.result().unwrap_err().code, ErrorCode::PROFILE_INTERNAL);
    }
}
