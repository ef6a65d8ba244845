//! POST v4/profile/portrait_set
//! <https://www.tencentcloud.com/document/product/1047/34916>

use serde::{Deserialize, Serialize};

use crate::{Command, Effect, Empty, Endpoint, InvalidRequest, ProfileItem, Shape, Target, UserId, object, validate};

/// Sets fields of the profile of a user. Other fields stay as they are.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34916)
///
/// The service allows 200 calls per second. The documents do not say whether a field that the
/// service rejects prevents the change of the others.
///
/// ```
/// use tim_types::profile::{AllowType, Set};
/// use tim_types::{Endpoint as _, ProfileItem};
///
/// let allow_type = ProfileItem::allow_type(AllowType::NEED_CONFIRM);
/// let request = Set::new("bob", [ProfileItem::nick("Bobby"), allow_type]);
/// request.validate()?;
/// # Ok::<(), tim_types::InvalidRequest>(())
/// ```
///
/// # Retries
/// A retry sets the same values again. It can undo a change that the user made in between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Set {
    /// The user.
    #[serde(rename = "From_Account")]
    pub user: UserId,
    /// The fields to set, at least one.
    #[serde(rename = "ProfileItem", deserialize_with = "object::list")]
    pub fields: Vec<ProfileItem>,
}

impl Set {
    /// Sets these fields.
    pub fn new(user: impl Into<UserId>, fields: impl IntoIterator<Item = ProfileItem>) -> Self {
        Self { user: user.into(), fields: fields.into_iter().collect() }
    }
}

impl Target for Set {
    fn user(&self) -> &UserId {
        &self.user
    }
}

impl Endpoint for Set {
    const SERVICE: &'static str = "profile";
    const COMMAND: &'static str = "portrait_set";
    const IDEMPOTENT: bool = true;
    type Response = Empty;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.user)?;
        if self.fields.is_empty() {
            return Err(InvalidRequest::EmptyList { field: "ProfileItem".to_owned() });
        }
        let check = |(position, field): (usize, &ProfileItem)| field.validate(&format!("ProfileItem[{position}]"));
        self.fields.iter().enumerate().try_for_each(check)
    }
}

impl Command for Set {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34916";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_fields_in_their_order() {
        let request = Set::new("bob", [ProfileItem::nick("Bobby"), ProfileItem::level(3)]);
        let text = r#"{"From_Account":"bob","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Bobby"},{"Tag":"Tag_Profile_IM_Level","Value":3}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Set>(text).unwrap(), request);
    }

    #[test]
    fn an_error_names_the_position_of_the_field() {
        let error = Set::new("bob", [ProfileItem::level(3), ProfileItem::location("x".repeat(17))]).validate();
        assert_eq!(error.unwrap_err().to_string(), "ProfileItem[1].Value has 17 bytes: it may have at most 16");
        assert!(Set::new("bob", []).validate().is_err());
    }
}
